/**
 * The two kernels that nearly all time is spent in: B·diag(w)·Bᵀ and its Cholesky factor, in blocks of 4×4.
 *
 * A block is 16 sums over one pass through eight rows, which are stored one after another: the sums stay in registers,
 * and each number that is read is used four times. Sizes are padded to a multiple of 4.
 */

const BLOCK = 4;

/** The next multiple of 4. @param {number} size @returns {number} */
function padded(size) {
  return Math.ceil(size / BLOCK) * BLOCK;
}

/**
 * Memory for the Hessians of one system.
 *
 * @typedef {object} Workspace
 * @property {number} size r, padded.
 * @property {Float64Array} gram size², row by row, its lower triangle.
 * @property {Float64Array} factor size², likewise.
 * @property {Float64Array} scaled The columns that count, times √w, row by row.
 * @property {boolean} isFactorised Whether `factor` is one.
 */

/**
 * @param {number} equations r
 * @param {number} unknowns d
 * @returns {Workspace}
 */
export function workspace(equations, unknowns) {
  const size = padded(equations);
  return {
    size,
    gram: new Float64Array(size * size),
    factor: new Float64Array(size * size),
    scaled: new Float64Array(size * unknowns),
    isFactorised: false,
  };
}

/**
 * The lower triangle of B·diag(w)·Bᵀ into `space.gram`; rows of the padding have a diagonal of 1.
 *
 * @param {Float64Array} rows B: equations·unknowns numbers, row by row.
 * @param {number} equations r
 * @param {number} unknowns d
 * @param {Float64Array} weights d numbers of at least 0; columns of weight 0 are left out.
 * @param {Workspace} space
 */
export function weightedGram(rows, equations, unknowns, weights, space) {
  const { size, gram, scaled } = space;
  const chosen = new Int32Array(unknowns);
  const roots = new Float64Array(unknowns);
  let count = 0;
  for (let i = 0; i < unknowns; i++) {
    if (weights[i] > 0) {
      chosen[count] = i;
      roots[count++] = Math.sqrt(weights[i]);
    }
  }
  for (let row = 0; row < equations; row++) {
    const [from, to] = [row * unknowns, row * count];
    for (let k = 0; k < count; k++) scaled[to + k] = rows[from + chosen[k]] * roots[k];
  }
  scaled.fill(0, equations * count, size * count);
  for (let i = 0; i < size; i += BLOCK) {
    for (let j = 0; j <= i; j += BLOCK) blockProduct(scaled, i * count, j * count, count, count, gram, i * size + j, size);
  }
  for (let row = equations; row < size; row++) gram[row * size + row] = 1;
}

/**
 * The 4×4 block of sums Σ_k rows[one + s·stride + k]·rows[other + t·stride + k], k < length, into target.
 *
 * @param {Float64Array} rows
 * @param {number} one Where the first of four rows begins.
 * @param {number} other Where the first of the other four begins.
 * @param {number} stride From row to row.
 * @param {number} length
 * @param {Float64Array} target
 * @param {number} at Where the block begins in the target.
 * @param {number} width Of the rows of the target.
 */
function blockProduct(rows, one, other, stride, length, target, at, width) {
  const [a1, a2, a3] = [one + stride, one + 2 * stride, one + 3 * stride];
  const [b1, b2, b3] = [other + stride, other + 2 * stride, other + 3 * stride];
  let [s00, s01, s02, s03] = [0, 0, 0, 0];
  let [s10, s11, s12, s13] = [0, 0, 0, 0];
  let [s20, s21, s22, s23] = [0, 0, 0, 0];
  let [s30, s31, s32, s33] = [0, 0, 0, 0];
  for (let k = 0; k < length; k++) {
    const x0 = rows[one + k];
    const x1 = rows[a1 + k];
    const x2 = rows[a2 + k];
    const x3 = rows[a3 + k];
    const y0 = rows[other + k];
    const y1 = rows[b1 + k];
    const y2 = rows[b2 + k];
    const y3 = rows[b3 + k];
    s00 += x0 * y0;
    s01 += x0 * y1;
    s02 += x0 * y2;
    s03 += x0 * y3;
    s10 += x1 * y0;
    s11 += x1 * y1;
    s12 += x1 * y2;
    s13 += x1 * y3;
    s20 += x2 * y0;
    s21 += x2 * y1;
    s22 += x2 * y2;
    s23 += x2 * y3;
    s30 += x3 * y0;
    s31 += x3 * y1;
    s32 += x3 * y2;
    s33 += x3 * y3;
  }
  const [r1, r2, r3] = [at + width, at + 2 * width, at + 3 * width];
  target[at] = s00;
  target[at + 1] = s01;
  target[at + 2] = s02;
  target[at + 3] = s03;
  target[r1] = s10;
  target[r1 + 1] = s11;
  target[r1 + 2] = s12;
  target[r1 + 3] = s13;
  target[r2] = s20;
  target[r2 + 1] = s21;
  target[r2 + 2] = s22;
  target[r2 + 3] = s23;
  target[r3] = s30;
  target[r3 + 1] = s31;
  target[r3 + 2] = s32;
  target[r3 + 3] = s33;
}

