/** Gradient descent with heavy-ball momentum: v ← β·v + ∇L(θ), θ ← θ − η·v (Polyak 1964). */

import { number } from "../../python.js";
import { leavesOf, steppingMethod } from "./training.js";

export const momentum = steppingMethod({
  name: "momentum",
  title: "Momentum",
  knobs: ["stepSize", "momentum"],
  python: ({ stepSize, momentum: beta }) =>
    `rl.flows.GradientDescent(step_size=${number(stepSize)}, momentum=${number(beta)})`,
  remember: (theta) => leavesOf(theta).map((leaf) => new Float64Array(leaf.length)),
  move(leaf, gradient, { options, memory }, index) {
    const velocity = memory[index];
    for (let i = 0; i < leaf.length; i += 1) {
      velocity[i] = options.momentum * velocity[i] + gradient[i];
      leaf[i] -= options.stepSize * velocity[i];
    }
  },
});
