/**
 * The proof that an x is near the minimiser: a duality gap, with rounding counted, turned into a distance.
 *
 * Every ν has an x(ν) = ∇Φ*(Aᵀν), and for every solution y of A x = b the Bregman divergences of y from x(ν) sum up to a
 * gap that the minimiser x∞ cannot exceed: Σ D(x∞_i, x_i) ≤ Σ D(y_i, x_i) (Bregman 1967). Here y is x plus the one step that
 * makes its misfit, known in doubled precision, 0.
 */

import { doubledMisfit } from "./doubled.js";
import { gradedFactor } from "./graded.js";
import { factorise, weightedGram, workspace } from "./gram.js";
import { product, transposedProduct } from "./linear_algebra.js";
import { nearbyFactor } from "./newton.js";
import { addScaled, largestSize, norm } from "./vectors.js";

/** @typedef {import("./types.js").System} System @typedef {import("./types.js").Potential} Potential */
/** @typedef {import("./types.js").MirrorValues} MirrorValues @typedef {import("./equations.js").Equations} Equations */

/**
 * @typedef {object} Proof
 * @property {number} gap Relative to Φ(x).
 * @property {number} distance Bound on ‖x − x∞‖/‖x‖.
 */

const EPSILON = 2 ** -52;
const ROUNDED_ENTRY = 4 * EPSILON;
const REFINEMENTS = 6;
// A misfit is made 0 to this part of itself, which leaves less of it than of its square.
const REFINED = 1e-8;
// Beyond this the square of a norm of an inverse, found from a Gram matrix, is rounding.
const MOST_SPREAD = 1e12;
// Where rounding of z exceeds this part of the distance to its end, that distance was found as an unknown of its own.
const OWN_UNKNOWN = 1e-3;
// A distance below this part of x is near enough.
const ENOUGH = 1e-12;
// Beyond as many columns the bound on their least singular value takes too long.
const MOST_COLUMNS = 160;

/**
 * @param {System} system
 * @param {Equations} equations
 * @param {Potential} potential
 * @param {{at: MirrorValues, nu: Float64Array}} found
 * @returns {Proof}
 */
export function certificate(system, equations, potential, found) {
  const { at } = found;
  const { change, misfit } = toSolution(system, equations, at);
  const basis = leading(equations, at, potential);
  const errors = roundingOfZ(system, equations, found, basis);
  const gap = gapOf(potential, at, change, errors);
  const radii = radiiOf(potential, at, gap);
  const size = norm(at.x);
  const distance = size > 0 ? distanceOf(equations, radii, misfit, size) / size + ROUNDED_ENTRY : gap > 0 ? Infinity : 0;
  const least = potential.value(at.x);
  return { gap: gap === 0 ? 0 : gap / (gap + least), distance };
}

/**
 * The change that makes x a solution of A x = b, least in the metric of the Hessian as far as that is known; and the norm of
 * the misfit.
 *
 * @param {System} system
 * @param {Equations} equations
 * @param {MirrorValues} at
 */
function toSolution(system, equations, at) {
  const { rank, unknowns, rows } = equations;
  const misfit = equations.reduce(doubledMisfit(system.A, system.equations, unknowns, at.x, system.b));
  const change = new Float64Array(unknowns);
  let left = misfit;
  const wanted = REFINED * norm(misfit);
  for (const factor of [nearbyFactor, gradedFactor]) {
    if (norm(left) <= wanted) break;
    const solve = factor(equations, at.slope);
    for (let step = 0; step < REFINEMENTS && norm(left) > wanted; step++) {
      const dz = solve(left)?.dz;
      if (!dz) break;
      const tried = change.map((value, i) => value + at.slope[i] * dz[i]);
      const rest = product(rows, rank, unknowns, tried).map((value, k) => misfit[k] - value);
      if (!(norm(rest) < 0.1 * norm(left))) break;
      change.set(tried);
      left = rest;
    }
  }
  // What is left is spread evenly.
  addScaled(change, 1, transposedProduct(rows, rank, unknowns, left));
  return { change, misfit: norm(misfit) };
}

/**
 * The columns whose distance to an end was found as an unknown of its own, and how well they determine ν.
 *
 * @param {Equations} equations
 * @param {MirrorValues} at
 * @param {Potential} potential
 */
function leading(equations, at, potential) {
  const chosen = [];
  for (const part of potential.parts) {
    if (part.isEndless) continue;
    for (const i of part.index) {
      if (Math.min(at.rise[i], at.fall[i]) * OWN_UNKNOWN < EPSILON * Math.abs(at.z[i])) chosen.push(i);
    }
  }
  return { chosen, spread: spreadOf(equations, chosen) };
}

/**
 * Bounds on the rounding of z = Aᵀν. Distances that are unknowns of their own belong to a ν nearby, which moves the other
 * z by at most as much times the spread.
 *
 * @param {System} system
 * @param {Equations} equations
 * @param {{at: MirrorValues, nu: Float64Array}} found
 * @param {{chosen: number[], spread: number}} basis
 */
function roundingOfZ({ A, equations: count }, equations, { at, nu }, { chosen, spread }) {
  const { unknowns } = equations;
  const dual = equations.dual(nu);
  const z = new Float64Array(unknowns);
  const terms = new Float64Array(unknowns);
  for (let row = 0; row < count; row++) {
    for (let i = 0, k = row * unknowns; i < unknowns; i++, k++) {
      const term = A[k] * dual[row];
      z[i] += term;
      terms[i] += Math.abs(term);
    }
  }
  // Errors of a sum of n terms add up like a random walk.
  const unit = EPSILON * (2 + Math.sqrt(count));
  const errors = z.map((value, i) => Math.abs(value - at.z[i]) + unit * terms[i]);
  const moved = spread * norm(chosen.map((i) => errors[i]));
  for (let i = 0; i < unknowns; i++) errors[i] += moved;
  for (const i of chosen) errors[i] = 0;
  // x itself is rounded, which is as if z were.
  for (let i = 0; i < unknowns; i++) errors[i] += (ROUNDED_ENTRY * Math.abs(at.x[i])) / (at.slope[i] || 1);
  return errors;
}

