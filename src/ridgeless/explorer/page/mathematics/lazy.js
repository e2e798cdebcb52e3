/** The lazy end: the limit of training the network's tangent at its start. */

import { equationsOf } from "./equations.js";
import { gradedFactor } from "./graded.js";
import { product } from "./linear_algebra.js";
import { output, tangentMetric } from "./networks.js";

/** @typedef {import("./types.js").System} System @typedef {import("./types.js").Network} Network */
/** @typedef {import("./types.js").Theta} Theta */

/**
 * x₀ + M Aᵀ(A M Aᵀ)⁺(b − A x₀), with M = J Jᵀ at the start; x₀ itself where the tangent is 0.
 *
 * @param {System} system
 * @param {Network} network
 * @param {Theta} theta
 * @returns {Float64Array}
 */
export function lazyLimit(system, network, theta) {
  const equations = equationsOf(system);
  const start = output(network, theta);
  const metric = tangentMetric(network, theta);
  const reached = product(equations.rows, equations.rank, equations.unknowns, start);
  const missing = equations.right.map((value, k) => value - reached[k]);
  if (!metric.some((value) => value > 0)) return start;
  const step = gradedFactor(equations, metric)(missing);
  return step ? start.map((value, i) => value + metric[i] * step.dz[i]) : start;
}
