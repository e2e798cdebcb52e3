/** The row space and the null space of A: an orthonormal basis, the two projections, and A⁺b. */

import { addScaled, dot, norm } from "./vectors.js";

/** @typedef {{equations: number, unknowns: number, A: Float64Array, b: Float64Array}} LinearSystem */

/**
 * Orthonormal rows that span the row space of A, by two rounds of Gram–Schmidt, and the b that belongs to them.
 * @typedef {{rows: Float64Array[], rhs: number[]}} RowBasis
 */

// A row closer than this to the span of the ones before depends on them.
const DEPENDENT = 1e-11;

/** @type {WeakMap<LinearSystem, RowBasis>} */
const known = new WeakMap();

/**
 * The basis of a system, computed once.
 * @param {LinearSystem} system
 * @returns {RowBasis}
 */
export function rowBasis(system) {
  const found = known.get(system);
  if (found !== undefined) return found;
  const made = orthonormalised(system);
  known.set(system, made);
  return made;
}

/**
 * @param {LinearSystem} system
 * @returns {RowBasis}
 */
function orthonormalised({ A, b, equations, unknowns }) {
  /** @type {RowBasis} */
  const basis = { rows: [], rhs: [] };
  for (let i = 0; i < equations; i += 1) {
    const row = Float64Array.from(A.subarray(i * unknowns, (i + 1) * unknowns));
    let value = b[i];
    const before = norm(row);
    for (let round = 0; round < 2; round += 1) {
      basis.rows.forEach((other, k) => {
        const share = dot(other, row);
        addScaled(row, -share, other);
        value -= share * basis.rhs[k];
      });
    }
    const rest = norm(row);
    if (rest <= DEPENDENT * before) continue;
    basis.rows.push(row.map((entry) => entry / rest));
    basis.rhs.push(value / rest);
  }
  return basis;
}

/**
 * P_A·x, the part in the row space.
 * @param {RowBasis} basis
 * @param {Float64Array} x (d,)
 */
export function rowPart(basis, x) {
  const part = new Float64Array(x.length);
  for (const row of basis.rows) addScaled(part, dot(row, x), row);
  return part;
}

/**
 * P_N·x, the part in the null space.
 * @param {RowBasis} basis
 * @param {Float64Array} x (d,)
 */
export function nullPart(basis, x) {
  let part = x;
  // Twice: what rounding leaves of a long row part would count as null part.
  for (let round = 0; round < 2; round += 1) {
    const row = rowPart(basis, part);
    part = part.map((entry, i) => entry - row[i]);
  }
  return part;
}

/**
 * A⁺b, the solution of least Euclidean norm.
 * @param {LinearSystem} system
 */
export function shortest(system) {
  const basis = rowBasis(system);
  const x = new Float64Array(system.unknowns);
  basis.rows.forEach((row, k) => addScaled(x, basis.rhs[k], row));
  return x;
}
