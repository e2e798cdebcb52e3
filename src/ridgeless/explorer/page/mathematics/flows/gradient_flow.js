/**
 * Gradient flow in the weights, θ' = −∇L(θ): the method of Dormand and Prince (1980) of order 5 with its error estimate
 * of order 4. It shares no formula with the limits, which makes it their test.
 */

import { begin, combineRows, leavesOf, misfitOf, outputOf, pullBackOf, settle } from "./training.js";

/** @typedef {import("./training.js").Run} Run */
/** @typedef {import("./training.js").Theta} Theta */

/**
 * What the integrator keeps: all weights in one array, of which those of the run are parts.
 * @typedef {object} Memory
 * @property {Float64Array} weights
 * @property {Float64Array} trial
 * @property {Theta} trialTheta the trial weights by name
 * @property {Float64Array[]} slopes θ' at the seven stages
 * @property {number} step the next one to try
 * @property {number} absolute tolerance on the error of one weight
 * @property {number} calls of the gradient
 */

const STAGES = [
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
];
const ERROR = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40];
const RELATIVE = 1e-11;
const [LEAST_FACTOR, MOST_FACTOR, SAFETY] = [0.2, 5, 0.9];

/** @type {import("./training.js").Method} */
export const gradientFlow = {
  name: "flow",
  title: "Gradient flow",
  knobs: [],
  python: () => 'rl.flows.GradientFlow(coordinates="weights")',
  start(system, network, theta0, options) {
    const run = begin(system, network, theta0, options);
    const weights = Float64Array.from(leavesOf(theta0).flatMap((leaf) => [...leaf]));
    const trial = Float64Array.from(weights);
    run.theta = partsOf(theta0, weights);
    const sizes = weights
      .filter((weight) => weight !== 0)
      .map(Math.abs)
      .sort();
    const typical = sizes.length > 0 ? sizes[sizes.length >> 1] : 1;
    /** @type {Memory} */
    const memory = {
      weights,
      trial,
      trialTheta: partsOf(theta0, trial),
      slopes: Array.from({ length: 7 }, () => new Float64Array(weights.length)),
      step: 0,
      absolute: 1e-2 * RELATIVE * typical,
      calls: 1,
    };
    run.memory = memory;
    memory.slopes[0] = velocity(run, memory);
    memory.step = firstStep(memory);
    if (memory.step === Infinity && run.status === "running") run.status = "stalled";
    return run;
  },
  step(run) {
    if (run.status !== "running") return run;
    /** @type {Memory} */
    const memory = run.memory;
    for (;;) {
      const error = attempt(run, memory);
      const factor = Math.min(MOST_FACTOR, Math.max(LEAST_FACTOR, SAFETY * error ** -0.2));
      const taken = memory.step;
      memory.step *= Number.isFinite(error) ? factor : LEAST_FACTOR;
      if (error <= 1) {
        run.time += taken;
        break;
      }
      if (memory.step <= 1e-15 * run.time || memory.step < 1e-300) {
        run.status = "stalled";
        return run;
      }
    }
    memory.weights.set(memory.trial);
    // The last slope is the first of the next step.
    memory.slopes.unshift(/** @type {Float64Array} */ (memory.slopes.pop()));
    run.steps += 1;
    return settle(run);
  },
};

/**
 * Weights by name, as parts of one array.
 * @param {Theta} like
 * @param {Float64Array} all in the order of `leavesOf`
 * @returns {Theta}
 */
function partsOf(like, all) {
  /** @type {Theta} */
  const theta = {};
  let from = 0;
  for (const name of Object.keys(like).sort()) {
    theta[name] = like[name].map((layer) => all.subarray(from, (from += layer.length)));
  }
  return theta;
}

/**
 * −∇L at the trial weights.
 * @param {Run} run
 * @param {Memory} memory
 */
function velocity({ system, network }, memory) {
  const misfit = misfitOf(system, outputOf(network, memory.trialTheta));
  const gradients = leavesOf(pullBackOf(network, memory.trialTheta, combineRows(system, misfit)));
  const slope = new Float64Array(memory.weights.length);
  let from = 0;
  for (const gradient of gradients) {
    for (let i = 0; i < gradient.length; i += 1) slope[from + i] = -gradient[i];
    from += gradient.length;
  }
  return slope;
}

/**
 * A hundredth of the shortest time in which a weight that matters changes by its size; Infinity where none moves.
 * @param {Memory} memory
 */
function firstStep({ weights, slopes, absolute }) {
  let [size, speed] = [0, 0];
  weights.forEach((weight, i) => {
    size += (weight / (absolute + Math.abs(weight))) ** 2;
    speed += (slopes[0][i] / (absolute + Math.abs(weight))) ** 2;
  });
  return speed > 0 ? 0.01 * Math.sqrt(Math.max(size, 1) / speed) : Infinity;
}

/**
 * One step from the weights to the trial weights; returns its error, in units of what is allowed.
 * @param {Run} run
 * @param {Memory} memory
 */
function attempt(run, memory) {
  const { weights, trial, slopes, step, absolute } = memory;
  STAGES.forEach((factors, stage) => {
    trial.set(weights);
    factors.forEach((factor, k) => {
      const slope = slopes[k];
      if (factor !== 0) for (let i = 0; i < trial.length; i += 1) trial[i] += step * factor * slope[i];
    });
    slopes[stage + 1] = velocity(run, memory);
    memory.calls += 1;
  });
  let sum = 0;
  for (let i = 0; i < trial.length; i += 1) {
    let error = 0;
    for (let k = 0; k < 7; k += 1) error += ERROR[k] * slopes[k][i];
    sum += ((step * error) / (absolute + RELATIVE * Math.max(Math.abs(weights[i]), Math.abs(trial[i])))) ** 2;
  }
  return Number.isFinite(sum) ? Math.sqrt(sum / trial.length) : Infinity;
}
