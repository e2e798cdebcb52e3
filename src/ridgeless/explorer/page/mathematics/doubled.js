/** Sums of products in twice the working precision (Ogita, Rump and Oishi 2005). */

const SPLITTER = 134217729; // 2^27 + 1 (Dekker 1971)

/**
 * b − A x, its rounding error below 1e-16 of itself plus 1e-32 of the terms.
 *
 * @param {Float64Array} A rows·columns numbers, row by row.
 * @param {number} rows
 * @param {number} columns
 * @param {ArrayLike<number>} x
 * @param {ArrayLike<number>} b
 * @returns {Float64Array}
 */
export function doubledMisfit(A, rows, columns, x, b) {
  const high = new Float64Array(columns);
  const low = new Float64Array(columns);
  for (let i = 0; i < columns; i++) {
    const spread = SPLITTER * x[i];
    high[i] = spread - (spread - x[i]);
    low[i] = x[i] - high[i];
  }
  const result = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let sum = b[row];
    let rest = 0;
    for (let i = 0, at = row * columns; i < columns; i++, at++) {
      const a = -A[at];
      const product = a * x[i];
      const spread = SPLITTER * a;
      const aHigh = spread - (spread - a);
      const aLow = a - aHigh;
      const productError = aLow * low[i] - (product - aHigh * high[i] - aLow * high[i] - aHigh * low[i]);
      const total = sum + product;
      const part = total - sum;
      rest += sum - (total - part) + (product - part) + productError;
      sum = total;
    }
    result[row] = sum + rest;
  }
  return result;
}
