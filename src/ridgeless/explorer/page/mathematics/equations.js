/** A x = b in orthonormal rows: B x = c, with what is known of it at once. */

import { addScaled, dot, largestSize, norm } from "./vectors.js";
import { workspace } from "./gram.js";

/** @typedef {{equations: number, unknowns: number, A: Float64Array, b: Float64Array}} LinearSystem */

/**
 * @typedef {object} Equations
 * @property {number} rank r
 * @property {number} unknowns d
 * @property {Float64Array} rows B: r·d numbers, row by row, orthonormal.
 * @property {Float64Array} right c
 * @property {number} size ‖c‖, the unit of residuals.
 * @property {Float64Array} minimumNorm A⁺b = Bᵀc
 * @property {number} largest The largest entry of A⁺b, the unit of entries of x.
 * @property {boolean} isConsistent Whether the equations that depend on others agree with them.
 * @property {(reduced: ArrayLike<number>) => Float64Array} dual From ν of B to ν of A, with the same Aᵀν.
 * @property {(misfit: ArrayLike<number>) => Float64Array} reduce From b − A x to c − B x.
 * @property {import("./gram.js").Workspace} space For Hessians.
 */

// A row whose distance from the span of those before it is below this part of it depends on them.
const DEPENDENT = 1e-11;
const CONTRADICTS = 1e-9;

/** @type {WeakMap<Float64Array, {b: Float64Array, equations: Equations}>} */
const known = new WeakMap();

/**
 * The equations of a system, computed once for each pair of A and b.
 *
 * @param {LinearSystem} system
 * @returns {Equations}
 */
export function equationsOf(system) {
  const kept = known.get(system.A);
  if (kept && kept.b === system.b) return kept.equations;
  const equations = orthonormalised(system);
  known.set(system.A, { b: system.b, equations });
  return equations;
}

/**
 * Gram–Schmidt on the rows of A, each orthogonalised twice (Giraud et al. 2005).
 *
 * @param {LinearSystem} system
 * @returns {Equations}
 */
function orthonormalised(system) {
  const { equations: count, unknowns, A, b } = system;
  const rows = new Float64Array(count * unknowns);
  /** @type {Float64Array[]} A_i = Σ_k triangle[i][k]·B_k */
  const triangle = [];
  const right = [];
  const used = [];
  let isConsistent = true;
  for (let i = 0; i < count; i++) {
    const row = Float64Array.from(A.subarray(i * unknowns, (i + 1) * unknowns));
    const size = norm(row);
    const shares = new Float64Array(used.length + 1);
    for (let pass = 0; pass < 2; pass++) {
      for (let k = 0; k < used.length; k++) {
        const basis = rows.subarray(k * unknowns, (k + 1) * unknowns);
        const share = dot(basis, row);
        shares[k] += share;
        addScaled(row, -share, basis);
      }
    }
    const left = norm(row);
    let rest = b[i];
    let terms = Math.abs(b[i]);
    for (let k = 0; k < used.length; k++) {
      rest -= shares[k] * right[k];
      terms += Math.abs(shares[k] * right[k]);
    }
    if (!(left > DEPENDENT * size)) {
      if (Math.abs(rest) > CONTRADICTS * terms) isConsistent = false;
      continue;
    }
    shares[used.length] = left;
    for (let j = 0; j < unknowns; j++) rows[used.length * unknowns + j] = row[j] / left;
    right.push(rest / left);
    triangle.push(shares);
    used.push(i);
  }
  return assembled(system, rows.subarray(0, used.length * unknowns), Float64Array.from(right), triangle, used, isConsistent);
}

/**
 * @param {LinearSystem} system
 * @param {Float64Array} rows
 * @param {Float64Array} right
 * @param {Float64Array[]} triangle
 * @param {number[]} used
 * @param {boolean} isConsistent
 * @returns {Equations}
 */
function assembled(system, rows, right, triangle, used, isConsistent) {
  const [rank, unknowns] = [used.length, system.unknowns];
  const minimumNorm = new Float64Array(unknowns);
  for (let k = 0; k < rank; k++) addScaled(minimumNorm, right[k], rows.subarray(k * unknowns, (k + 1) * unknowns));
  return {
    rank,
    unknowns,
    rows,
    right,
    size: norm(right),
    minimumNorm,
    largest: largestSize(minimumNorm),
    isConsistent,
    space: workspace(rank, unknowns),
    reduce(misfit) {
      const reduced = new Float64Array(rank);
      for (let k = 0; k < rank; k++) {
        let rest = misfit[used[k]];
        for (let j = 0; j < k; j++) rest -= triangle[k][j] * reduced[j];
        reduced[k] = rest / triangle[k][k];
      }
      return reduced;
    },
    dual(reduced) {
      // A = L B, so that Bᵀy = Aᵀν for Lᵀν = y.
      const dual = new Float64Array(system.equations);
      const rest = Float64Array.from(reduced);
      for (let k = rank - 1; k >= 0; k--) {
        const value = rest[k] / triangle[k][k];
        dual[used[k]] = value;
        for (let j = 0; j < k; j++) rest[j] -= triangle[k][j] * value;
      }
      return dual;
    },
  };
}
