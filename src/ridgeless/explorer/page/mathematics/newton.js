/**
 * Newton's method for B x = c with x = ∇Φ*(Bᵀν), where x and ν are unknowns of their own until they agree.
 *
 * A step asks for B(x + δx) = c and δx = slope·(Bᵀδν + gap), where the gap is what z = Bᵀν lacks of ∇Φ(x): ν solves
 * (B·diag(slope)·Bᵀ) δν = c − B x − B(slope·gap). Since x needs not follow ν at once, one step can raise an entry by any
 * factor, which Newton's method on ν alone cannot where x grows exponentially or blows up. Distances to the ends of z are
 * updated by each step and never computed from z, which has lost their digits.
 */

import { factorise, solveFactorised, weightedGram } from "./gram.js";
import { product, transposedProduct } from "./linear_algebra.js";
import { mirrorValues } from "./potentials.js";
import { addScaled, dot, largestSize, norm } from "./vectors.js";

/** @typedef {import("./types.js").Potential} Potential @typedef {import("./equations.js").Equations} Equations */
/** @typedef {import("./types.js").MirrorValues} MirrorValues @typedef {import("./types.js").Position} Position */

/**
 * @typedef {object} Iterate
 * @property {Float64Array} x
 * @property {Float64Array} nu Of B.
 * @property {MirrorValues} at What ν says: z, the distances, and the x, slope and size that they lead to.
 * @property {number} error ‖B ∇Φ*(Bᵀν) − c‖ relative to the size of c.
 * @property {number} rounding What rounding of x makes of that: much, where x is far larger than c.
 * @property {number} cancelled The same where x is the difference of branches that are far larger than itself.
 */

const ROUNDING = 2 ** -50;
// The ridge, relative to the mean of the diagonal: below it a Hessian is rounding.
const RIDGE = 1e-14;
const LARGEST_RIDGE = 1e-6;
// Conjugate gradients solve to this part of the right side, or give up after so many steps: a new factor is cheaper then.
const PRECISE = 1e-6;
const MOST_GRADIENTS = 7;
// A factor of fewer equations costs no more than a few gradients.
const LEAST_RANK = 64;
// x follows ν where the two differ by less than this part of it, or where both are negligible.
const AGREED = 0.1;
const NEGLIGIBLE = 1e-7;
// Where x and ν differ by less than this part of x, the tangent is as good as the chord.
const TANGENT = 1e-4;
// A distance below this part of z is an unknown of its own; others are computed from ν, so that no rounding adds up in them.
const NEAR_END = 1e-2;
// How far towards the end of an interval of z a step may go, and by how much an exponent may rise.
const TO_THE_END = 0.95;
const LONGEST_EXPONENT = 20;
// A branch shrinks by at most half in a linear step; what a step asks for beyond that is applied to its logarithm.
const HALF = 0.5;
const MOST_FALL = 3;

/**
 * The iterate of a given x and ν.
 *
 * @param {Equations} equations
 * @param {Potential} potential
 * @param {Float64Array} x
 * @param {Float64Array} nu
 * @param {Float64Array} target c
 * @param {Position | null} [known] z and its distances from the ends; near an end these are known better than from ν.
 * @returns {Iterate}
 */
export function iterateAt(equations, potential, x, nu, target, known = null) {
  const at = placed(equations, potential, nu, known);
  return evaluated(equations, potential, { x, nu, at, error: Infinity, rounding: 0, cancelled: 0 }, target);
}

/**
 * z = Bᵀν and its distances from the ends; those near an end are taken as they are known.
 *
 * @param {Equations} equations
 * @param {Potential} potential
 * @param {Float64Array} nu
 * @param {Position | null} known
 * @returns {MirrorValues}
 */
function placed(equations, potential, nu, known) {
  const at = mirrorValues(potential.size);
  potential.place(transposedProduct(equations.rows, equations.rank, equations.unknowns, nu), at);
  for (let i = 0; known !== null && i < potential.size; i++) {
    if (!(Math.min(known.rise[i], known.fall[i]) < NEAR_END * Math.abs(known.z[i]))) continue;
    at.z[i] = known.z[i];
    at.rise[i] = known.rise[i];
    at.fall[i] = known.fall[i];
  }
  return at;
}

/**
 * The iterate with what follows from its ν computed.
 *
 * @param {Equations} equations
 * @param {Potential} potential
 * @param {Iterate} iterate
 * @param {Float64Array} target
 * @returns {Iterate}
 */
function evaluated(equations, potential, iterate, target) {
  for (const part of potential.parts) part.forward(iterate.at, iterate.at);
  // Where b is 0, misfits are counted in units of the start.
  const size = norm(target) || norm(potential.start) || 1;
  return {
    ...iterate,
    error: errorOf(equations, iterate.at.x, target) / size,
    rounding: (ROUNDING * norm(iterate.at.x)) / size,
    cancelled: (ROUNDING * norm(iterate.at.size.map((each) => (each < Infinity ? each : 0)))) / size,
  };
}

