/** Products with a matrix stored row by row, and small dense factorisations. */

/**
 * A x.
 *
 * @param {Float64Array} A rows·columns numbers, row by row.
 * @param {number} rows
 * @param {number} columns
 * @param {ArrayLike<number>} x
 * @returns {Float64Array}
 */
export function product(A, rows, columns, x) {
  const result = new Float64Array(rows);
  let row = 0;
  // Four rows at once, so that each x that is read is used four times.
  for (; row + 3 < rows; row += 4) {
    const [a0, a1, a2, a3] = [row * columns, (row + 1) * columns, (row + 2) * columns, (row + 3) * columns];
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let k = 0; k < columns; k++) {
      const value = x[k];
      s0 += A[a0 + k] * value;
      s1 += A[a1 + k] * value;
      s2 += A[a2 + k] * value;
      s3 += A[a3 + k] * value;
    }
    result[row] = s0;
    result[row + 1] = s1;
    result[row + 2] = s2;
    result[row + 3] = s3;
  }
  for (; row < rows; row++) {
    let sum = 0;
    for (let k = 0, at = row * columns; k < columns; k++, at++) sum += A[at] * x[k];
    result[row] = sum;
  }
  return result;
}

/**
 * Aᵀ y.
 *
 * @param {Float64Array} A rows·columns numbers, row by row.
 * @param {number} rows
 * @param {number} columns
 * @param {ArrayLike<number>} y
 * @returns {Float64Array}
 */
export function transposedProduct(A, rows, columns, y) {
  const result = new Float64Array(columns);
  let row = 0;
  for (; row + 3 < rows; row += 4) {
    const [a0, a1, a2, a3] = [row * columns, (row + 1) * columns, (row + 2) * columns, (row + 3) * columns];
    const [y0, y1, y2, y3] = [y[row], y[row + 1], y[row + 2], y[row + 3]];
    for (let k = 0; k < columns; k++) {
      result[k] += y0 * A[a0 + k] + y1 * A[a1 + k] + (y2 * A[a2 + k] + y3 * A[a3 + k]);
    }
  }
  for (; row < rows; row++) {
    const factor = y[row];
    for (let k = 0, at = row * columns; k < columns; k++, at++) result[k] += factor * A[at];
  }
  return result;
}
