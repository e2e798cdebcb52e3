/** A race: one start, several training methods, and what is known beforehand of where each ends. */

import { effectiveStart } from "../../mathematics/finite_steps.js";
import { methods } from "../../mathematics/flows/all.js";
import { startDualFlow, stepDualFlow } from "../../mathematics/flows/dual_flow.js";
import { DEFAULTS } from "../../mathematics/flows/training.js";
import { boxOf, saddleToSaddle } from "../../mathematics/jumps.js";
import { limit } from "../../mathematics/limit.js";
import { bias, constantStart, output } from "../../mathematics/networks.js";
import { generator } from "../../mathematics/random.js";
import { minimumNorm, nullPart, rowBasis } from "../../mathematics/row_space.js";
import { difference, dot, norm, scaled } from "../../mathematics/vectors.js";

/**
 * @typedef {import("../../types.js").System} System
 * @typedef {import("../../types.js").Network} Network
 * @typedef {import("../../types.js").Theta} Theta
 * @typedef {import("../../mathematics/flows/training.js").Options} Options
 * @typedef {import("../../mathematics/flows/training.js").Run} Run
 *
 * @typedef {object} Contest
 * @property {System} system
 * @property {Network} network
 * @property {Theta} theta0
 * @property {Float64Array} start x(0)
 * @property {Options} options
 * @property {import("../../mathematics/types.js").Limit} limit where gradient flow ends
 * @property {Float64Array} shortest the solution of least Euclidean norm
 * @property {Float64Array} sparsest where ever smaller even starts lead
 * @property {(x: Float64Array) => number} along how far along the solutions, from the shortest towards the sparsest one
 * @property {Runner[]} runners
 *
 * @typedef {object} Runner
 * @property {string} name
 * @property {string} title
 * @property {number} place among all methods: it decides the colour
 * @property {() => Float64Array} x
 * @property {() => string} status
 * @property {() => number} steps
 * @property {() => number} residual ‖Ax − b‖/‖b‖; ‖Ax‖ where b is 0
 * @property {Trace} trace
 * @property {(clock: number, until: number) => boolean} advance up to so many steps, or a time of `performance.now()`;
 *   whether it has got there
 * @property {Float64Array | null | undefined} corrected where it ends, corrected for its finite steps; null where that is
 *   not known, undefined until it has ended
 */

export const MOST_STEPS = 20_000;
export const TOLERANCE = 1e-8;
// Beyond so many explicit steps the flow is stiff, and goes on in dual coordinates.
const EXPLICIT_STEPS = 3000;
const SPREAD = 0.5;

/**
 * Weights at one scale, or each times a random factor of its own.
 * @param {Network} network
 * @param {number} unknowns
 * @param {{scale: number, isEven: boolean, seed: number}} start
 * @returns {Theta}
 */
export function startOf(network, unknowns, { scale, isEven, seed }) {
  const theta = constantStart(network, scale, unknowns);
  if (isEven) return theta;
  const { normal } = generator(seed);
  for (const name of Object.keys(theta).sort()) {
    theta[name] = theta[name].map((layer) =>
      layer.map((weight) => Number((weight * Math.exp(SPREAD * normal())).toPrecision(6))),
    );
  }
  return theta;
}

/**
 * @param {System} system
 * @param {Network} network
 * @param {Theta} theta0
 * @param {Partial<Options>} asked
 * @param {string[]} names of the methods that take part
 * @returns {Contest}
 */
export function makeContest(system, network, theta0, asked, names) {
  const options = { ...DEFAULTS, tolerance: TOLERANCE, mostSteps: MOST_STEPS, ...asked };
  const least = minimumNorm(system);
  const plain = /** @type {Network} */ ({ name: "Difference", depth: 2 });
  const small = network.name === "Direct" ? plain : network;
  const sparsest = saddleToSaddle(system, boxOf(small, system.unknowns)).x;
  const along = placeOf(system, least, sparsest);
  return {
    system,
    network,
    theta0,
    start: output(network, theta0),
    options,
    limit: limit(system, bias(network, theta0)),
    shortest: least,
    sparsest,
    along,
    runners: methods.flatMap((method, place) =>
      names.includes(method.name) ? [makeRunner({ system, network, theta0, options, along }, method, place)] : [],
    ),
  };
}

/**
 * How far along the direction in which solutions differ most: 0 at the shortest, and rising towards the sparsest one.
 * @param {System} system
 * @param {Float64Array} least the shortest
 * @param {Float64Array} sparsest
 * @returns {(x: Float64Array) => number}
 */
