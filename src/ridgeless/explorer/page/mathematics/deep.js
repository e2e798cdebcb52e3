/**
 * The fully connected linear network x = W₁W₂…W_h w: forward, gradients, starts, and where theorems say it ends.
 *
 * W₁ moves along Aᵀ alone, so that its part P_N W₁ in the null space of A never moves, whatever the step (Gruber and
 * Avron 2024, arXiv 2402.02454). Whenever the loss goes to 0, x∞ = A⁺b + P_N W₁(0)·q∞ with q = W₂…W_h w.
 */

import { vectorGrowth } from "./deep_theorem.js";
import { product, transposedProduct } from "./linear_algebra.js";
import { minimumNorm, nullPart, rowBasis, rowPart } from "./row_space.js";
import { difference, dot, norm, scaled } from "./vectors.js";

/** @typedef {import("./row_space.js").LinearSystem} LinearSystem */
/** @typedef {{name: "Dense", hidden: number, width: number}} DenseNetwork h matrices of this many columns */
/** @typedef {{W: Float64Array[], w: Float64Array[]}} DenseTheta W row-major; w a list of the one vector */
/** @typedef {() => number} Normal a standard normal number at each call */

/**
 * matrix·vector for a row-major matrix of any number of rows.
 * @param {Float64Array} matrix
 * @param {Float64Array} vector
 */
function times(matrix, vector) {
  return product(matrix, matrix.length / vector.length, vector.length, vector);
}

/**
 * matrixᵀ·vector.
 * @param {Float64Array} matrix
 * @param {Float64Array} vector
 */
function transposedTimes(matrix, vector) {
  return transposedProduct(matrix, vector.length, matrix.length / vector.length, vector);
}

/**
 * left·rightᵀ.
 * @param {Float64Array} left
 * @param {Float64Array} right
 * @param {number} [factor]
 */
function outer(left, right, factor = 1) {
  const made = new Float64Array(left.length * right.length);
  for (let i = 0, at = 0; i < left.length; i += 1) {
    for (let j = 0; j < right.length; j += 1, at += 1) made[at] = factor * left[i] * right[j];
  }
  return made;
}

/**
 * The vectors on the way: w, W_h w, …, W₁…W_h w, from last to first; the first entry is x, the last one w.
 * @param {DenseTheta} theta
 * @returns {Float64Array[]}
 */
function partialProducts(theta) {
  const products = [theta.w[0]];
  for (let i = theta.W.length - 1; i >= 0; i -= 1) products.unshift(times(theta.W[i], products[0]));
  return products;
}

/**
 * x = W₁…W_h w.
 * @param {DenseTheta} theta
 */
export function denseOutput(theta) {
  return partialProducts(theta)[0];
}

/**
 * q = W₂…W_h w, so that x = W₁q; without hidden layers there is none, and q is w.
 * @param {DenseTheta} theta
 */
export function laterLayers(theta) {
  return partialProducts(theta)[Math.min(1, theta.W.length)];
}

/**
 * The gradient with respect to every layer, from that with respect to x.
 * @param {DenseTheta} theta
 * @param {Float64Array} gradientOfX
 * @returns {DenseTheta}
 */
export function densePullBack(theta, gradientOfX) {
  const rights = partialProducts(theta).slice(1);
  let left = gradientOfX;
  const W = theta.W.map((matrix, i) => {
    const gradient = outer(left, rights[i]);
    left = transposedTimes(matrix, left);
    return gradient;
  });
  return { W, w: [left] };
}

/**
 * Independent normal entries N(0, scale²/columns), later layers `balance` times as large as the first.
 * @param {DenseNetwork} network
 * @param {number} unknowns
 * @param {{scale: number, balance: number}} sizes
 * @param {Normal} normal
 * @returns {DenseTheta}
 */
export function gaussianStart(network, unknowns, { scale, balance }, normal) {
  const { hidden, width } = network;
  const drawn = (/** @type {number} */ count, /** @type {number} */ size) =>
    Float64Array.from({ length: count }, () => (size / Math.sqrt(width)) * normal());
  const W = Array.from({ length: hidden }, (_, i) =>
    i === 0 ? drawn(unknowns * width, scale) : drawn(width * width, balance * scale),
  );
  return { W, w: [drawn(width, balance * scale)] };
}

/**
 * The rank-one chain W₁ = scale·u v₁ᵀ, W_j = balance·scale·v_{j−1}v_jᵀ, w = balance·scale·v_h in random directions, u
 * on the side of Aᵀb. With balance 1 it is the balanced start, W_iᵀW_i = W_{i+1}W_{i+1}ᵀ.
 * @param {DenseNetwork} network
 * @param {LinearSystem} system
 * @param {{scale: number, balance: number}} sizes
 * @param {Normal} normal
 * @returns {DenseTheta}
 */
