/** Work in small pieces between frames, so that the page answers while it computes; it ends by itself. */

const BUDGET_MS = 7;

/**
 * @typedef {object} Loop
 * @property {() => void} wake Begins, or goes on, where there is work to do.
 * @property {() => void} dispose
 */

/**
 * @param {object} tasks
 * @param {(until: number) => boolean} tasks.work Computes until a time of `performance.now()`; whether there is more to do.
 * @param {(milliseconds: number) => boolean} tasks.show Draws, and is told the time since the last frame; whether
 *   something still moves.
 * @returns {Loop}
 */
export function makeLoop({ work, show }) {
  let [asked, last] = [0, 0];

  /** @param {number} now */
  function frame(now) {
    asked = 0;
    const passed = last === 0 ? 0 : Math.min(100, now - last);
    last = now;
    const more = work(performance.now() + BUDGET_MS);
    const moves = show(passed);
    // What is shown may have woken the loop already.
    if (more || moves) wake();
    else if (asked === 0) last = 0;
  }

  function wake() {
    if (asked === 0) asked = requestAnimationFrame(frame);
  }

  return {
    wake,
    dispose() {
      cancelAnimationFrame(asked);
      asked = -1;
    },
  };
}

/** Whether the reader has asked for pictures that do not move by themselves. */
export function prefersStill() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
