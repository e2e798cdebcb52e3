/** Where gradient flow of x = W₁…W_h w ends: the starts for which a theorem says it without training. */

import { transposedProduct } from "./linear_algebra.js";
import { minimumNorm, nullPart, rowBasis } from "./row_space.js";
import { addScaled, difference, dot, norm, scaled } from "./vectors.js";

/** @typedef {import("./row_space.js").LinearSystem} LinearSystem */

/**
 * A prediction of the end of gradient flow.
 * @typedef {object} Prediction
 * @property {Float64Array | null} x where it ends; null where no theorem covers the start
 * @property {"row space" | "chain" | "null space" | "none"} theorem
 */

/**
 * A start that trains like a network of width one: x = first·a₁⋯a_h.
 * @typedef {{first: Float64Array, factors: number[]}} Chain
 */

const EXACT = 1e-12;
// Nearer than this to a start that ends in a saddle, rounding decides where training goes.
const NEAR = 1e-8;

/**
 * The end of gradient flow from theta0, by the theorem that covers it.
 * @param {LinearSystem} system
 * @param {{W: Float64Array[], w: Float64Array[]}} theta0 with at least one matrix
 * @returns {Prediction}
 */
export function predictDense(system, theta0) {
  const [basis, end] = [rowBasis(system), minimumNorm(system)];
  const columns = columnsOf(theta0.W[0], system.unknowns);
  const still = columns.map((column) => nullPart(basis, column));
  const size = norm(theta0.W[0]);
  if (Math.hypot(...still.map(norm)) <= EXACT * size) return { x: end, theorem: "row space" };
  const chain = chainOf(theta0);
  if (chain !== null && isCertain(chain, system)) return { x: endOfChain(system, chain), theorem: "chain" };
  const moving = columns.map((column, j) => difference(column, still[j]));
  if (theta0.W.length > 1 || Math.hypot(...moving.map(norm)) > EXACT * size) return { x: null, theorem: "none" };
  const growth = vectorGrowth(norm(end), dot(theta0.w[0], theta0.w[0]));
  const begun = new Float64Array(system.unknowns);
  still.forEach((column, j) => addScaled(begun, theta0.w[0][j], column));
  return { x: end.map((entry, i) => entry + growth * begun[i]), theorem: "null space" };
}

/**
 * c = √(½(1 + √(1 + 4‖A⁺b‖²/‖w‖⁴))): from P_A W = 0 and one hidden layer, w ends at c·w.
 * @param {number} size ‖A⁺b‖
 * @param {number} squared ‖w‖² at the start
 */
export function vectorGrowth(size, squared) {
  return Math.sqrt((1 + Math.hypot(1, (2 * size) / squared)) / 2);
}

/**
 * Where a chain ends: x∞ = A⁺b + ∏a_j·P_N w₀, with a_j² = s + δ_j, δ_j = a_j² − ‖w₀‖² kept and
 * (s − ‖P_N w₀‖²)·∏(s + δ_j) = ‖A⁺b‖².
 * @param {LinearSystem} system
 * @param {Chain} chain with every δ_j ≥ 0
 * @returns {Float64Array}
 */
export function endOfChain(system, { first, factors }) {
  const [still, end] = [nullPart(rowBasis(system), first), minimumNorm(system)];
  const kept = factors.map((factor) => Math.max(factor ** 2 - dot(first, first), 0));
  const squared = squareAtEnd(dot(still, still), kept, dot(end, end));
  const growth = factors.reduce((product, factor, j) => product * Math.sign(factor) * Math.sqrt(squared + kept[j]), 1);
  return end.map((entry, i) => entry + growth * still[i]);
}

/**
 * The s ≥ κ with (s − κ)·∏(s + δ_j) = t, by bisection: the left side rises.
 * @param {number} still κ
 * @param {number[]} kept δ_j ≥ 0
 * @param {number} goal t
 */
function squareAtEnd(still, kept, goal) {
  let [low, high] = [still, still + goal ** (1 / (kept.length + 1))];
  // Halving ends where no number lies between the two.
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (kept.reduce((product, delta) => product * (middle + delta), middle - still) < goal) low = middle;
    else high = middle;
  }
}

/**
 * The chain that theta0 is; null where a layer is not of rank one, or not aligned with its neighbour.
 * @param {{W: Float64Array[], w: Float64Array[]}} theta0
 * @returns {Chain | null}
 */
export function chainOf({ W, w }) {
  const vector = w[0];
  /** @type {number[]} */
  const factors = [norm(vector)];
  let direction = scaled(vector, 1 / factors[0]);
  for (let i = W.length - 1; i >= 0; i -= 1) {
    const part = rankOne(W[i], direction);
    if (part === null) return null;
    if (i === 0) return { first: part, factors };
    factors.push(norm(part));
    direction = scaled(part, 1 / factors[factors.length - 1]);
  }
  return null;
}

/**
 * The vector l with matrix = l·rightᵀ, for a unit vector `right`; null where the matrix is no such product.
 * @param {Float64Array} matrix
 * @param {Float64Array} right
 * @returns {Float64Array | null}
 */
function rankOne(matrix, right) {
  const columns = right.length;
  const left = Float64Array.from({ length: matrix.length / columns }, (_, i) =>
    dot(matrix.subarray(i * columns, (i + 1) * columns), right),
  );
  const rest = matrix.map((entry, at) => entry - left[Math.floor(at / columns)] * right[at % columns]);
  const isProduct = norm(left) > 0 && norm(rest) <= EXACT * norm(matrix);
  return isProduct ? left : null;
}

/**
 * Whether no layer of a chain changes its sign on the way: every δ_j ≥ 0, and x₀ does not point straight away from Aᵀb
 * with two least layers that are equal: those would shrink together, into the saddle x = 0.
 * @param {Chain} chain
 * @param {LinearSystem} system
 */
function isCertain({ first, factors }, system) {
  const [size, squares] = [dot(first, first), factors.map((factor) => factor ** 2)];
  const largest = Math.max(size, ...squares);
  if (squares.some((square) => square - size < -EXACT * largest)) return false;
  const pull = transposedProduct(system.A, system.equations, system.unknowns, system.b);
  const along = dot(first, pull) / norm(pull);
  const side = factors.reduce((product, factor) => product * Math.sign(factor), along);
  const [least, second] = [size, ...squares].sort((one, two) => one - two).map(Math.sqrt);
  const aside = norm(first.map((entry, i) => entry - (along * pull[i]) / norm(pull)));
  return side >= 0 || aside > NEAR * Math.abs(along) || second - least > NEAR * second;
}

/**
 * The columns of a row-major matrix.
 * @param {Float64Array} matrix
 * @param {number} rows
 */
function columnsOf(matrix, rows) {
  const columns = matrix.length / rows;
  return Array.from({ length: columns }, (_, j) =>
    Float64Array.from({ length: rows }, (_entry, i) => matrix[i * columns + j]),
  );
}