function placeOf(system, least, sparsest) {
  let way = difference(sparsest, least);
  if (norm(way) <= 1e-9 * norm(least)) {
    const unit = new Float64Array(system.unknowns);
    unit[0] = 1;
    way = nullPart(rowBasis(system), unit);
  }
  const direction = scaled(way, 1 / (norm(way) || 1));
  const from = dot(direction, least);
  return (x) => dot(direction, x) - from;
}

/**
 * @param {Pick<Contest, "system" | "network" | "theta0" | "options" | "along">} task
 * @param {import("../../mathematics/flows/training.js").Method} method
 * @param {number} place
 * @returns {Runner}
 */
function makeRunner({ system, network, theta0, options, along }, method, place) {
  const run = method.start(system, network, theta0, options);
  const size = norm(system.b) || 1;
  const trace = emptyTrace();
  /** @type {import("../../mathematics/flows/dual_flow.js").DualRun | null} */
  let dual = null;
  let isOver = false;
  const now = () => dual ?? run;
  const stepsOfFlow = () => (run.time + (dual?.time ?? 0)) / options.stepSize;
  const steps = () => (method.name === "flow" ? stepsOfFlow() : run.steps);
  const residual = () => Math.sqrt(2 * now().loss) / size;

  function look() {
    const [across, up] = system.unknowns === 2 ? now().x : [along(now().x), residual()];
    extend(trace, { across, up, steps: steps(), residual: residual(), isLast: now().status !== "running" });
  }

  function step() {
    if (dual) stepDualFlow(dual);
    else method.step(run);
    if (method.name !== "flow" || dual || run.status !== "running" || run.steps < EXPLICIT_STEPS) return;
    dual = startDualFlow(system, network, run.theta, { tolerance: options.tolerance, mostSteps: MOST_STEPS });
  }

  /** @type {Runner} */
  const runner = {
    name: method.name,
    title: method.title,
    place,
    x: () => now().x,
    status: () => now().status,
    steps,
    residual,
    trace,
    advance(clock, until) {
      while (now().status === "running" && steps() < clock) {
        if (performance.now() >= until) return false;
        step();
        look();
      }
      if (now().status !== "running" && !isOver) {
        isOver = true;
        runner.corrected = correctedEnd(system, network, theta0, run, method.name);
      }
      return true;
    },
    corrected: undefined,
  };
  look();
  return runner;
}

/**
 * Where plain descent ends by the theorem that counts its steps; null where none does.
 * @param {System} system
 * @param {Network} network
 * @param {Theta} theta0
 * @param {Run} run
 * @param {string} name
 */
function correctedEnd(system, network, theta0, run, name) {
  if ((name !== "descent" && name !== "stochastic") || run.status === "diverged") return null;
  const start = effectiveStart(system, network, theta0, run.theta);
  if (start === null) return null;
  const found = limit(system, bias(network, start));
  return found.status === "converged" ? found.x : null;
}

/**
 * How far an end is from a point, relative to it; from 0, which has no size, as it is.
 * @param {Float64Array} x
 * @param {Float64Array} from
 */
export function distance(x, from) {
  return norm(difference(x, from)) / (norm(from) || 1);
}

/**
 * What has been seen of a run: of two unknowns both, of more their place along the solutions and how far x is from
 * solving; steps and residuals.
 * @typedef {{across: number[], up: number[], steps: number[], residuals: number[], gap: number}} Trace
 */

const MOST_POINTS = 3000;

/** @returns {Trace} */
function emptyTrace() {
  return { across: [], up: [], steps: [], residuals: [], gap: 1e-3 };
}

/**
 * A point more, unless it lies on the one before: in the plane, and on the logarithmic axis of steps.
 * @param {Trace} trace
 * @param {{across: number, up: number, steps: number, residual: number, isLast: boolean}} point
 */
function extend(trace, { across, up, steps, residual, isLast }) {
  const last = trace.steps.length - 1;
  const moved =
    Math.hypot(across - trace.across[last], up - trace.up[last]) > trace.gap * (Math.hypot(across, up) + 1e-3);
  if (last >= 0 && !isLast && !moved && steps < trace.steps[last] * 1.02) return;
  trace.across.push(across);
  trace.up.push(up);
  trace.steps.push(steps);
  trace.residuals.push(residual);
  if (trace.steps.length > MOST_POINTS) thin(trace);
}

/**
 * Drops every second point, and asks for longer ways between points from now on.
 * @param {Trace} trace
 */
function thin(trace) {
  for (const key of /** @type {const} */ (["across", "up", "steps", "residuals"])) {
    trace[key] = trace[key].filter((_, k) => k % 2 === 0);
  }
  trace.gap *= 2;
}
