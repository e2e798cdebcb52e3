/**
 * Gradient flow of a diagonal network in dual coordinates: x = ∇Φ*(Aᵀν) with ν' = b − Ax, n equations, whatever the number
 * of weights, and exact from starts as small as 1e-40. The method is Rodas (Hairer and Wanner 1996, "Solving ordinary
 * differential equations II", section IV.10): a Rosenbrock method of order 4 with an error estimate of order 3, for
 * equations that are stiff; its matrix I/(γh) + A·diag(dx/dz)·Aᵀ is positive definite.
 */

import { transposedProduct } from "../linear_algebra.js";
import { bias } from "../networks.js";
import { addScaled, dot, norm } from "../vectors.js";
import { misfitOf } from "./training.js";

/** @typedef {import("../types.js").System} System */
/** @typedef {import("../types.js").Potential} Potential */

/**
 * The flow at one moment. A step changes it in place.
 * @typedef {object} DualRun
 * @property {System} system
 * @property {Potential} potential
 * @property {Float64Array} dual ν
 * @property {Float64Array} x
 * @property {Float64Array} misfit Ax − b
 * @property {number} loss
 * @property {number} time
 * @property {number} steps
 * @property {"running" | "converged" | "stalled" | "out of steps"} status
 * @property {number} tolerance on ‖Ax − b‖/‖b‖
 * @property {number} mostSteps
 * @property {number} length of the next step to try
 */

const GAMMA = 0.25;
const STAGES = [
  [],
  [1.544],
  [0.9466785280815826, 0.2557011698983284],
  [3.314825187068521, 2.896124015972201, 0.9986419139977817],
  [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.687886036105895],
  [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.687886036105895, 1],
];
const COUPLING = [
  [],
  [-5.6688],
  [-2.430093356833875, -0.2063599157091915],
  [-0.1073529058151375, -9.594562251023355, -20.47028614809616],
  [7.496443313967647, -10.24680431464352, -33.99990352819905, 11.7089089320616],
  [8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054],
];
const RELATIVE = 1e-7;
// Of the largest entry of x: what a step may be wrong by in any of them.
const RELATIVE_OF_X = 1e-6;
// Rounding of z = Aᵀν, in units of ‖ν‖: no step can do better.
const ROUNDING = 16 * Number.EPSILON;
const [LEAST_FACTOR, MOST_FACTOR, SAFETY] = [0.2, 4, 0.9];
// Coordinates that move so much less than the fastest one count for nothing in the matrix.
const NEGLIGIBLE = 1e-10;

/**
 * The flow before its first step.
 * @param {System} system
 * @param {import("../types.js").Network} network
 * @param {import("../types.js").Theta} theta
 * @param {{tolerance: number, mostSteps: number}} options
 * @returns {DualRun}
 */
export function startDualFlow(system, network, theta, { tolerance, mostSteps }) {
  const { potential } = bias(network, theta);
  const dual = new Float64Array(system.equations);
  const zero = new Float64Array(system.unknowns);
  const x = potential.coordinates(zero);
  const misfit = misfitOf(system, x);
  // The time in which the fastest coordinate would change z by a hundredth of its unit, or the misfit vanish.
  const fastest = Math.max(...potential.slopes(zero)) * dot(system.A, system.A);
  const span = Math.max(...transposedProduct(system.A, system.equations, system.unknowns, misfit).map(Math.abs));
  const length = 1e-2 / Math.max(fastest, span, 1e-300);
  const run = { system, potential, dual, x, misfit, loss: dot(misfit, misfit) / 2, time: 0, steps: 0, length };
  const status = norm(misfit) <= tolerance * norm(system.b) ? "converged" : "running";
  return /** @type {DualRun} */ ({ ...run, status, tolerance, mostSteps });
}

/**
 * One step of the flow.
 * @param {DualRun} run
 * @param {number} [until] a time not to be passed
 * @returns {DualRun}
 */
export function stepDualFlow(run, until = Infinity) {
  if (run.status !== "running") return run;
  const { system } = run;
  const z = pulledBack(system, run.dual);
  const slopes = run.potential.slopes(z);
  const curvature = curvatureOf(system, slopes);
  for (;;) {
    const length = Math.min(run.length, until - run.time);
    const trial = attempt(run, curvature, length);
    const factor = Math.min(MOST_FACTOR, Math.max(LEAST_FACTOR, SAFETY * trial.error ** -0.25));
    run.length = length * (Number.isFinite(trial.error) ? factor : LEAST_FACTOR);
    if (trial.error <= 1) {
      Object.assign(run, { dual: trial.dual, x: trial.x, misfit: trial.misfit, time: run.time + length });
      break;
    }
    if (run.time + run.length <= run.time || run.length < 1e-300) {
      run.status = "stalled";
      return run;
    }
  }
  run.steps += 1;
  run.loss = dot(run.misfit, run.misfit) / 2;
  if (norm(run.misfit) <= run.tolerance * norm(system.b)) run.status = "converged";
  else if (run.steps >= run.mostSteps) run.status = "out of steps";
  return run;
}

