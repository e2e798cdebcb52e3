/** The points of the curves against the scale: computed in the worker, one after the other, while the knobs rest. */

import { nextScale, pointOf } from "./sweep.js";
import { isSolvedAtOnce } from "./solver.js";

/**
 * @typedef {import("./solver.js").Task} Task
 * @typedef {import("./solver.js").Answer} Answer
 * @typedef {import("./sweep.js").SweepPoint} SweepPoint
 */

// How long a knob has to rest before the curves go on, and how many points they get.
const REST_MS = 250;
const POINTS = { atOnce: 85, later: 33 };

/**
 * @param {object} tasks
 * @param {(task: Task) => Promise<Answer | null>} tasks.solve
 * @param {() => void} tasks.drawn Called after each new point.
 */
export function makeCurves({ solve, drawn }) {
  /** @type {SweepPoint[]} */
  let points = [];
  /** @type {Task | null} */
  let task = null;
  let waiting = 0;

  function next() {
    const own = points;
    if (task === null || points.length >= POINTS[isSolvedAtOnce(task.system) ? "atOnce" : "later"]) return;
    const scale = nextScale(points);
    solve({ ...task, scale }).then((found) => {
      if (found === null || points !== own) return;
      points.push(pointOf(found));
      points.sort((one, other) => other.scale - one.scale);
      drawn();
      clearTimeout(waiting);
      waiting = setTimeout(next, 0);
    });
  }

  return {
    points: () => points,
    /** Begins anew, for another problem. */
    clear() {
      points = [];
    },
    /**
     * Goes on after a rest.
     *
     * @param {Task} wanted
     */
    rest(wanted) {
      task = wanted;
      clearTimeout(waiting);
      waiting = setTimeout(next, REST_MS);
    },
    dispose() {
      clearTimeout(waiting);
      [points, task] = [[], null];
    },
  };
}
