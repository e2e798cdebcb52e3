/**
 * Orthonormal transforms of pictures, as `ridgeless.systems.transforms`: the unknowns of a camera are coefficients, and
 * a picture is Wᵀx.
 *
 * @typedef {"pixels" | "haar" | "dct"} Basis
 */

/**
 * W p: the coefficients of a picture.
 * @param {Basis} basis
 * @param {Float64Array} picture Row by row.
 * @param {number} rows Of the picture; for Haar a power of two, and as many as columns.
 * @param {number} columns
 * @returns {Float64Array}
 */
export function analysis(basis, picture, rows, columns) {
  if (basis === "haar") return haar(picture, rows, split, (side) => halvings(side));
  return basis === "dct" ? cosines(picture, rows, columns, false) : Float64Array.from(picture);
}

/**
 * Wᵀx: the picture of coefficients.
 * @param {Basis} basis
 * @param {Float64Array} coefficients
 * @param {number} rows
 * @param {number} columns
 * @returns {Float64Array}
 */
export function synthesis(basis, coefficients, rows, columns) {
  if (basis === "haar") return haar(coefficients, rows, merge, (side) => halvings(side).reverse());
  return basis === "dct" ? cosines(coefficients, rows, columns, true) : Float64Array.from(coefficients);
}

/** @param {number} side A power of two. */
function halvings(side) {
  const sizes = [];
  for (let size = side; size > 1; size /= 2) sizes.push(size);
  return sizes;
}

/**
 * @param {Float64Array} given
 * @param {number} side
 * @param {(line: Float64Array) => Float64Array} step
 * @param {(side: number) => number[]} sizes
 */
function haar(given, side, step, sizes) {
  const result = Float64Array.from(given);
  for (const size of sizes(side)) {
    const line = new Float64Array(size);
    for (const [across, along] of [
      [side, 1],
      [1, side],
    ]) {
      for (let each = 0; each < size; each += 1) {
        for (let i = 0; i < size; i += 1) line[i] = result[each * across + i * along];
        const changed = step(line);
        for (let i = 0; i < size; i += 1) result[each * across + i * along] = changed[i];
      }
    }
  }
  return result;
}

/** @param {Float64Array} line */
function split(line) {
  const half = line.length / 2;
  const result = new Float64Array(line.length);
  for (let i = 0; i < half; i += 1) {
    result[i] = (line[2 * i] + line[2 * i + 1]) / Math.SQRT2;
    result[half + i] = (line[2 * i] - line[2 * i + 1]) / Math.SQRT2;
  }
  return result;
}

/** @param {Float64Array} line */
function merge(line) {
  const half = line.length / 2;
  const result = new Float64Array(line.length);
  for (let i = 0; i < half; i += 1) {
    result[2 * i] = (line[i] + line[half + i]) / Math.SQRT2;
    result[2 * i + 1] = (line[i] - line[half + i]) / Math.SQRT2;
  }
  return result;
}

/** @type {Map<number, Float64Array>} */
const tables = new Map();

/**
 * C with C_kj = √(2/side)·cos(πk(2j+1)/(2 side)), the first row over √2.
 * @param {number} side
 */
function cosineTable(side) {
  let table = tables.get(side);
  if (table === undefined) {
    table = new Float64Array(side * side);
    for (let k = 0; k < side; k += 1) {
      const factor = Math.sqrt((k === 0 ? 1 : 2) / side);
      for (let j = 0; j < side; j += 1)
        table[k * side + j] = factor * Math.cos((Math.PI * k * (2 * j + 1)) / (2 * side));
    }
    tables.set(side, table);
  }
  return table;
}

/**
 * C_rows P C_columnsᵀ, or with both tables transposed.
 * @param {Float64Array} given
 * @param {number} rows
 * @param {number} columns
 * @param {boolean} transposed
 */
function cosines(given, rows, columns, transposed) {
  const [down, across] = [cosineTable(rows), cosineTable(columns)];
  const half = new Float64Array(rows * columns);
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i += 1) {
    for (let k = 0; k < columns; k += 1) {
      let sum = 0;
      for (let j = 0; j < columns; j += 1) {
        sum += given[i * columns + j] * (transposed ? across[j * columns + k] : across[k * columns + j]);
      }
      half[i * columns + k] = sum;
    }
  }
  for (let k = 0; k < rows; k += 1) {
    for (let i = 0; i < rows; i += 1) {
      const factor = transposed ? down[i * rows + k] : down[k * rows + i];
      for (let j = 0; j < columns; j += 1) result[k * columns + j] += factor * half[i * columns + j];
    }
  }
  return result;
}