/**
 * @param {DualRun} run
 * @param {Float64Array} curvature A·diag(dx/dz)·Aᵀ at ν, (n, n)
 * @param {number} length
 */
function attempt(run, curvature, length) {
  const { system, dual } = run;
  const equations = system.equations;
  const factor = Float64Array.from(curvature);
  for (let i = 0; i < equations; i += 1) factor[i * equations + i] += 1 / (GAMMA * length);
  if (!factorise(factor, equations)) return { error: Infinity, dual, x: run.x, misfit: run.misfit };
  /** @type {Float64Array[]} */
  const parts = [];
  let misfit = run.misfit;
  let point = dual;
  for (let stage = 0; stage < 6; stage += 1) {
    if (stage > 0) {
      point = Float64Array.from(dual);
      STAGES[stage].forEach((share, k) => addScaled(point, share, parts[k]));
      misfit = misfitOf(system, run.potential.coordinates(pulledBack(system, point)));
    }
    const right = misfit.map((entry) => -entry);
    COUPLING[stage].forEach((share, k) => addScaled(right, share / length, parts[k]));
    parts.push(solved(factor, equations, right));
  }
  const end = Float64Array.from(point);
  addScaled(end, 1, parts[5]);
  const x = run.potential.coordinates(pulledBack(system, end));
  return { error: errorOf(run, end, x, parts[5]), dual: end, x, misfit: misfitOf(system, x) };
}

/**
 * The error of a step in units of what is allowed, in ν and in x.
 * @param {DualRun} run
 * @param {Float64Array} end ν after the step
 * @param {Float64Array} x after the step
 * @param {Float64Array} difference what the two orders differ by in ν
 */
function errorOf({ system, dual, potential }, end, x, difference) {
  const allowed = RELATIVE * Math.max(norm(dual), norm(end));
  const ofDual = norm(difference) / Math.max(allowed, Number.MIN_VALUE);
  const largest = x.reduce((most, entry) => Math.max(most, Math.abs(entry)), Number.MIN_VALUE);
  if (!Number.isFinite(largest)) return Infinity;
  const moved = pulledBack(system, difference);
  const slopes = potential.slopes(pulledBack(system, end));
  const rounding = ROUNDING * norm(end);
  let ofX = 0;
  for (let j = 0; j < x.length; j += 1) {
    ofX = Math.max(ofX, Math.abs(slopes[j] * moved[j]) / (RELATIVE_OF_X * largest + rounding * slopes[j]));
  }
  const error = Math.max(ofDual, ofX);
  return Number.isNaN(error) ? Infinity : error;
}

/**
 * Aᵀν.
 * @param {System} system
 * @param {Float64Array} dual
 */
function pulledBack({ A, equations, unknowns }, dual) {
  return transposedProduct(A, equations, unknowns, dual);
}

/**
 * A·diag(weights)·Aᵀ, its lower triangle.
 * @param {System} system
 * @param {Float64Array} weights
 */
function curvatureOf({ A, equations, unknowns }, weights) {
  const least = NEGLIGIBLE * weights.reduce((most, weight) => Math.max(most, weight), 0);
  const counted = [...weights.keys()].filter((j) => weights[j] > least);
  const rows = Array.from({ length: equations }, (_, i) => Float64Array.from(counted, (j) => A[i * unknowns + j]));
  const roots = Float64Array.from(counted, (j) => Math.sqrt(weights[j]));
  for (const row of rows) row.forEach((entry, k) => (row[k] = entry * roots[k]));
  const curvature = new Float64Array(equations * equations);
  for (let i = 0; i < equations; i += 1) {
    for (let k = 0; k <= i; k += 1) curvature[i * equations + k] = dot(rows[i], rows[k]);
  }
  return curvature;
}

/**
 * The factor of Cholesky, in place of the lower triangle; false where the matrix is not positive definite.
 * @param {Float64Array} matrix
 * @param {number} size
 */
function factorise(matrix, size) {
  for (let i = 0; i < size; i += 1) {
    for (let k = 0; k <= i; k += 1) {
      let sum = matrix[i * size + k];
      for (let j = 0; j < k; j += 1) sum -= matrix[i * size + j] * matrix[k * size + j];
      if (k < i) matrix[i * size + k] = sum / matrix[k * size + k];
      else if (sum > 0) matrix[i * size + i] = Math.sqrt(sum);
      else return false;
    }
  }
  return true;
}

/**
 * @param {Float64Array} factor of Cholesky
 * @param {number} size
 * @param {Float64Array} right
 */
function solved(factor, size, right) {
  const solution = Float64Array.from(right);
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < i; j += 1) solution[i] -= factor[i * size + j] * solution[j];
    solution[i] /= factor[i * size + i];
  }
  for (let i = size - 1; i >= 0; i -= 1) {
    for (let j = i + 1; j < size; j += 1) solution[i] -= factor[j * size + i] * solution[j];
    solution[i] /= factor[i * size + i];
  }
  return solution;
}
