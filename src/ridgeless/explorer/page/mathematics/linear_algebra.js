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
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let column = 0, at = row * columns; column < columns; column++, at++) sum += A[at] * x[column];
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
  for (let row = 0; row < rows; row++) {
    const factor = y[row];
    if (factor === 0) continue;
    for (let column = 0, at = row * columns; column < columns; column++, at++) result[column] += factor * A[at];
  }
  return result;
}
