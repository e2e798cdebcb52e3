/** A training of a deep linear network, as far as it has been followed. */

import { gapByCause } from "../../mathematics/deep.js";
import { singularValues } from "../../mathematics/singular_values.js";

/**
 * @typedef {import("./task.js").Task} Task
 * @typedef {import("../../mathematics/deep.js").Gap} Gap
 *
 * @typedef {object} Look
 * @property {number} at time of flow, steps elsewhere
 * @property {number} seen
 * @property {number} unseen
 * @property {Float64Array[]} values the largest singular values of every layer; of w its length
 * @property {Gap} gap
 *
 * @typedef {object} Recording
 * @property {Look[]} looks
 * @property {() => import("../../mathematics/flows/training.js").Run} run
 * @property {boolean} ended
 * @property {(until: number) => boolean} follow computes until a time of `performance.now()`; whether there is more to do
 */

const VALUES = 3;
const MOST_LOOKS = 400;

/**
 * @param {Task} task
 * @returns {Recording}
 */
export function record(task) {
  const { system, network, theta0, method, options, axes } = task;
  const run = method.start(system, network, theta0, options);
  const isFlow = method.name === "flow";
  /** @type {Recording} */
  const recording = { looks: [], run: () => run, ended: run.status !== "running", follow };
  let fine = 0.004;

  function look() {
    const theta = /** @type {import("../../mathematics/deep.js").DenseTheta} */ (run.theta);
    recording.looks.push({
      at: isFlow ? run.time : run.steps,
      seen: axes.seen(run.x),
      unseen: axes.unseen(run.x),
      values: [
        ...theta.W.map((matrix, i) => singularValues(matrix, i === 0 ? system.unknowns : network.width, VALUES)),
        singularValues(theta.w[0], network.width, 1),
      ],
      gap: gapByCause(system, theta0, theta),
    });
    if (recording.looks.length > MOST_LOOKS) {
      recording.looks = recording.looks.filter((_, k) => k % 2 === 0);
      fine *= 2;
    }
  }

  /** Whether enough has happened since the last look: in the plane, or on the logarithmic axis of time. */
  function isNews() {
    const last = recording.looks[recording.looks.length - 1];
    const moved = Math.hypot(axes.seen(run.x) - last.seen, axes.unseen(run.x) - last.unseen);
    const now = isFlow ? run.time : run.steps;
    return moved > fine * (1 + Math.hypot(last.seen, last.unseen)) || now > 1.08 * last.at;
  }

  /** @param {number} until */
  function follow(until) {
    while (!recording.ended && performance.now() < until) {
      method.step(run);
      recording.ended = run.status !== "running";
      if (recording.ended || isNews()) look();
    }
    return !recording.ended;
  }

  look();
  return recording;
}
