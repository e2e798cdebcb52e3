/** Sign descent: θ ← θ − η·γ^k·sign(∇L(θ)), every weight by the same amount (Bernstein et al. 2018, arXiv 1802.04434). */

import { number } from "../../python.js";
import { steppingMethod } from "./training.js";

// Of the first step: shorter ones no longer move training.
const NEGLIGIBLE = 1e-12;

export const sign = steppingMethod({
  name: "sign",
  title: "Sign descent",
  knobs: ["stepSize", "stepDecay"],
  python: ({ stepSize, stepDecay }) =>
    `rl.flows.SignDescent(step_size=${number(stepSize)}, step_decay=${number(stepDecay)})`,
  remember: () => ({ factor: 1 }),
  prepare(run) {
    if (run.steps > 0) run.memory.factor *= run.options.stepDecay;
  },
  isExhausted: ({ memory }) => memory.factor < NEGLIGIBLE,
  move(leaf, gradient, { options, memory }) {
    for (let i = 0; i < leaf.length; i += 1) leaf[i] -= options.stepSize * memory.factor * Math.sign(gradient[i]);
  },
});