/** @param {Equations} equations @param {Float64Array} x @param {Float64Array} target */
function errorOf(equations, x, target) {
  if (!Number.isFinite(largestSize(x))) return Infinity;
  const misfit = product(equations.rows, equations.rank, equations.unknowns, x);
  for (let k = 0; k < misfit.length; k++) misfit[k] -= target[k];
  return norm(misfit);
}

/**
 * From weights w to a function that solves B·diag(w)·Bᵀ δν = right, and tells dz = Bᵀδν; null where a number is not finite.
 *
 * @typedef {(equations: Equations, weights: Float64Array) =>
 *   ((right: Float64Array) => ({nu: Float64Array, dz: Float64Array} | null))} Factorisation
 */

/**
 * By the Cholesky factor.
 *
 * @type {Factorisation}
 */
function choleskyFactor(equations, weights) {
  const { rank, unknowns, rows, space } = equations;
  weightedGram(rows, rank, unknowns, weights, space);
  space.isFactorised = factoriseRidged(equations);
  if (!space.isFactorised) return () => null;
  return (right) => {
    const nu = solveFactorised(space, right);
    return { nu, dz: transposedProduct(rows, rank, unknowns, nu) };
  };
}

/**
 * By conjugate gradients, with the last Cholesky factor as preconditioner: while a scale is dragged, that of a limit nearby
 * is good for many steps. Where it is not, by a new factor.
 *
 * @type {Factorisation}
 */
export function nearbyFactor(equations, weights) {
  const isWorthIt = equations.space.isFactorised && equations.rank >= LEAST_RANK;
  return (right) => {
    const found = isWorthIt ? conjugateGradients(equations, weights, right) : null;
    return found ?? choleskyFactor(equations, weights)(right);
  };
}

/**
 * @param {Equations} equations
 * @param {Float64Array} weights
 * @param {Float64Array} right
 * @returns {{nu: Float64Array, dz: Float64Array} | null} null where it takes too many steps.
 */
function conjugateGradients({ rank, unknowns, rows, space }, weights, right) {
  const [nu, dz, rest] = [new Float64Array(rank), new Float64Array(unknowns), Float64Array.from(right)];
  const wanted = PRECISE * norm(right);
  let direction = solveFactorised(space, rest);
  let size = dot(rest, direction);
  for (let step = 0; step < MOST_GRADIENTS; step++) {
    const moved = transposedProduct(rows, rank, unknowns, direction);
    const image = product(rows, rank, unknowns, moved.map((value, i) => weights[i] * value));
    const length = size / dot(direction, image);
    if (!(length > 0 && length < Infinity)) return null;
    addScaled(nu, length, direction);
    addScaled(dz, length, moved);
    addScaled(rest, -length, image);
    if (norm(rest) <= wanted) return { nu, dz };
    const steepest = solveFactorised(space, rest);
    const next = dot(rest, steepest);
    direction = direction.map((value, k) => steepest[k] + (next / size) * value);
    size = next;
  }
  return null;
}

/**
 * One step; null where the Hessian is not finite.
 *
 * @param {Equations} equations
 * @param {Potential} potential
 * @param {Iterate} iterate
 * @param {Float64Array} target
 * @param {Factorisation} factor
 * @returns {Iterate | null}
 */
export function newtonStep(equations, potential, iterate, target, factor) {
  const { rank, unknowns, rows } = equations;
  const own = ownValues(potential, iterate);
  const slope = chords(own, iterate);
  // Where x gets to if ν stays: on the chord that is what ν says.
  const right = product(rows, rank, unknowns, iterate.at.x);
  for (let k = 0; k < rank; k++) right[k] = target[k] - right[k];
  if (!Number.isFinite(largestSize(right))) return null;
  const step = factor(equations, slope)(right);
  if (!step) return null;
  const dz = step.dz;
  const length = dualLength(potential, iterate.at, dz);
  const nu = iterate.nu.map((value, k) => value + length * step.nu[k]);
  const at = placed(equations, potential, nu, movedPosition(iterate.at, dz, length));
  const next = evaluated(equations, potential, { x: iterate.x, nu, at, error: Infinity, rounding: 0, cancelled: 0 }, target);
  const predicted = iterate.at.x.map((entry, i) => entry + slope[i] * dz[i]);
  return { ...next, x: nextEntries(iterate.x, own, predicted, next.at.x) };
}

/**
 * The Cholesky factor of the Hessian, with the smallest ridge that succeeds.
 *
 * @param {Equations} equations
 * @returns {boolean}
 */
function factoriseRidged({ space, rank }) {
  let mean = 0;
  for (let k = 0; k < rank; k++) mean += space.gram[k * (space.size + 1)] / rank;
  if (!(mean > 0 && mean < Infinity)) return false;
  for (let k = rank; k < space.size; k++) space.gram[k * (space.size + 1)] = mean;
  for (let ridge = RIDGE; ridge <= LARGEST_RIDGE; ridge *= 10) if (factorise(space, ridge * mean)) return true;
  return false;
}

