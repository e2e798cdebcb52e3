/** A recording that plays: which share of it is on the screen. */

/**
 * @typedef {object} Player
 * @property {() => number} share From 0 to 1; 1 where nothing plays.
 * @property {() => boolean} isPlaying
 * @property {() => void} start From the beginning.
 * @property {() => void} stop
 * @property {(milliseconds: number, reach: number, end: number) => void} pass Time has passed; no further than `reach`, as
 *   far as there is something to show, and to the `end`, where it stops.
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
    start: () => void ([at, isPlaying] = [0, true]),
    stop: () => void (isPlaying = false),
    pass(milliseconds, reach, end) {
      if (!isPlaying) return;
      at = Math.min(reach, at + milliseconds / journey);
      if (at >= end) isPlaying = false;
    },
  };
}
