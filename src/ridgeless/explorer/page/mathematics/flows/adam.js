/** Adam (Kingma and Ba 2015, arXiv 1412.6980): steps scaled entry by entry, with β = (0.9, 0.999) and ε = 1e-8. */

import { number } from "../../python.js";
import { leavesOf, steppingMethod } from "./training.js";

const FIRST = 0.9;
const SECOND = 0.999;
const EPSILON = 1e-8;

export const adam = steppingMethod({
  name: "adam",
  title: "Adam",
  knobs: ["stepSize"],
  python: ({ stepSize }) => `rl.flows.Adam(step_size=${number(stepSize)})`,
  remember: (theta) =>
    leavesOf(theta).map((leaf) => ({ mean: new Float64Array(leaf.length), square: new Float64Array(leaf.length) })),
  move(leaf, gradient, { options, memory, steps }, index) {
    const { mean, square } = memory[index];
    const [seenOfMean, seenOfSquare] = [1 - FIRST ** (steps + 1), 1 - SECOND ** (steps + 1)];
    for (let i = 0; i < leaf.length; i += 1) {
      mean[i] = FIRST * mean[i] + (1 - FIRST) * gradient[i];
      square[i] = SECOND * square[i] + (1 - SECOND) * gradient[i] ** 2;
      leaf[i] -= (options.stepSize * (mean[i] / seenOfMean)) / (Math.sqrt(square[i] / seenOfSquare) + EPSILON);
    }
  },
});
