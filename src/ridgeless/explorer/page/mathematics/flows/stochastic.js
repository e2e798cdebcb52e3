/** Stochastic gradient descent: θ ← θ − η·(n/k)·∇L_k(θ), with k equations drawn anew at each step. */

import { number } from "../../python.js";
import { keyOf, permutation, splitKey } from "./draws.js";
import { combineRows, leavesOf, pullBackOf, steppingMethod } from "./training.js";

/** @typedef {import("./training.js").Run} Run */

export const stochastic = steppingMethod({
  name: "stochastic",
  title: "Stochastic descent",
  knobs: ["stepSize", "batch", "seed"],
  python: ({ stepSize, batch, seed }) =>
    `rl.flows.StochasticGradientDescent(step_size=${number(stepSize)}, batch=${batch}, seed=${seed})`,
  remember: (_, { seed }) => ({ key: keyOf(seed) }),
  gradient(run) {
    const { system, options, memory, misfit } = run;
    const batch = Math.min(options.batch, system.equations);
    const rows = permutation(memory.key, system.equations).slice(0, batch);
    memory.key = splitKey(memory.key, 0);
    const factor = system.equations / batch;
    const gradients = leavesOf(pullBackOf(run.network, run.theta, combineRows(system, misfit, rows)));
    return gradients.map((gradient) => gradient.map((entry) => factor * entry));
  },
  move(leaf, gradient, { options }) {
    for (let i = 0; i < leaf.length; i += 1) leaf[i] -= options.stepSize * gradient[i];
  },
});
