/** Plain linear regression, x = θ. */

import { line } from "../mirrors/line.js";
import { indices } from "./powers.js";

/** @typedef {import("../types.js").NetworkRules} NetworkRules */

/** @type {NetworkRules} */
export const direct = {
  name: "Direct",
  citation: "Gruber and Avron 2024",
  isDepthReal: false,
  constant: (scale, unknowns) => ({ x: [new Float64Array(unknowns).fill(scale)] }),
  pair: (first) => ({ x: [Float64Array.from(first)] }),
  output: (theta) => Float64Array.from(theta.x[0]),
  pullBack: (_, gradient) => ({ x: [Float64Array.from(gradient)] }),
  tangentMetric: (theta) => new Float64Array(theta.x[0].length).fill(1),
  mirrors: (theta) => [line(indices(theta.x[0].length, () => true), theta.x[0], 1)],
};
