/** The diagonal network of one sign, x = u^D. */

import { line } from "../mirrors/line.js";
import { exponentials, indices, powers, raised, raisedSlope } from "./powers.js";

/** @typedef {import("../types.js").NetworkRules} NetworkRules */

/** @type {NetworkRules} */
export const power = {
  name: "Power",
  citation: "Gunasekar et al. 2017; Chou, Maly and Rauhut 2021",
  isDepthReal: true,
  constant: (scale, unknowns) => ({ u: [new Float64Array(unknowns).fill(scale)] }),
  pair: (first) => ({ u: [Float64Array.from(first)] }),
  output: (theta, depth) => theta.u[0].map((u) => raised(u, depth)),
  pullBack: (theta, gradient, depth) => ({ u: [theta.u[0].map((u, i) => raisedSlope(u, depth) * gradient[i])] }),
  tangentMetric: (theta, depth) => theta.u[0].map((u) => raisedSlope(u, depth) ** 2),
  mirrors(theta, depth) {
    const u = theta.u[0];
    if (depth === 1) return [line(indices(u.length, () => true), u, 1)];
    const nothing = new Float64Array(u.length);
    return depth === 2 ? exponentials(u, nothing, 4) : powers(u, nothing, depth, depth);
  },
};
