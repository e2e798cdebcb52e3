/** What every training method shares: the problem, its loss and gradient, and when a run ends. */

import { denseOutput, densePullBack } from "../deep.js";
import { output, pullBack } from "../networks.js";
import { minimumNorm } from "../row_space.js";
import { norm } from "../vectors.js";

/** @typedef {import("../row_space.js").LinearSystem} LinearSystem */
/** @typedef {{name: string, depth?: number, hidden?: number, width?: number}} AnyNetwork */
/** @typedef {Record<string, Float64Array[]>} Theta */
/** @typedef {"running" | "converged" | "diverged" | "stalled" | "out of steps"} Status */

/**
 * @typedef {object} Options
 * @property {number} stepSize η
 * @property {number} momentum β, heavy ball
 * @property {number} batch equations per step
 * @property {number} seed of their draws
 * @property {number} stepDecay γ: the k-th step is η·γ^k long, where steps have a length of their own
 * @property {number} tolerance on ‖Ax − b‖/‖b‖
 * @property {number} mostSteps
 */

/**
 * Training at one moment. A step changes it in place.
 * @typedef {object} Run
 * @property {LinearSystem} system
 * @property {AnyNetwork} network
 * @property {Options} options
 * @property {Theta} theta
 * @property {Float64Array} x
 * @property {Float64Array} misfit Ax − b
 * @property {number} loss ½‖Ax − b‖²
 * @property {number} time of a flow; the number of steps times η elsewhere
 * @property {number} steps
 * @property {Status} status
 * @property {Levels} levels
 * @property {Watch} watch
 * @property {any} memory what the method keeps between steps
 */

/** @typedef {{aim: number, level: number, ceiling: number}} Levels losses: solved, as at the start, exploded */
/** @typedef {{least: number, first: number, windows: number}} Watch the least loss of this window, and of the first */

/**
 * A training method.
 * @typedef {object} Method
 * @property {string} name
 * @property {string} title
 * @property {string[]} knobs the options that it reads
 * @property {(options: Options) => string} python how the library is asked for it
 * @property {(system: LinearSystem, network: AnyNetwork, theta: Theta, options: Options) => Run} start
 * @property {(run: Run) => Run} step
 */

/** @type {Options} */
export const DEFAULTS = {
  stepSize: 0.01,
  momentum: 0.9,
  batch: 1,
  seed: 0,
  stepDecay: 1,
  tolerance: 1e-8,
  mostSteps: 100_000,
};

// The loss has exploded beyond this many times its level; it grows where it stayed above it for so many windows in a
// row and is no lower in the last than in the first.
const EXPLOSION = 1e6;
const WINDOW = 100;
const PATIENCE = 3;
const POWER_STEPS = 60;

/**
 * x, from the weights.
 * @param {AnyNetwork} network
 * @param {Theta} theta
 * @returns {Float64Array}
 */
export function outputOf(network, theta) {
  return network.name === "Dense"
    ? denseOutput(/** @type {any} */ (theta))
    : output(/** @type {any} */ (network), theta);
}

/**
 * The gradient with respect to the weights, from that with respect to x.
 * @param {AnyNetwork} network
 * @param {Theta} theta
 * @param {Float64Array} gradientOfX
 * @returns {Theta}
 */
export function pullBackOf(network, theta, gradientOfX) {
  return network.name === "Dense"
    ? densePullBack(/** @type {any} */ (theta), gradientOfX)
    : pullBack(/** @type {any} */ (network), theta, gradientOfX);
}

/**
 * All arrays of weights, in an order that depends on their names alone.
 * @param {Theta} theta
 * @returns {Float64Array[]}
 */
export function leavesOf(theta) {
  return Object.keys(theta)
    .sort()
    .flatMap((name) => theta[name]);
}

/**
 * The same weights in arrays of their own.
 * @param {Theta} theta
 * @returns {Theta}
 */
export function copyOf(theta) {
  return Object.fromEntries(
    Object.entries(theta).map(([name, layers]) => [name, layers.map((layer) => Float64Array.from(layer))]),
  );
}

