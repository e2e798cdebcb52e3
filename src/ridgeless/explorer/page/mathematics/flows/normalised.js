/** Normalised gradient descent: θ ← θ − η·γ^k·∇L(θ)/‖∇L(θ)‖ (Hazan, Levy and Shalev-Shwartz 2015, arXiv 1507.02030). */

import { number } from "../../python.js";
import { norm } from "../vectors.js";
import { steppingMethod } from "./training.js";

// Of the first step: shorter ones no longer move training.
const NEGLIGIBLE = 1e-12;

export const normalised = steppingMethod({
  name: "normalised",
  title: "Normalised descent",
  knobs: ["stepSize", "stepDecay"],
  python: ({ stepSize, stepDecay }) =>
    `rl.flows.NormalizedDescent(step_size=${number(stepSize)}, step_decay=${number(stepDecay)})`,
  remember: () => ({ factor: 1, size: 1 }),
  prepare(run, gradients) {
    if (run.steps > 0) run.memory.factor *= run.options.stepDecay;
    run.memory.size = Math.hypot(...gradients.map(norm)) || 1;
  },
  isExhausted: ({ memory }) => memory.factor < NEGLIGIBLE,
  move(leaf, gradient, { options, memory }) {
    const step = (options.stepSize * memory.factor) / memory.size;
    for (let i = 0; i < leaf.length; i += 1) leaf[i] -= step * gradient[i];
  },
});
