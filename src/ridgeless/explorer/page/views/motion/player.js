/** A recording that plays: which share of it is on the screen. */

/**
 * @typedef {object} Player
 * @property {() => number} share From 0 to 1; 1 where nothing plays.
 * @property {() => boolean} isPlaying
 * @property {(from?: number) => void} start From the beginning, or from another share.
 * @property {() => void} stop
 * @property {(milliseconds: number, reach: number) => void} pass Time has passed; no further than `reach`, as far as there
 *   is something to show. It stops at the end.
 */

/**
 * @param {number} journey How many milliseconds the whole takes.
 * @returns {Player}
 */
export function makePlayer(journey) {
  let [at, isPlaying] = [1, false];
  return {
    share: () => (isPlaying ? at : 1),
    isPlaying: () => isPlaying,
    start: (from = 0) => void ([at, isPlaying] = [from, true]),
    stop: () => void (isPlaying = false),
    pass(milliseconds, reach) {
      if (!isPlaying) return;
      at = Math.min(reach, at + milliseconds / journey);
      if (at >= 1) isPlaying = false;
    },
  };
}
