/** Least squares on a few columns of A that come and go, by a QR factorisation that is kept up to date. */

import { addScaled, dot, norm } from "./vectors.js";

/**
 * A set of columns with their QR factorisation, A_S = Q R, and the fit to b on them.
 * @typedef {object} ActiveColumns
 * @property {number} equations n, the length of a column
 * @property {Float64Array} rhs (n,) b
 * @property {number[]} index the columns, in the order of the factorisation
 * @property {Float64Array[]} columns the columns themselves, each (n,)
 * @property {Float64Array[]} Q orthonormal columns, each (n,)
 * @property {Float64Array[]} R the columns of the triangle: R[j] holds j + 1 entries
 * @property {Float64Array} misfit (n,) b minus its projection onto their span
 */

// A column closer than this to the span of the others counts as dependent: its coefficient would be rounding.
const DEPENDENT = 1e-11;

/**
 * No columns, and the fit 0.
 * @param {Float64Array} rhs (n,) b
 * @returns {ActiveColumns}
 */
export function noColumns(rhs) {
  return { equations: rhs.length, rhs, index: [], columns: [], Q: [], R: [], misfit: Float64Array.from(rhs) };
}

/**
 * Adds a column; false, and nothing added, where it depends on the others up to rounding.
 * @param {ActiveColumns} active
 * @param {number} index
 * @param {Float64Array} column (n,)
 * @returns {boolean}
 */
export function appendColumn(active, index, column) {
  const { Q, equations } = active;
  if (Q.length === equations) return false;
  const rest = Float64Array.from(column);
  const shares = new Float64Array(Q.length + 1);
  // Twice: cancellation leaves rounding in the remainder of the first projection (Parlett 1980).
  for (let pass = 0; pass < 2; pass += 1) {
    for (let k = 0; k < Q.length; k += 1) {
      const share = dot(Q[k], rest);
      shares[k] += share;
      addScaled(rest, -share, Q[k]);
    }
  }
  const size = norm(rest);
  if (size <= DEPENDENT * norm(column)) return false;
  shares[Q.length] = size;
  for (let i = 0; i < equations; i += 1) rest[i] /= size;
  addScaled(active.misfit, -dot(rest, active.misfit), rest);
  active.index.push(index);
  active.columns.push(column);
  active.R.push(shares);
  Q.push(rest);
  return true;
}

/**
 * Removes the columns at these positions; those behind the first of them are factorised anew.
 * @param {ActiveColumns} active
 * @param {number[]} positions
 */
export function removeColumns(active, positions) {
  if (positions.length === 0) return;
  const first = Math.min(...positions);
  const gone = new Set(positions);
  const later = active.index
    .map((index, position) => ({ index, position, column: active.columns[position] }))
    .filter(({ position }) => position > first && !gone.has(position));
  for (const list of [active.index, active.columns, active.Q, active.R]) list.length = first;
  active.misfit = Float64Array.from(active.rhs);
  for (const q of active.Q) addScaled(active.misfit, -dot(q, active.misfit), q);
  for (const { index, column } of later) appendColumn(active, index, column);
}

/**
 * The k with ‖A_S k − b‖ least.
 * @param {ActiveColumns} active
 * @returns {Float64Array} (|S|,)
 */
export function coefficients(active) {
  return fitted(active, active.rhs);
}

/**
 * The k with ‖A_S k − rhs‖ least, for any right-hand side.
 * @param {ActiveColumns} active
 * @param {Float64Array} rhs (n,)
 * @returns {Float64Array} (|S|,)
 */
export function fitted(active, rhs) {
  const { Q, R } = active;
  const k = Float64Array.from(Q, (q) => dot(q, rhs));
  for (let j = Q.length - 1; j >= 0; j -= 1) {
    k[j] /= R[j][j];
    for (let i = 0; i < j; i += 1) k[i] -= R[j][i] * k[j];
  }
  return k;
}

/**
 * The least change of ν that changes A_Sᵀν by `missing`: Q R⁻ᵀ·missing.
 * @param {ActiveColumns} active
 * @param {Float64Array} missing (|S|,)
 * @returns {Float64Array} (n,)
 */
export function dualStep(active, missing) {
  const { Q, R, equations } = active;
  const change = new Float64Array(equations);
  const solved = Float64Array.from(missing);
  for (let j = 0; j < Q.length; j += 1) {
    for (let i = 0; i < j; i += 1) solved[j] -= R[j][i] * solved[i];
    solved[j] /= R[j][j];
    addScaled(change, solved[j], Q[j]);
  }
  return change;
}
