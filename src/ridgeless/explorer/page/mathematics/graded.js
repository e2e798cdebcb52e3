/**
 * Newton's step where entries of x differ so much that B·diag(w)·Bᵀ has lost the small ones: by a QR factorisation of
 * diag(√w)·Bᵀ, rows sorted by size and columns pivoted, which keeps every row's own digits (Cox and Higham 1998).
 */

/** @typedef {import("./equations.js").Equations} Equations */

const FRESH = 1e-2;

/**
 * Solves B·diag(w)·Bᵀ δν = right, by the factor of that matrix.
 *
 * @type {import("./newton.js").Factorisation}
 */
export function gradedFactor({ rows, rank, unknowns }, weights) {
  const order = Array.from(weights.keys()).filter((i) => weights[i] > 0);
  order.sort((one, other) => weights[other] - weights[one]);
  const roots = Float64Array.from(order, (i) => Math.sqrt(weights[i]));
  const columns = Array.from({ length: rank }, (_, k) => Float64Array.from(order, (i, row) => rows[k * unknowns + i] * roots[row]));
  const { pivots, reflectors, used } = triangularised(columns);
  return (right) => {
    // Rᵀ t = right, then R nu = t, in the order of the pivots.
    const t = new Float64Array(order.length);
    for (let j = 0; j < used; j++) {
      let sum = right[pivots[j]];
      for (let i = 0; i < j; i++) sum -= columns[pivots[j]][i] * t[i];
      t[j] = sum / columns[pivots[j]][j];
    }
    const nu = new Float64Array(rank);
    for (let j = used - 1; j >= 0; j--) {
      let sum = t[j];
      for (let k = j + 1; k < used; k++) sum -= columns[pivots[k]][j] * nu[pivots[k]];
      nu[pivots[j]] = sum / columns[pivots[j]][j];
    }
    if (!nu.every(Number.isFinite)) return null;
    for (let j = used - 1; j >= 0; j--) reflect(reflectors[j], t, j);
    return { nu, dz: changeOfZ({ rows, rank, unknowns }, nu, order, roots, t) };
  };
}

/**
 * Householder's QR of the columns, in place: R is left in their first entries.
 *
 * @param {Float64Array[]} columns
 */
function triangularised(columns) {
  const length = columns[0].length;
  const pivots = columns.map((_, k) => k);
  /** @type {Float64Array[]} */
  const reflectors = [];
  const most = Math.min(columns.length, length);
  const sizes = Float64Array.from(columns, (column) => squaredFrom(column, 0));
  const known = Float64Array.from(sizes);
  let used = 0;
  for (; used < most; used++) {
    let best = used;
    for (let k = used; k < pivots.length; k++) {
      const column = pivots[k];
      // A size that has lost its digits by subtraction is computed anew.
      if (sizes[column] < FRESH * known[column]) sizes[column] = known[column] = squaredFrom(columns[column], used);
      if (sizes[column] > sizes[pivots[best]]) best = k;
    }
    const largest = squaredFrom(columns[pivots[best]], used);
    if (!(largest > 0)) break;
    [pivots[used], pivots[best]] = [pivots[best], pivots[used]];
    const reflector = Float64Array.from(columns[pivots[used]]);
    reflector.fill(0, 0, used);
    reflector[used] += Math.sign(reflector[used] || 1) * Math.sqrt(largest);
    const size = Math.sqrt(squaredFrom(reflector, used));
    for (let i = used; i < length; i++) reflector[i] /= size;
    for (let k = used; k < pivots.length; k++) {
      reflect(reflector, columns[pivots[k]], used);
      sizes[pivots[k]] -= columns[pivots[k]][used] ** 2;
    }
    reflectors.push(reflector);
  }
  return { pivots, reflectors, used };
}

/** Σ v_i² from an index on. @param {Float64Array} vector @param {number} from */
function squaredFrom(vector, from) {
  let sum = 0;
  for (let i = from; i < vector.length; i++) sum += vector[i] * vector[i];
  return sum;
}

/** v − 2 h (hᵀv), in place. @param {Float64Array} h @param {Float64Array} vector @param {number} from */
function reflect(h, vector, from) {
  let sum = 0;
  for (let i = from; i < vector.length; i++) sum += h[i] * vector[i];
  sum *= 2;
  for (let i = from; i < vector.length; i++) vector[i] -= sum * h[i];
}

/**
 * Bᵀδν, from y = √w·dz where an entry is a small sum of large terms and the product would cancel.
 *
 * @param {{rows: Float64Array, rank: number, unknowns: number}} equations
 * @param {Float64Array} nu
 * @param {number[]} order
 * @param {Float64Array} roots
 * @param {Float64Array} y
 */
function changeOfZ({ rows, rank, unknowns }, nu, order, roots, y) {
  const dz = new Float64Array(unknowns);
  const terms = new Float64Array(unknowns);
  for (let k = 0; k < rank; k++) {
    for (let i = 0, at = k * unknowns; i < unknowns; i++, at++) {
      const term = rows[at] * nu[k];
      dz[i] += term;
      terms[i] += Math.abs(term);
    }
  }
  const largest = y.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  order.forEach((i, row) => {
    if (largest / roots[row] < terms[i]) dz[i] = y[row] / roots[row];
  });
  return dz;
}
