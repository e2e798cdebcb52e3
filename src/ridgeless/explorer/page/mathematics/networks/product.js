/** The diagonal network of L layers, x = w_1∘…∘w_L. */

import { layered, layeredCoordinate } from "../mirrors/layered.js";
import { line } from "../mirrors/line.js";
import { polePair } from "../mirrors/poles.js";
import { tangent } from "../mirrors/tangent.js";
import { cofactors, column, moves, multiplied, squaredCofactors } from "./layers.js";
import { exponentials, indices } from "./powers.js";

/** @typedef {import("../types.js").NetworkRules} NetworkRules */

/** @type {NetworkRules} */
export const product = {
  name: "Product",
  citation: "Yun, Krishnan and Mobahi 2021; Zhao et al. 2026",
  isDepthReal: false,
  constant: (scale, unknowns, depth) => ({ layers: stacked(depth, unknowns, scale, depth === 1 ? scale : 0) }),
  pair(first, second, depth) {
    const last = Float64Array.from(depth === 1 ? first : second);
    return { layers: Array.from({ length: depth }, (_, j) => (j === depth - 1 ? last : Float64Array.from(first))) };
  },
  output: (theta) => multiplied(theta.layers),
  pullBack: (theta, gradient) => ({ layers: cofactors(theta.layers).map((rest) => rest.map((c, i) => c * gradient[i])) }),
  tangentMetric: (theta) => squaredCofactors(theta.layers),
  mirrors: (theta) => mirrorsOf(theta.layers),
};

/** @param {number} depth @param {number} unknowns @param {number} scale @param {number} last */
function stacked(depth, unknowns, scale, last) {
  return Array.from({ length: depth }, (_, j) => new Float64Array(unknowns).fill(j === depth - 1 ? last : scale));
}

/** @param {Float64Array[]} layers @returns {import("../types.js").Mirror[]} */
function mirrorsOf(layers) {
  const [depth, size] = [layers.length, layers[0].length];
  if (depth === 1) return [line(indices(size, () => true), layers[0], 1)];
  if (depth === 2) {
    // w_1·w_2 = ((w_1 + w_2)/2)² − ((w_1 − w_2)/2)²
    const [one, other] = layers;
    return exponentials(one.map((w, i) => (w + other[i]) / 2), one.map((w, i) => (w - other[i]) / 2), 2);
  }
  const free = indices(size, (i) => moves(column(layers, i)));
  const simple = free.filter((i) => depth <= 4 && isSimple(column(layers, i)));
  const rest = free.filter((i) => !(depth <= 4 && isSimple(column(layers, i))));
  const parts = [];
  if (simple.length) {
    const scale = Float64Array.from(simple, (i) => Math.max(...column(layers, i).map(Math.abs)));
    const ends = scale.map((a) => a ** -2);
    parts.push(depth === 3 ? tangent(simple, scale) : polePair(simple, ends, ends, 2, 2));
  }
  if (rest.length) parts.push(layered(rest, Array.from(rest, (i) => layeredCoordinate(column(layers, i)))));
  return parts;
}

/** Whether one layer is 0 and the others are of one size. @param {number[]} weights */
function isSimple(weights) {
  const sizes = weights.map(Math.abs).sort((one, other) => one - other);
  return sizes[0] === 0 && sizes[1] === sizes[sizes.length - 1];
}
