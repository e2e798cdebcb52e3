/** The diagonal network x = u^D − v^D, which sparse recovery is made of. */

import { line } from "../mirrors/line.js";
import { exponentials, indices, powers, raised, raisedSlope } from "./powers.js";

/** @typedef {import("../types.js").NetworkRules} NetworkRules */

/** @type {NetworkRules} */
export const difference = {
  name: "Difference",
  citation: "Woodworth et al. 2020, Theorems 1 and 4",
  isDepthReal: true,
  constant: (scale, unknowns) => ({
    u: [new Float64Array(unknowns).fill(scale)],
    v: [new Float64Array(unknowns).fill(scale)],
  }),
  pair: (first, second) => ({ u: [Float64Array.from(first)], v: [Float64Array.from(second)] }),
  output: (theta, depth) => theta.u[0].map((u, i) => raised(u, depth) - raised(theta.v[0][i], depth)),
  pullBack: (theta, gradient, depth) => ({
    u: [theta.u[0].map((u, i) => raisedSlope(u, depth) * gradient[i])],
    v: [theta.v[0].map((v, i) => -raisedSlope(v, depth) * gradient[i])],
  }),
  tangentMetric: (theta, depth) =>
    theta.u[0].map((u, i) => raisedSlope(u, depth) ** 2 + raisedSlope(theta.v[0][i], depth) ** 2),
  mirrors(theta, depth) {
    const [u, v] = [theta.u[0], theta.v[0]];
    if (depth === 1) return [line(indices(u.length, () => true), u.map((weight, i) => weight - v[i]), 2)];
    return depth === 2 ? exponentials(u, v, 4) : powers(u, v, depth, depth);
  },
};