/**
 * Ax − b.
 * @param {LinearSystem} system
 * @param {Float64Array} x
 */
export function misfitOf({ A, b, equations, unknowns }, x) {
  const misfit = new Float64Array(equations);
  for (let i = 0, at = 0; i < equations; i += 1) {
    let sum = -b[i];
    for (let j = 0; j < unknowns; j += 1, at += 1) sum += A[at] * x[j];
    misfit[i] = sum;
  }
  return misfit;
}

/**
 * Σ weights_i·(row i of A) over the rows given, all of them by default.
 * @param {LinearSystem} system
 * @param {Float64Array} weights
 * @param {number[]} [rows]
 */
export function combineRows({ A, equations, unknowns }, weights, rows) {
  const sum = new Float64Array(unknowns);
  for (let k = 0; k < (rows ? rows.length : equations); k += 1) {
    const i = rows ? rows[k] : k;
    const weight = weights[i];
    for (let j = 0, at = i * unknowns; j < unknowns; j += 1, at += 1) sum[j] += weight * A[at];
  }
  return sum;
}

/**
 * A run before its first step, on weights of its own.
 * @param {LinearSystem} system
 * @param {AnyNetwork} network
 * @param {Theta} theta0
 * @param {Options} options
 * @param {any} [memory]
 * @returns {Run}
 */
export function begin(system, network, theta0, options, memory = null) {
  const theta = copyOf(theta0);
  const x = outputOf(network, theta);
  const misfit = misfitOf(system, x);
  const loss = halfSquare(misfit);
  const aim = (0.99 * options.tolerance * norm(system.b)) ** 2 / 2;
  const level = Math.max(loss, halfSquare(system.b));
  const levels = { aim, level, ceiling: EXPLOSION * level };
  const watch = { least: Infinity, first: Infinity, windows: 0 };
  const status = /** @type {Status} */ (loss <= aim ? "converged" : "running");
  return { system, network, options, theta, x, misfit, loss, time: 0, steps: 0, status, levels, watch, memory };
}

/**
 * The gradient of the loss at the weights of a run, leaf by leaf.
 * @param {Run} run
 * @returns {Float64Array[]}
 */
export function gradientOf(run) {
  return leavesOf(pullBackOf(run.network, run.theta, combineRows(run.system, run.misfit)));
}

/**
 * Reads x and the loss off the weights after a step, and decides whether the run has ended.
 * @param {Run} run
 * @returns {Run}
 */
export function settle(run) {
  const { options, levels } = run;
  run.x = outputOf(run.network, run.theta);
  run.misfit = misfitOf(run.system, run.x);
  run.loss = halfSquare(run.misfit);
  if (run.loss <= levels.aim) run.status = "converged";
  else if (!(run.loss <= levels.ceiling) || growsSlowly(run)) run.status = "diverged";
  else if (run.steps >= options.mostSteps) run.status = "out of steps";
  return run;
}

/**
 * Whether the loss stays above its level, window after window, and is no lower than in the first of them.
 * @param {Run} run
 */
function growsSlowly({ loss, steps, watch, levels }) {
  watch.least = Math.min(watch.least, loss);
  if (steps % WINDOW !== 0) return false;
  watch.windows = watch.least > levels.level ? watch.windows + 1 : 0;
  if (watch.windows === 1) watch.first = watch.least;
  const isLost = watch.windows >= PATIENCE && watch.least >= watch.first;
  watch.least = Infinity;
  return isLost;
}

/**
 * A method in steps of one size, from its rule.
 * @param {object} rule
 * @param {string} rule.name
 * @param {string} rule.title
 * @param {string[]} rule.knobs
 * @param {(options: Options) => string} rule.python
 * @param {(theta: Theta, options: Options) => any} [rule.remember] the memory before the first step
 * @param {(run: Run) => Float64Array[]} [rule.gradient] that of the whole loss by default
 * @param {(leaf: Float64Array, gradient: Float64Array, run: Run, index: number) => void} rule.move one array of weights
 * @param {(run: Run, gradient: Float64Array[]) => void} [rule.prepare] called once a step, before the moves
 * @param {(run: Run) => boolean} [rule.isExhausted] whether no step that is left would move anything
 * @returns {Method}
 */
