/** The difference of two diagonal products, x = w⁺_1∘…∘w⁺_L − w⁻_1∘…∘w⁻_L. */

import { layered, layeredCoordinate } from "../mirrors/layered.js";
import { layeredSum } from "../mirrors/layered_sum.js";
import { line } from "../mirrors/line.js";
import { cofactors, column, moves, multiplied, squaredCofactors } from "./layers.js";
import { exponentials, indices, powers } from "./powers.js";

/** @typedef {import("../types.js").NetworkRules} NetworkRules */

/** @type {NetworkRules} */
export const twoBranch = {
  name: "TwoBranch",
  citation: "Azulay et al. 2021, Theorem 1",
  isDepthReal: false,
  constant(scale, unknowns, depth) {
    const branch = () => Array.from({ length: depth }, () => new Float64Array(unknowns).fill(scale));
    return { plus: branch(), minus: branch() };
  },
  pair(first, second, depth) {
    const branch = () => Array.from({ length: depth }, (_, j) => Float64Array.from(j > 0 && j === depth - 1 ? second : first));
    return { plus: branch(), minus: branch() };
  },
  output(theta) {
    const minus = multiplied(theta.minus);
    return multiplied(theta.plus).map((value, i) => value - minus[i]);
  },
  pullBack: (theta, gradient) => ({
    plus: cofactors(theta.plus).map((rest) => rest.map((c, i) => c * gradient[i])),
    minus: cofactors(theta.minus).map((rest) => rest.map((c, i) => -c * gradient[i])),
  }),
  tangentMetric(theta) {
    const minus = squaredCofactors(theta.minus);
    return squaredCofactors(theta.plus).map((value, i) => value + minus[i]);
  },
  mirrors: (theta) => mirrorsOf(theta.plus, theta.minus),
};

/** @param {Float64Array[]} plus @param {Float64Array[]} minus @returns {import("../types.js").Mirror[]} */
function mirrorsOf(plus, minus) {
  const [depth, size] = [plus.length, plus[0].length];
  if (depth === 1) return [line(indices(size, () => true), plus[0].map((w, i) => w - minus[0][i]), 2)];
  if (depth === 2) {
    // 4·amplitude² = (w⁺_1 ± w⁺_2)² + (w⁻_1 ∓ w⁻_2)²
    const growing = plus[0].map((w, i) => Math.hypot(w + plus[1][i], minus[0][i] - minus[1][i]) / 2);
    const shrinking = plus[0].map((w, i) => Math.hypot(w - plus[1][i], minus[0][i] + minus[1][i]) / 2);
    return exponentials(growing, shrinking, 2);
  }
  const [first, second] = [balanced(plus), balanced(minus)];
  if (first && second) return powers(first, second, depth, 1);
  const doPlus = indices(size, (i) => moves(column(plus, i)) && !moves(column(minus, i)));
  const doMinus = indices(size, (i) => !moves(column(plus, i)) && moves(column(minus, i)));
  const both = indices(size, (i) => moves(column(plus, i)) && moves(column(minus, i)));
  const parts = [];
  if (both.length) {
    parts.push(
      layeredSum(both, Array.from(both, (i) => [layeredCoordinate(column(plus, i)), layeredCoordinate(column(minus, i), -1)])),
    );
  }
  if (doPlus.length) parts.push(layered(doPlus, Array.from(doPlus, (i) => layeredCoordinate(column(plus, i)))));
  if (doMinus.length) parts.push(layered(doMinus, Array.from(doMinus, (i) => layeredCoordinate(column(minus, i), -1))));
  return parts;
}

/**
 * The weights p with w_1∘…∘w_L = p^L and every |w_j| = |p|; null where the layers differ in size, or p would be imaginary.
 *
 * @param {Float64Array[]} layers
 * @returns {Float64Array | null}
 */
function balanced(layers) {
  const depth = layers.length;
  const weights = new Float64Array(layers[0].length);
  for (let i = 0; i < weights.length; i++) {
    const sizes = layers.map((layer) => Math.abs(layer[i]));
    if (sizes.some((size) => size !== sizes[0])) return null;
    const sign = layers.reduce((side, layer) => (layer[i] < 0 ? -side : side), 1);
    if (sign < 0 && depth % 2 === 0) return null;
    weights[i] = sign * sizes[0];
  }
  return weights;
}
