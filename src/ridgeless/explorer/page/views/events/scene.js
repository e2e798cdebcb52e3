/** What the events show: the predicted path from saddle to saddle, and the flow from a start of a given scale beside it. */

import { startDualFlow, stepDualFlow } from "../../mathematics/flows/dual_flow.js";
import { boxOf, saddleToSaddle, unitOfTime } from "../../mathematics/jumps.js";
import { transposedProduct } from "../../mathematics/linear_algebra.js";
import { constantStart } from "../../mathematics/networks.js";

/**
 * @typedef {import("../../types.js").System} System
 * @typedef {import("../../types.js").Network} Network
 *
 * @typedef {object} Event One arrival at the edge.
 * @property {number} at in units of time
 * @property {number[]} enters coordinates that leave 0
 * @property {number[]} leaves coordinates that go back to 0
 *
 * @typedef {object} Scene
 * @property {System} system
 * @property {Network} network
 * @property {number} scale of the flow that is drawn
 * @property {number} unit how long one unit of time is, in the time of training
 * @property {import("../../mathematics/jumps.js").SaddlePath} path
 * @property {import("../../mathematics/jumps.js").Box} box
 * @property {Event[]} events
 * @property {number[]} shown the coordinates that are drawn, in the order in which they enter
 * @property {number} until the end of the axis of time
 * @property {number} size the largest entry on any saddle
 */

// Digits that z keeps: at depth 3 and more x is a power of its distance from z to the end of its interval.
const LARGEST_INVERSE = 1e7;
const MOST_SHOWN = 14;
const SAMPLES = 480;
const MOST_STEPS = 20_000;

/**
 * The smallest scale from which float64 can follow the flow.
 * @param {number} depth
 */
export function smallestScale(depth) {
  return depth === 2 ? 0 : LARGEST_INVERSE ** (-1 / (depth - 2));
}

/**
 * @param {System} system
 * @param {Network} network
 * @param {number} scale
 * @returns {Scene}
 */
export function sceneOf(system, network, scale) {
  const box = boxOf(network, system.unknowns);
  const path = saddleToSaddle(system, box);
  const held = Math.max(scale, smallestScale(network.depth));
  const events = eventsOf(path);
  const shown = [...new Set(events.flatMap(({ enters }) => enters))].slice(0, MOST_SHOWN);
  const last = path.at[path.at.length - 1];
  const size = path.points.reduce((most, x) => x.reduce((m, entry) => Math.max(m, Math.abs(entry)), most), 0);
  const unit = unitOfTime(network.depth, held);
  return { system, network, scale: held, unit, path, box, events, shown, until: 1.22 * last || 1, size };
}

/**
 * @param {import("../../mathematics/jumps.js").SaddlePath} path
 * @returns {Event[]}
 */
function eventsOf({ at, points }) {
  return points.slice(1).map((x, k) => {
    const before = points[k];
    const changed = (/** @type {boolean} */ wasZero) =>
      [...x.keys()].filter((i) => (before[i] === 0) === wasZero && (x[i] === 0) !== wasZero);
    return { at: at[k + 1], enters: changed(true), leaves: changed(false) };
  });
}

/**
 * The prediction at a time: the saddle that training rests on, and Aᵀν in units of the edge.
 * @param {Scene} scene
 * @param {number} at
 */
export function predictedAt({ path, system, box }, at) {
  let k = path.at.length - 1;
  while (k > 0 && path.at[k] > at) k -= 1;
  const dual = new Float64Array(system.equations);
  for (let j = 0; j <= k; j += 1) {
    const end = j < k ? path.at[j + 1] : at;
    const misfit = residual(system, path.points[j]);
    for (let i = 0; i < dual.length; i += 1) dual[i] += (end - path.at[j]) * misfit[i];
  }
  const s = transposedProduct(system.A, system.equations, system.unknowns, dual);
  return { saddle: k, x: path.points[k], pressure: s.map((entry, i) => entry / box.positive[i]) };
}

/**
 * b − Ax.
 * @param {System} system
 * @param {Float64Array} x
 */
function residual({ A, b, equations, unknowns }, x) {
  return Float64Array.from({ length: equations }, (_, i) => {
    let sum = b[i];
    for (let j = 0; j < unknowns; j += 1) if (x[j] !== 0) sum -= A[i * unknowns + j] * x[j];
    return sum;
  });
}

/**
 * The flow, as far as it has been followed: what x and Aᵀν were, at times that rise.
 * @typedef {object} Recording
 * @property {number[]} at in units of time
 * @property {Float64Array[]} x of the coordinates that are drawn
 * @property {Float64Array[]} pressure Aᵀν of all coordinates, in units of the edge
 * @property {boolean} ended
 * @property {(until: number) => boolean} follow computes until a time of `performance.now()`; whether there is more to do
 */

/**
 * @param {Scene} scene
 * @returns {Recording}
 */
export function record(scene) {
  const { system, network, scale, unit, until, shown, box } = scene;
  const theta = constantStart(network, scale, system.unknowns);
  const run = startDualFlow(system, network, theta, { tolerance: 1e-12, mostSteps: MOST_STEPS });
  /** @type {Recording} */
  const recording = { at: [], x: [], pressure: [], ended: false, follow };
  const step = until / SAMPLES;

  function look() {
    const s = transposedProduct(system.A, system.equations, system.unknowns, run.dual);
    recording.at.push(run.time / unit);
    recording.x.push(Float64Array.from(shown, (i) => run.x[i]));
    recording.pressure.push(s.map((entry, i) => entry / (unit * box.positive[i])));
  }

  /** @param {number} deadline */
  function follow(deadline) {
    while (!recording.ended && performance.now() < deadline) {
      // Curves need points where nothing happens as well, so that they can be drawn up to any moment.
      const now = recording.at[recording.at.length - 1];
      const next = Math.min((Math.floor(now / step + 1e-9) + 1) * step, until);
      stepDualFlow(run, next * unit);
      look();
      recording.ended = run.status !== "running" || run.time >= until * unit * (1 - 1e-9);
    }
    return !recording.ended;
  }

  look();
  return recording;
}
