/** The vanishing end: the solution of least weighted ℓ1 norm, to which ever smaller starts lead. */

import { saddleToSaddle } from "./jumps.js";
import { limit } from "./limit.js";
import { transposedProduct } from "./linear_algebra.js";
import { bias } from "./networks.js";
import { minimumNorm } from "./row_space.js";
import { dot, largestSize, scaled } from "./vectors.js";

/** @typedef {import("./types.js").System} System @typedef {import("./types.js").Network} Network */
/** @typedef {import("./types.js").Theta} Theta @typedef {import("./types.js").Vertex} Vertex */
/** @typedef {import("./types.js").Potential} Potential */
/** @typedef {{positive: Float64Array, negative: Float64Array}} Prices */

const EPSILON = 2 ** -52;
// With more entries of A than this a path from saddle to saddle takes seconds.
const LARGE = 100_000;
// Of starts whose limit is the end to rounding, for its third power is. The gap is of the first power: the last is best,
// where rounding of the dual lets Newton's method get there.
const TINY = [1e-9, 1e-12, 1e-14];

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
 * @param {Prices} prices
 * @returns {Vertex}
 */
function leastNorm(system, prices) {
  if (system.equations * system.unknowns > LARGE && areEqual(prices)) {
    const found = byTinyStart(system, prices);
    if (found) return found;
  }
  const path = saddleToSaddle(system, prices);
  const message = path.isSolved
    ? `The cheapest solution, found in ${path.at.length - 1} jumps.`
    : "No solution has the signs that the start locks: this is the nearest fit with these signs.";
  return {
    ...proved(system, prices, path.x, path.dual),
    residual: path.residuals[path.residuals.length - 1] / (path.residuals[0] || 1),
    status: path.isSolved ? "converged" : "signs",
    message,
  };
}

/**
 * The same, where the path from saddle to saddle is long, from a start so small that the limit is the end to rounding:
 * at depth 3 they differ by the third power of the scale.
 *
 * @param {System} system
 * @param {Prices} prices All of the finite ones equal.
 * @returns {Vertex | null}
 */
function byTinyStart(system, prices) {
  const size = Math.cbrt(largestSize(minimumNorm(system)));
  /** @type {{scale: number, limit: import("./types.js").Limit} | null} */
  let found = null;
  for (const tiny of TINY) {
    const scale = tiny * size;
    const next = limit(system, bias({ name: "Difference", depth: 3 }, startOf(prices, scale)), found?.limit ?? null);
    if (next.status !== "converged") break;
    found = { scale, limit: next };
  }
  if (found === null) return null;
  const { scale, limit: end } = found;
  const message = `The cheapest solution, as the limit from scale ${scale.toExponential(0)}.`;
  const price = Math.min(...prices.positive, ...prices.negative);
  // A start of scale α has its edges at α^(−1)/3.
  const dual = scaled(end.dual, 3 * scale * price);
  return { ...proved(system, prices, end.x, dual), residual: end.residual, status: "converged", message };
}

/**
 * Weights at one scale, but for those that a sign locks at 0.
 *
 * @param {Prices} prices
 * @param {number} scale
 * @returns {Theta}
 */
function startOf({ positive, negative }, scale) {
  const weights = (/** @type {Float64Array} */ finite) => finite.map((price) => (price === Infinity ? 0 : scale));
  return { u: [weights(positive)], v: [weights(negative)] };
}

/** @param {Prices} prices */
function areEqual({ positive, negative }) {
  const finite = [...positive, ...negative].filter((price) => price < Infinity);
  return finite.every((price) => price === finite[0]);
}

/**
 * x with its gap, after ν has been shrunk until Aᵀν lies between the prices.
 *
 * @param {System} system
 * @param {Prices} prices
 * @param {Float64Array} x
 * @param {Float64Array} nu
 */
function proved(system, prices, x, nu) {
  const z = transposedProduct(system.A, system.equations, system.unknowns, nu);
  const reach = z.reduce((most, value, i) => Math.max(most, value / prices.positive[i], -value / prices.negative[i]), 1);
  const dual = scaled(nu, 1 / reach);
  const cost = x.reduce((sum, entry, i) => sum + (entry === 0 ? 0 : Math.abs(entry) * (entry > 0 ? prices.positive : prices.negative)[i]), 0);
  const rounding = EPSILON * Math.sqrt(system.unknowns + system.equations);
  return { x, dual, gap: cost > 0 ? Math.max((cost - dot(system.b, dual)) / cost, 0) + rounding : 0 };
}
