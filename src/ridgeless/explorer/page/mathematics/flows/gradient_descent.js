/** Plain gradient descent: θ ← θ − η·∇L(θ). */

import { number } from "../../python.js";
import { steppingMethod } from "./training.js";

export const gradientDescent = steppingMethod({
  name: "descent",
  title: "Gradient descent",
  knobs: ["stepSize"],
  python: ({ stepSize }) => `rl.flows.GradientDescent(step_size=${number(stepSize)})`,
  move(leaf, gradient, { options }) {
    for (let i = 0; i < leaf.length; i += 1) leaf[i] -= options.stepSize * gradient[i];
  },
});
