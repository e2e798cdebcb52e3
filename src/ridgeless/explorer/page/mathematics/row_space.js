/** The row space and the null space of A: an orthonormal basis, the two projections, and A⁺b. */

import { equationsOf } from "./equations.js";
import { addScaled, dot } from "./vectors.js";

/** @typedef {import("./equations.js").LinearSystem} LinearSystem */

/**
 * Orthonormal rows that span the row space of A, and the b that belongs to them.
 * @typedef {{rows: Float64Array[], rhs: Float64Array}} RowBasis
 */

/** @type {WeakMap<object, RowBasis>} */
const known = new WeakMap();

/**
 * The basis of a system, computed once.
 * @param {LinearSystem} system
 * @returns {RowBasis}
 */
export function rowBasis(system) {
  const equations = equationsOf(system);
  const kept = known.get(equations);
  if (kept !== undefined) return kept;
  const { rank, unknowns, rows, right } = equations;
  const each = Array.from({ length: rank }, (_, k) => rows.subarray(k * unknowns, (k + 1) * unknowns));
  const basis = { rows: each, rhs: right };
  known.set(equations, basis);
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
export function minimumNorm(system) {
  return Float64Array.from(equationsOf(system).minimumNorm);
}
