/** The solutions with the signs that a start locks: none, one, or many. */

import { saddleToSaddle } from "./jumps.js";
import { product } from "./linear_algebra.js";
import { addScaled, difference, dot, norm } from "./vectors.js";

/** @typedef {import("./types.js").System} System @typedef {import("./types.js").Potential} Potential */

/**
 * @typedef {{isThere: boolean, only: Float64Array | null}} Signed Whether a solution has the signs, and the solution where
 *   it is the only one.
 */

/** @type {WeakMap<Float64Array, {b: Float64Array, answers: Map<string, Signed>}>} */
const known = new WeakMap();
const ROUNDING = 1e-9;

/**
 * The x with A x = b that are 0 where the start is frozen, and of the locked sign elsewhere; once for each system and pattern.
 *
 * @param {System} system
 * @param {Potential} potential
 * @returns {Signed}
 */
export function signedSolutions(system, { signs, frozen }) {
  if (signs.every((sign, i) => sign === 0 && frozen[i] === 0)) return { isThere: true, only: null };
  let kept = known.get(system.A);
  if (!kept || kept.b !== system.b) {
    kept = { b: system.b, answers: new Map() };
    known.set(system.A, kept);
  }
  const pattern = `${signs.join("")} ${frozen.join("")}`;
  const answer = kept.answers.get(pattern) ?? searched(system, signs, frozen);
  kept.answers.set(pattern, answer);
  return answer;
}

/**
 * By a least-squares fit with these signs (Lawson and Hanson 1974), which ends at a vertex.
 *
 * @param {System} system
 * @param {Int8Array} signs
 * @param {Uint8Array} frozen
 * @returns {Signed}
 */
function searched(system, signs, frozen) {
  /** @param {number} side */
  const prices = (side) => Float64Array.from(signs, (sign, i) => (frozen[i] || sign === -side ? Infinity : 1));
  const path = saddleToSaddle(system, { positive: prices(1), negative: prices(-1) });
  if (!path.isSolved) return { isThere: false, only: null };
  const isLocked = signs.every((sign, i) => sign !== 0 || frozen[i] === 1);
  const only = isLocked && isOnly(system, signs, frozen, path.x) ? path.x : null;
  return { isThere: true, only };
}

/**
 * Whether a vertex is the only solution with its signs: a y with a_iᵀy = 0 on its support and sign_i·a_iᵀy < 0 elsewhere
 * proves it, since bᵀy = 0 leaves nothing for the rest (facial reduction, Borwein and Wolkowicz 1981).
 *
 * @param {System} system
 * @param {Int8Array} signs
 * @param {Uint8Array} frozen
 * @param {Float64Array} vertex
 */
function isOnly({ A, equations, unknowns }, signs, frozen, vertex) {
  /** @param {number} i */
  const column = (i) => Float64Array.from({ length: equations }, (_, row) => A[row * unknowns + i]);
  /** @type {Float64Array[]} */
  const basis = [];
  /** @param {Float64Array} vector */
  const beyond = (vector) => {
    for (let pass = 0; pass < 2; pass++) for (const each of basis) addScaled(vector, -dot(each, vector), each);
    return vector;
  };
  const rest = [];
  for (let i = 0; i < unknowns; i++) {
    if (vertex[i] === 0) {
      if (!frozen[i]) rest.push(i);
      continue;
    }
    const own = column(i);
    const size = norm(own);
    const left = norm(beyond(own));
    if (!(left > ROUNDING * size)) return false;
    basis.push(own.map((value) => value / left));
  }
  if (rest.length === 0) return true;
  if (basis.length >= equations) return false;
  const pushes = rest.map((i) => {
    const size = norm(column(i)) * signs[i];
    return beyond(column(i)).map((value) => value / size);
  });
  return areOnOneSide(pushes, equations);
}

/**
 * Whether some y has vᵀy < 0 for every vector: the nonnegative fit of (0, 1) by the (v, 1) leaves such a y unless 0 is a mean
 * of the vectors.
 *
 * @param {Float64Array[]} vectors
 * @param {number} length
 */
function areOnOneSide(vectors, length) {
  const count = vectors.length;
  const A = new Float64Array((length + 1) * count);
  vectors.forEach((vector, j) => {
    vector.forEach((value, row) => (A[row * count + j] = value));
    A[length * count + j] = 1;
  });
  const b = new Float64Array(length + 1);
  b[length] = 1;
  const box = { positive: new Float64Array(count).fill(1), negative: new Float64Array(count).fill(Infinity) };
  const { x } = saddleToSaddle({ equations: length + 1, unknowns: count, A, b }, box);
  const y = difference(b, product(A, length + 1, count, x)).subarray(0, length);
  return vectors.every((vector) => dot(vector, y) < -ROUNDING * norm(y));
}