/**
 * z, distances, slopes and sizes that belong to x itself; those of ν where x follows it.
 *
 * @param {Potential} potential
 * @param {Iterate} iterate
 * @returns {MirrorValues}
 */
function ownValues(potential, { x, at }) {
  const own = mirrorValues(potential.size);
  const isEverywhere = x.every((entry, i) => entry === at.x[i]);
  if (!isEverywhere) for (const part of potential.parts) part.inverse(x, own);
  for (let i = 0; i < x.length; i++) {
    if (x[i] !== at.x[i] || potential.frozen[i]) continue;
    own.z[i] = at.z[i];
    own.rise[i] = at.rise[i];
    own.fall[i] = at.fall[i];
    own.slope[i] = at.slope[i];
    own.size[i] = at.size[i];
  }
  return own;
}

/**
 * dx/dz, of the chord between the points of the mirror map that x and ν stand for where these differ. For x = 1/s it is
 * that of the primal–dual methods of linear programming (Wright 1997), with which a step may be long from either side.
 *
 * @param {MirrorValues} own
 * @param {Iterate} iterate
 * @returns {Float64Array}
 */
function chords(own, { x, at }) {
  return at.x.map((implied, i) => {
    const apart = implied - x[i];
    if (!(Math.abs(apart) > TANGENT * own.size[i])) return at.slope[i];
    const slope = apart / gap(own, at, i);
    return slope > 0 ? slope : at.slope[i];
  });
}

/**
 * What z lacks of ∇Φ(x), from the distances to the nearer end, or from z where that is smaller.
 *
 * @param {MirrorValues} own
 * @param {Position} at
 * @param {number} i
 */
function gap(own, at, i) {
  const [rise, fall] = [own.rise[i], own.fall[i]];
  if (Math.abs(own.z[i]) <= Math.min(rise, fall)) return at.z[i] - own.z[i];
  if (rise < fall) return rise - at.rise[i];
  return fall < Infinity ? at.fall[i] - fall : at.z[i] - own.z[i];
}

/**
 * The part of a step that ν takes, at most 1: most of the way to the end of the first interval of z, and no exponential
 * grows beyond float64.
 *
 * @param {Potential} potential
 * @param {MirrorValues} at
 * @param {Float64Array} dz
 */
function dualLength(potential, at, dz) {
  let length = 1;
  for (const part of potential.parts) {
    for (const i of part.index) {
      const exponent = (Math.abs(dz[i]) * at.slope[i]) / at.size[i];
      if (exponent * length > LONGEST_EXPONENT) length = LONGEST_EXPONENT / exponent;
      if (part.isEndless) continue;
      const room = dz[i] > 0 ? at.rise[i] : at.fall[i];
      if (Math.abs(dz[i]) * length > TO_THE_END * room) length = (TO_THE_END * room) / Math.abs(dz[i]);
    }
  }
  return length;
}

/** @param {Position} at @param {Float64Array} dz @param {number} length @returns {Position} */
function movedPosition(at, dz, length) {
  return {
    z: at.z.map((z, i) => z + length * dz[i]),
    rise: at.rise.map((rise, i) => rise - length * dz[i]),
    fall: at.fall.map((fall, i) => fall + length * dz[i]),
  };
}

/**
 * x after a step: what ν implies where that is close, the linear prediction elsewhere.
 *
 * @param {Float64Array} x
 * @param {MirrorValues} own
 * @param {Float64Array} predicted
 * @param {Float64Array} implied
 * @returns {Float64Array}
 */
function nextEntries(x, own, predicted, implied) {
  const next = new Float64Array(x.length);
  let largest = 0;
  for (let i = 0; i < x.length; i++) {
    next[i] = changed(x[i], predicted[i] - x[i], own.size[i]);
    largest = Math.max(largest, Math.abs(next[i]));
  }
  for (let i = 0; i < x.length; i++) {
    const apart = Math.abs(implied[i] - next[i]);
    const size = own.size[i] === Infinity ? Infinity : own.size[i] + Math.abs(next[i]) - Math.abs(x[i]);
    const isNegligible = Math.abs(implied[i]) + Math.abs(next[i]) <= NEGLIGIBLE * largest;
    if (apart <= AGREED * size || isNegligible) next[i] = implied[i];
  }
  return next;
}

/**
 * x + δx, the branch that x consists of kept positive.
 *
 * @param {number} x
 * @param {number} change δx
 * @param {number} size The sum of the branches.
 */
function changed(x, change, size) {
  const share = Math.abs(change) / size;
  if (x * change >= 0 || !(share > HALF)) return x + change;
  const factor = HALF * Math.exp(-Math.min(share - HALF, MOST_FALL));
  const [larger, smaller] = [(size + Math.abs(x)) / 2, (size - Math.abs(x)) / 2];
  return Math.sign(x) * (larger * factor - smaller / factor);
}