/**
 * An entry of the sign that the start locks; the other sign is rounding below a bound, and no solution beyond it.
 *
 * @param {number} entry
 * @param {number} sign
 * @param {number} bound
 */
function signedEntry(entry, sign, bound) {
  if (entry * sign >= 0) return entry;
  return Math.abs(entry) <= bound ? -entry : NaN;
}

/**
 * Σ D(x_i + change_i, x_i), with what the rounding of z may add.
 *
 * @param {Potential} potential
 * @param {MirrorValues} at
 * @param {Float64Array} change
 * @param {Float64Array} errors
 */
function gapOf(potential, at, change, errors) {
  const largest = largestSize(at.x);
  const far = potential.gradient(at.x.map((x, i) => signedEntry(x + change[i], potential.signs[i], EPSILON * largest)));
  let gap = 0;
  for (let i = 0; i < change.length; i++) {
    if (potential.frozen[i]) {
      // A frozen coordinate cannot take part in the correction; what it would have taken is left to the residual.
      continue;
    }
    const size = Math.abs(change[i]);
    // The slope changes by less than half within a tenth of the size.
    const near = (size * size) / at.slope[i];
    const bound = size <= 0.1 * at.size[i] ? near : size * Math.abs(far[i] - at.z[i]);
    gap += bound + errors[i] * (size + at.slope[i] * errors[i]);
  }
  return Number.isNaN(gap) ? Infinity : gap;
}

/**
 * How far each coordinate may be from x_i where its divergence is at most the gap.
 *
 * @param {Potential} potential
 * @param {MirrorValues} at
 * @param {number} gap
 */
function radiiOf(potential, at, gap) {
  return at.x.map((_, i) => {
    if (potential.frozen[i]) return 0;
    const near = Math.sqrt(5 * at.slope[i] * gap);
    if (near <= at.size[i] / 2) return near;
    // Farther away the divergence rises at least in proportion.
    return Math.max(4 * at.size[i], (8 * gap * at.slope[i]) / at.size[i]);
  });
}

/**
 * A bound on ‖x − x∞‖ from those on its entries. Entries that these bound badly follow from the others by A x = b.
 *
 * @param {Equations} equations
 * @param {Float64Array} radii
 * @param {number} misfit ‖c − B x‖
 * @param {number} size ‖x‖
 */
function distanceOf(equations, radii, misfit, size) {
  const every = norm(radii);
  if (every <= ENOUGH * size) return every;
  const order = Array.from(radii.keys()).sort((one, other) => radii[other] - radii[one]);
  const sizes = order.map((i) => radii[i]);
  // The largest drop from one radius to the next parts those to be replaced from the others.
  let [count, drop] = [0, 1];
  for (let k = 1; k <= Math.min(equations.rank, MOST_COLUMNS, sizes.length - 1); k++) {
    const ratio = sizes[k - 1] / sizes[k];
    if (ratio > drop) [count, drop] = [k, ratio];
  }
  if (count === 0) return every;
  const rest = norm(sizes.slice(count));
  const spread = spreadOf(equations, order.slice(0, count));
  return Math.min(every, rest + spread * (rest + misfit));
}

/** @type {WeakMap<Equations, {columns: string, spread: number}>} */
const knownSpreads = new WeakMap();

/**
 * A bound on the norm of the pseudoinverse of some columns of B, from the Cholesky factor of their Gram matrix; ∞ where they
 * are too many or nearly dependent. While a scale is dragged the columns often stay the same, and the last bound is kept.
 *
 * @param {Equations} equations
 * @param {number[]} chosen
 * @returns {number}
 */
export function spreadOf(equations, chosen) {
  const { rows, rank, unknowns } = equations;
  const count = chosen.length;
  if (count === 0) return 0;
  if (count > Math.min(rank, MOST_COLUMNS)) return Infinity;
  const columns = [...chosen].sort((one, other) => one - other);
  const key = columns.join();
  const kept = knownSpreads.get(equations);
  if (kept?.columns === key) return kept.spread;
  const transposed = new Float64Array(count * rank);
  columns.forEach((i, row) => {
    for (let k = 0; k < rank; k++) transposed[row * rank + k] = rows[k * unknowns + i];
  });
  const space = workspace(count, rank);
  weightedGram(transposed, count, rank, new Float64Array(rank).fill(1), space);
  const spread = factorise(space, 0) ? Math.sqrt(squaredInverse(space.factor, space.size, count)) : Infinity;
  knownSpreads.set(equations, { columns: key, spread });
  return spread;
}

/**
 * The sum of the squares of the inverse of a lower triangle; ∞ where rounding may have spoilt it.
 *
 * @param {Float64Array} factor
 * @param {number} size Of its rows.
 * @param {number} count
 */
function squaredInverse(factor, size, count) {
  let sum = 0;
  const column = new Float64Array(count);
  for (let j = 0; j < count; j++) {
    column[j] = 1 / factor[j * size + j];
    sum += column[j] * column[j];
    for (let i = j + 1; i < count; i++) {
      let value = 0;
      for (let k = j, at = i * size + j; k < i; k++, at++) value -= factor[at] * column[k];
      column[i] = value / factor[i * size + i];
      sum += column[i] * column[i];
    }
  }
  return sum < MOST_SPREAD ? sum : Infinity;
}