export function chainStart(network, system, { scale, balance }, normal) {
  const first = randomUnit(system.unknowns, normal);
  const side = dot(first, minimumNorm(system)) < 0 ? -1 : 1;
  const directions = Array.from({ length: network.hidden }, () => randomUnit(network.width, normal));
  const W = directions.map((right, i) =>
    i === 0 ? outer(first, right, side * scale) : outer(directions[i - 1], right, balance * scale),
  );
  const last = directions[directions.length - 1];
  return { W, w: [scaled(last, balance * scale)] };
}

/**
 * The start from which gradient flow of one hidden layer ends at `target`, a solution of Ax = b:
 * W = (target − A⁺b)·wᵀ/(c‖w‖²), w = scale·v in a random direction v.
 * @param {DenseNetwork} network with hidden = 1
 * @param {LinearSystem} system
 * @param {Float64Array} target
 * @param {number} scale ‖w‖
 * @param {Normal} normal
 * @returns {DenseTheta}
 */
export function landingStart(network, system, target, scale, normal) {
  const end = minimumNorm(system);
  const moved = nullPart(rowBasis(system), difference(target, end));
  const direction = randomUnit(network.width, normal);
  const growth = vectorGrowth(norm(end), scale ** 2);
  return {
    W: [outer(moved, direction, 1 / (growth * scale))],
    w: [scaled(direction, scale)],
  };
}

/**
 * The start whose first layer has `share` times the part in the null space that it had: 0 takes it away.
 * @param {DenseTheta} theta
 * @param {LinearSystem} system
 * @param {number} share
 * @returns {DenseTheta}
 */
export function withNullShare(theta, system, share) {
  const first = mapColumns(theta.W[0], system, (null_, row) => row.map((entry, i) => entry + share * null_[i]));
  return { W: [first, ...theta.W.slice(1)], w: theta.w };
}

/**
 * P_N W₁: the part of the first layer that training never moves.
 * @param {DenseTheta} theta
 * @param {LinearSystem} system
 * @returns {Float64Array}
 */
export function nullOfFirst(theta, system) {
  return mapColumns(theta.W[0], system, (null_) => null_);
}

/**
 * A matrix whose columns are made of the parts of another one's columns in the null space and in the row space of A.
 * @param {Float64Array} matrix (d, m)
 * @param {LinearSystem} system
 * @param {(nullPart: Float64Array, rowPart: Float64Array) => Float64Array} make
 */
function mapColumns(matrix, system, make) {
  const basis = rowBasis(system);
  const [unknowns, columns] = [system.unknowns, matrix.length / system.unknowns];
  const made = new Float64Array(matrix.length);
  for (let j = 0; j < columns; j += 1) {
    const column = Float64Array.from({ length: unknowns }, (_, i) => matrix[i * columns + j]);
    const entries = make(nullPart(basis, column), rowPart(basis, column));
    for (let i = 0; i < unknowns; i += 1) made[i * columns + j] = entries[i];
  }
  return made;
}

/**
 * The difference x − A⁺b, split exactly by what made it.
 * @typedef {object} Gap
 * @property {Float64Array} vector x − A⁺b
 * @property {number} size its length
 * @property {{name: "unfitted" | "begun" | "grown" | "moved", vector: Float64Array, share: number}[]} causes
 *   unfitted: −A⁺(b − Ax), what training has not fitted yet; begun: P_N W₁(0)q(0), what the start had in the null
 *   space; grown: P_N W₁(0)(q − q(0)), what the later layers made of it; moved: (P_N W₁ − P_N W₁(0))q, what the method
 *   itself carried into the null space. `share` is the part along the gap: the shares add up to its length.
 */

/**
 * What keeps x away from A⁺b, and how much of it is due to what.
 * @param {LinearSystem} system
 * @param {DenseTheta} theta0
 * @param {DenseTheta} theta
 * @returns {Gap}
 */
export function gapByCause(system, theta0, theta) {
  const [basis, end, x] = [rowBasis(system), minimumNorm(system), denseOutput(theta)];
  const [before, after] = [laterLayers(theta0), laterLayers(theta)];
  const still = nullOfFirst(theta0, system);
  const begun = times(still, before);
  const grown = times(still, difference(after, before));
  const unfitted = difference(rowPart(basis, x), end);
  const inNullSpace = nullPart(basis, x);
  const moved = inNullSpace.map((entry, i) => entry - begun[i] - grown[i]);
  const vector = difference(x, end);
  const size = norm(vector);
  const share = (/** @type {Float64Array} */ part) => (size > 0 ? dot(part, vector) / size : 0);
  const causes = /** @type {Gap["causes"]} */ (
    Object.entries({ unfitted, begun, grown, moved }).map(([name, part]) => ({
      name,
      vector: part,
      share: share(part),
    }))
  );
  return { vector, size, causes };
}

/**
 * A vector of length 1 in a random direction.
 * @param {number} size
 * @param {Normal} normal
 */
function randomUnit(size, normal) {
  const drawn = Float64Array.from({ length: size }, normal);
  const unit = norm(drawn);
  return scaled(drawn, 1 / unit);
}
