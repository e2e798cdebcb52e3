/** The vanishing end: the solution of least weighted ℓ1 norm, to which ever smaller starts lead. */

import { saddleToSaddle } from "./jumps.js";
import { transposedProduct } from "./linear_algebra.js";
import { bias } from "./networks.js";
import { dot, scaled } from "./vectors.js";

/** @typedef {import("./types.js").System} System @typedef {import("./types.js").Network} Network */
/** @typedef {import("./types.js").Theta} Theta @typedef {import("./types.js").Vertex} Vertex */
/** @typedef {import("./types.js").Potential} Potential */

const EPSILON = 2 ** -52;

/**
 * The limit scale → 0 of the limits from scale·shape.
 *
 * @param {System} system
 * @param {Network} network Of depth 2 or more.
 * @param {Theta} shape The direction of the starts; depth 2 forgets it, but for the signs that it locks.
 * @returns {Vertex}
 */
export function vanishingLimit(system, network, shape) {
  return leastNorm(system, pricesOf(bias(network, shape).potential, network.depth));
}

/**
 * The prices of x_i > 0 and of x_i < 0: how far z may go until x leaves 0. ∞ locks a sign out.
 *
 * @param {Potential} potential Of the shape.
 * @param {number} depth
 */
function pricesOf(potential, depth) {
  /** @param {Float64Array} ends @param {number} side */
  const prices = (ends, side) =>
    ends.map((end, i) => {
      if (potential.frozen[i] || potential.signs[i] === -side) return Infinity;
      return depth === 2 ? 1 : end;
    });
  return { positive: prices(potential.upper, 1), negative: prices(potential.lower, -1) };
}

/**
 * The solution of least Σ positive_i·x_i⁺ + negative_i·x_i⁻, with the ν that proves it: Aᵀν lies between the prices, so that
 * no solution costs less than bᵀν.
 *
 * @param {System} system
 * @param {{positive: Float64Array, negative: Float64Array}} prices
 * @returns {Vertex}
 */
function leastNorm(system, prices) {
  const path = saddleToSaddle(system, prices);
  const z = transposedProduct(system.A, system.equations, system.unknowns, path.dual);
  const reach = z.reduce((most, value, i) => Math.max(most, value / prices.positive[i], -value / prices.negative[i]), 1);
  const dual = scaled(path.dual, 1 / reach);
  const cost = path.x.reduce((sum, x, i) => sum + (x === 0 ? 0 : Math.abs(x) * (x > 0 ? prices.positive : prices.negative)[i]), 0);
  const rounding = EPSILON * Math.sqrt(system.unknowns + system.equations);
  return {
    x: path.x,
    dual,
    gap: cost > 0 ? Math.max((cost - dot(system.b, dual)) / cost, 0) + rounding : 0,
    residual: path.residuals[path.residuals.length - 1] / (path.residuals[0] || 1),
    status: path.isSolved ? "converged" : "signs",
    message: path.isSolved
      ? `The cheapest solution, found in ${path.at.length - 1} jumps.`
      : "No solution has the signs that the start locks: this is the nearest fit with these signs.",
  };
}
