/** Sums, norms and products of vectors. */

/** @param {ArrayLike<number>} one @param {ArrayLike<number>} other @returns {number} */
export function dot(one, other) {
  let sum = 0;
  for (let index = 0; index < one.length; index++) sum += one[index] * other[index];
  return sum;
}

/**
 * The Euclidean norm; entries may be as large or small as float64 holds.
 *
 * @param {ArrayLike<number>} vector
 * @returns {number}
 */
export function norm(vector) {
  const largest = largestSize(vector);
  if (!(largest > 0) || largest === Infinity) return largest;
  if (largest > 1e-140 && largest < 1e140) return Math.sqrt(dot(vector, vector));
  let sum = 0;
  for (let index = 0; index < vector.length; index++) sum += (vector[index] / largest) ** 2;
  return largest * Math.sqrt(sum);
}

/** @param {ArrayLike<number>} vector @returns {number} max |v_i|, NaN where an entry is NaN */
export function largestSize(vector) {
  let largest = 0;
  for (let index = 0; index < vector.length; index++) {
    const size = Math.abs(vector[index]);
    if (!(size <= largest)) largest = size;
  }
  return largest;
}

/** @param {ArrayLike<number>} vector @returns {number} Σ |v_i| */
export function l1Norm(vector) {
  let sum = 0;
  for (let index = 0; index < vector.length; index++) sum += Math.abs(vector[index]);
  return sum;
}

/** @param {ArrayLike<number>} one @param {ArrayLike<number>} other @returns {Float64Array} */
export function difference(one, other) {
  return Float64Array.from(one, (value, index) => value - other[index]);
}

/** @param {ArrayLike<number>} vector @param {number} factor @returns {Float64Array} */
export function scaled(vector, factor) {
  return Float64Array.from(vector, (value) => factor * value);
}

/**
 * target + factor·vector, written into target.
 *
 * @param {Float64Array} target
 * @param {number} factor
 * @param {ArrayLike<number>} vector
 */
export function addScaled(target, factor, vector) {
  for (let index = 0; index < target.length; index++) target[index] += factor * vector[index];
}

/** @param {number} size @param {number} value @returns {Float64Array} */
export function filled(size, value) {
  return new Float64Array(size).fill(value);
}
