/** The largest singular values of a matrix. */

import { dot, norm } from "./vectors.js";

const HALVINGS = 60;

/**
 * The largest singular values, in falling order, to about eight digits of the largest one.
 * @param {Float64Array} matrix row by row
 * @param {number} rows
 * @param {number} count how many
 * @returns {Float64Array}
 */
export function singularValues(matrix, rows, count) {
  const columns = matrix.length / rows;
  const vectors =
    rows <= columns
      ? Array.from({ length: rows }, (_, i) => matrix.subarray(i * columns, (i + 1) * columns))
      : Array.from({ length: columns }, (_, j) =>
          Float64Array.from({ length: rows }, (_entry, i) => matrix[i * columns + j]),
        );
  const gram = vectors.map((one) => Float64Array.from(vectors, (other) => dot(one, other)));
  const { diagonal, beside } = tridiagonal(gram);
  const wanted = Math.min(count, diagonal.length);
  return Float64Array.from({ length: wanted }, (_, k) => Math.sqrt(Math.max(eigenvalue(diagonal, beside, k), 0)));
}

/**
 * A symmetric matrix made tridiagonal by reflections (Householder 1958); the matrix is overwritten.
 * @param {Float64Array[]} matrix
 * @returns {{diagonal: Float64Array, beside: Float64Array}}
 */
function tridiagonal(matrix) {
  const size = matrix.length;
  const beside = new Float64Array(Math.max(size - 1, 0));
  for (let k = 0; k + 1 < size; k += 1) {
    const column = Float64Array.from({ length: size - k - 1 }, (_, i) => matrix[k + 1 + i][k]);
    const length = column[0] > 0 ? -norm(column) : norm(column);
    beside[k] = length;
    column[0] -= length;
    const squared = dot(column, column);
    if (squared > 0) reflect(matrix, k + 1, column, squared);
  }
  return { diagonal: Float64Array.from(matrix, (row, i) => row[i]), beside };
}

/**
 * H M H on the rows and columns from a place on, H = I − 2vvᵀ/‖v‖².
 * @param {Float64Array[]} matrix
 * @param {number} from
 * @param {Float64Array} v
 * @param {number} squared ‖v‖²
 */
function reflect(matrix, from, v, squared) {
  const image = Float64Array.from(v, (_, i) => (2 * dot(matrix[from + i].subarray(from), v)) / squared);
  const share = dot(image, v) / squared;
  for (let i = 0; i < v.length; i += 1) image[i] -= share * v[i];
  for (let i = 0; i < v.length; i += 1) {
    const row = matrix[from + i];
    for (let j = 0; j < v.length; j += 1) row[from + j] -= v[i] * image[j] + image[i] * v[j];
  }
}

/**
 * The eigenvalue of a symmetric tridiagonal matrix that has `above` larger ones, by bisection on their number (Givens
 * 1954).
 * @param {Float64Array} diagonal
 * @param {Float64Array} beside
 * @param {number} above
 */
function eigenvalue(diagonal, beside, above) {
  const reach = diagonal.reduce(
    (most, entry, i) => Math.max(most, Math.abs(entry) + Math.abs(beside[i - 1] ?? 0) + Math.abs(beside[i] ?? 0)),
    0,
  );
  let [low, high] = [-reach, reach];
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (low + high) / 2;
    if (largerThan(diagonal, beside, middle) > above) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * How many eigenvalues are larger than a number: those of the signs in the pivots of the shifted matrix.
 * @param {Float64Array} diagonal
 * @param {Float64Array} beside
 * @param {number} shift
 */
function largerThan(diagonal, beside, shift) {
  let [count, pivot] = [0, 1];
  for (let i = 0; i < diagonal.length; i += 1) {
    const coupling = i === 0 ? 0 : beside[i - 1] ** 2 / (pivot || Number.MIN_VALUE);
    pivot = diagonal[i] - shift - coupling;
    if (pivot > 0) count += 1;
  }
  return count;
}