export function steppingMethod({
  name,
  title,
  knobs,
  python,
  remember,
  gradient = gradientOf,
  move,
  prepare,
  isExhausted,
}) {
  return {
    name,
    title,
    knobs,
    python,
    start: (system, network, theta, options) =>
      begin(system, network, theta, options, remember ? remember(theta, options) : null),
    step(run) {
      if (run.status !== "running") return run;
      const gradients = gradient(run);
      if (prepare) prepare(run, gradients);
      leavesOf(run.theta).forEach((leaf, index) => move(leaf, gradients[index], run, index));
      run.steps += 1;
      run.time = run.steps * run.options.stepSize;
      settle(run);
      if (run.status === "running" && isExhausted?.(run)) run.status = "stalled";
      return run;
    },
  };
}

/**
 * Half the stability bound 2/λ, λ the larger of the sharpness at the start and an estimate of that at the end:
 * σ_max²·D²·(‖A⁺b‖·√(d/n))^(2−2/D), as a sparse solution would have it; dense networks end at A⁺b itself.
 * @param {LinearSystem} system
 * @param {AnyNetwork} network
 * @param {Theta} theta0
 */
export function defaultStep(system, network, theta0) {
  const degree =
    network.name === "Dense" ? (network.hidden ?? 0) + 1 : network.name === "Direct" ? 1 : (network.depth ?? 1);
  const isDense = network.name === "Dense";
  const growth = isDense ? 1 : Math.sqrt(Math.max(system.unknowns / system.equations, 1));
  const size = norm(minimumNorm(system)) * growth;
  const atEnd = spectralNorm(system) ** 2 * degree ** 2 * size ** (2 - 2 / degree);
  const largest = Math.max(sharpness(system, network, theta0), atEnd);
  return largest > 0 ? 1 / largest : 1;
}

/**
 * The eigenvalue of largest size of the Hessian of the loss, by power iteration on differences of gradients.
 * @param {LinearSystem} system
 * @param {AnyNetwork} network
 * @param {Theta} theta
 */
export function sharpness(system, network, theta) {
  const run = begin(system, network, theta, DEFAULTS);
  const leaves = leavesOf(run.theta);
  const start = leaves.map((leaf) => Float64Array.from(leaf));
  const size = Math.hypot(...start.map(norm)) || 1;
  let direction = start.map((leaf, k) => leaf.map((_, i) => Math.sin(1 + 7 * i + 3 * k)));
  let largest = 0;
  for (let pass = 0; pass < POWER_STEPS; pass += 1) {
    const scale = Math.hypot(...direction.map(norm));
    const step = (1e-5 * size) / scale;
    const ends = [step, -step].map((way) => {
      leaves.forEach((leaf, k) => leaf.forEach((_, i) => (leaf[i] = start[k][i] + way * direction[k][i])));
      run.misfit = misfitOf(system, outputOf(network, run.theta));
      return gradientOf(run);
    });
    direction = ends[0].map((leaf, k) => leaf.map((entry, i) => (entry - ends[1][k][i]) / (2 * step * scale)));
    largest = Math.hypot(...direction.map(norm));
    if (largest === 0) break;
  }
  return largest;
}

/**
 * σ_max(A), by power iteration.
 * @param {LinearSystem} system
 */
export function spectralNorm(system) {
  let direction = combineRows(system, new Float64Array(system.equations).fill(1));
  let squared = 0;
  for (let pass = 0; pass < 2 * POWER_STEPS; pass += 1) {
    const size = norm(direction) || 1;
    const image = misfitOf(
      { ...system, b: new Float64Array(system.equations) },
      direction.map((entry) => entry / size),
    );
    direction = combineRows(system, image);
    squared = norm(direction);
  }
  return Math.sqrt(squared);
}

/**
 * ½‖r‖².
 * @param {Float64Array} r
 */
function halfSquare(r) {
  let sum = 0;
  for (const entry of r) sum += entry * entry;
  return sum / 2;
}