/**
 * The Cholesky factor of `space.gram` + ridge·I into `space.factor`.
 *
 * @param {Workspace} space
 * @param {number} ridge
 * @returns {boolean} Whether every pivot was positive.
 */
export function factorise(space, ridge) {
  const { size, gram, factor } = space;
  const block = new Float64Array(BLOCK * BLOCK);
  for (let i = 0; i < size; i += BLOCK) {
    for (let j = 0; j <= i; j += BLOCK) {
      blockProduct(factor, i * size, j * size, size, j, block, 0, BLOCK);
      for (let s = 0; s < BLOCK; s++) {
        const row = (i + s) * size + j;
        for (let t = 0; t < BLOCK; t++) factor[row + t] = gram[row + t] - block[BLOCK * s + t];
      }
      if (i > j) solveBlock(factor, size, i, j);
      else if (!factoriseBlock(factor, size, i, ridge)) return false;
    }
  }
  return true;
}

/**
 * The four rows from i on, at columns j … j + 3, times the inverse transpose of the diagonal block at j.
 *
 * @param {Float64Array} factor
 * @param {number} size
 * @param {number} i
 * @param {number} j
 */
function solveBlock(factor, size, i, j) {
  for (let s = 0; s < BLOCK; s++) {
    const row = (i + s) * size + j;
    for (let t = 0; t < BLOCK; t++) {
      const pivot = (j + t) * size + j;
      let sum = factor[row + t];
      for (let k = 0; k < t; k++) sum -= factor[row + k] * factor[pivot + k];
      factor[row + t] = sum / factor[pivot + t];
    }
  }
}

/**
 * The Cholesky factor of the diagonal block at i, which has the ridge added.
 *
 * @param {Float64Array} factor
 * @param {number} size
 * @param {number} i
 * @param {number} ridge
 * @returns {boolean} Whether its pivots are positive.
 */
function factoriseBlock(factor, size, i, ridge) {
  for (let s = 0; s < BLOCK; s++) {
    const row = (i + s) * size + i;
    for (let t = 0; t <= s; t++) {
      const pivot = (i + t) * size + i;
      let sum = factor[row + t] + (s === t ? ridge : 0);
      for (let k = 0; k < t; k++) sum -= factor[row + k] * factor[pivot + k];
      if (s === t) {
        if (!(sum > 0)) return false;
        factor[row + t] = Math.sqrt(sum);
      } else {
        factor[row + t] = sum / factor[pivot + t];
      }
    }
    for (let t = s + 1; t < BLOCK; t++) factor[row + t] = 0;
  }
  return true;
}

/**
 * The y with L Lᵀ y = right, for the factor L in `space`.
 *
 * @param {Workspace} space
 * @param {ArrayLike<number>} right At most as many numbers as `space.size`.
 * @returns {Float64Array} As many numbers as `right` has.
 */
export function solveFactorised(space, right) {
  const { size, factor } = space;
  const y = new Float64Array(size);
  for (let row = 0; row < size; row++) {
    let sum = row < right.length ? right[row] : 0;
    for (let k = 0, at = row * size; k < row; k++, at++) sum -= factor[at] * y[k];
    y[row] = sum / factor[row * size + row];
  }
  for (let row = size - 1; row >= 0; row--) {
    const value = y[row] / factor[row * size + row];
    y[row] = value;
    for (let k = 0, at = row * size; k < row; k++, at++) y[k] -= factor[at] * value;
  }
  return y.subarray(0, right.length);
}
