/** The clock of a race: it counts steps, and runs the faster the longer the race lasts. */

import { makeLoop, prefersStill } from "../motion/loop.js";
import { MOST_STEPS } from "./contest.js";

/**
 * @typedef {import("./contest.js").Runner} Runner
 *
 * @typedef {object} Clock
 * @property {() => void} restart
 * @property {() => void} toggle Stops, or goes on.
 * @property {() => boolean} isPaused
 * @property {() => boolean} isOver Whether every runner has ended.
 * @property {() => void} dispose
 */

// Every decade of steps takes as long as the one before.
const DECADE_MS = 1100;
const FIRST_FRAME = 0.3;

/**
 * @param {object} race
 * @param {() => Runner[]} race.runners
 * @param {() => void} race.show Called once a frame.
 * @param {() => void} race.ended
 * @returns {Clock}
 */
export function makeClock({ runners, show, ended }) {
  let [steps, isPaused, isOver, isWaiting] = [0, false, false, false];

  /** @param {number} until */
  function work(until) {
    if (isPaused || isOver) return false;
    const goal = steps >= MOST_STEPS ? Infinity : steps;
    const arrived = runners().map((runner) => runner.advance(goal, until));
    // The clock waits for those that have more to compute in a step.
    isWaiting = !arrived.every(Boolean);
    if (runners().every(({ status }) => status() !== "running")) {
      isOver = true;
      ended();
    }
    return !isOver;
  }

  const loop = makeLoop({
    work,
    show(passed) {
      const isRunning = !isOver && !isPaused;
      if (isRunning && !isWaiting) {
        steps = Math.min(MOST_STEPS, Math.max(steps + FIRST_FRAME, steps * 10 ** (passed / DECADE_MS)));
      }
      show();
      return isRunning;
    },
  });

  return {
    restart() {
      [steps, isPaused, isOver] = [prefersStill() ? MOST_STEPS : 0, false, runners().length === 0];
      loop.wake();
    },
    toggle() {
      isPaused = !isPaused;
      loop.wake();
    },
    isPaused: () => isPaused,
    isOver: () => isOver,
    dispose: loop.dispose,
  };
}
