/** Training for the line: gradient flow of the weights, a few milliseconds a frame, and a dot that follows its path. */

import { gradientFlow } from "../../mathematics/flows/gradient_flow.js";
import { DEFAULTS } from "../../mathematics/flows/training.js";

/**
 * @typedef {import("./scene.js").Scene} Scene
 * @typedef {import("./plane.js").Training} Training
 * @typedef {import("../../mathematics/flows/training.js").Run} Run
 */

const BUDGET_MS = 6;
const JOURNEY_MS = 1500;
// While a knob is dragged, only what is predicted moves; training begins when the knob has come to rest.
const REST_MS = 140;
const MOST_STEPS = 20000;

/** @type {Training} */
export const untrained = { path: { xs: new Float64Array(), ys: new Float64Array() }, end: null };

/** @param {(training: Training) => void} show Called when there is more to see. */
export function makeTrainer(show) {
  /** @type {Run | null} */
  let run = null;
  /** @type {Trace} */
  let trace = emptyTrace();
  let [asked, resting, began, fine] = [0, 0, 0, 0];
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  /** @param {number} now */
  function frame(now) {
    if (run === null) return;
    if (began === 0) began = now;
    const until = performance.now() + BUDGET_MS;
    while (run.status === "running" && performance.now() < until) advance(run, trace, fine);
    const share = still ? 1 : Math.min(1, (now - began) / JOURNEY_MS);
    const running = run.status === "running";
    const whole = !running && share >= 1;
    const end = run.status === "converged" ? run.x : null;
    show({ path: upTo(trace, whole ? Infinity : smooth(share) * trace.length), end });
    if (!whole) asked = requestAnimationFrame(frame);
  }

  return {
    /** Starts over; `resolution` is how far points that follow each other are at least apart. */
    restart(/** @type {Scene} */ scene, /** @type {number} */ resolution) {
      run = gradientFlow.start(scene.system, scene.network, scene.theta, { ...DEFAULTS, mostSteps: MOST_STEPS });
      trace = emptyTrace();
      extend(trace, run.x, 0);
      [began, fine] = [0, resolution];
      show(untrained);
      clearTimeout(resting);
      cancelAnimationFrame(asked);
      resting = setTimeout(() => (asked = requestAnimationFrame(frame)), REST_MS);
    },
    dispose() {
      run = null;
      clearTimeout(resting);
      cancelAnimationFrame(asked);
    },
  };
}

/**
 * @typedef {{xs: number[], ys: number[], at: number[], length: number}} Trace Points, and the path's length at each.
 */

/** @returns {Trace} */
const emptyTrace = () => ({ xs: [], ys: [], at: [], length: 0 });

/**
 * @param {Run} run
 * @param {Trace} trace
 * @param {number} fine
 */
function advance(run, trace, fine) {
  gradientFlow.step(run);
  extend(trace, run.x, run.status === "running" ? fine : 0);
}

/**
 * @param {Trace} trace
 * @param {Float64Array} x
 * @param {number} fine
 */
function extend(trace, x, fine) {
  const last = trace.xs.length - 1;
  const gone = last < 0 ? 0 : Math.hypot(x[0] - trace.xs[last], x[1] - trace.ys[last]);
  if (last >= 0 && gone < fine) return;
  trace.length += gone;
  trace.xs.push(x[0]);
  trace.ys.push(x[1]);
  trace.at.push(trace.length);
}

/**
 * The part of a path up to a length.
 * @param {Trace} trace
 * @param {number} length
 */
function upTo({ xs, ys, at }, length) {
  let count = at.length;
  while (count > 1 && at[count - 1] > length) count -= 1;
  const [across, down] = [xs.slice(0, count), ys.slice(0, count)];
  if (count < at.length && at[count] > at[count - 1]) {
    const share = (length - at[count - 1]) / (at[count] - at[count - 1]);
    across.push(xs[count - 1] + share * (xs[count] - xs[count - 1]));
    down.push(ys[count - 1] + share * (ys[count] - ys[count - 1]));
  }
  return { xs: Float64Array.from(across), ys: Float64Array.from(down) };
}

/** @param {number} share */
const smooth = (share) => share * share * (3 - 2 * share);
