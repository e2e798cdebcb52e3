/** Whether any solution has the signs that a start locks. */

import { saddleToSaddle } from "./jumps.js";

/** @typedef {import("./types.js").System} System @typedef {import("./types.js").Potential} Potential */

/** @type {WeakMap<Float64Array, {b: Float64Array, answers: Map<string, boolean>}>} */
const known = new WeakMap();

/**
 * Whether some x with A x = b is 0 where the start is frozen, and of the locked sign elsewhere: by a least-squares fit with
 * these signs (Lawson and Hanson 1974), once for each system and pattern.
 *
 * @param {System} system
 * @param {Potential} potential
 * @returns {boolean}
 */
export function hasSigns(system, { signs, frozen }) {
  if (signs.every((sign, i) => sign === 0 && frozen[i] === 0)) return true;
  let kept = known.get(system.A);
  if (!kept || kept.b !== system.b) {
    kept = { b: system.b, answers: new Map() };
    known.set(system.A, kept);
  }
  const pattern = `${signs.join("")} ${frozen.join("")}`;
  let answer = kept.answers.get(pattern);
  if (answer === undefined) {
    /** @param {number} side */
    const prices = (side) => Float64Array.from(signs, (sign, i) => (frozen[i] || sign === -side ? Infinity : 1));
    answer = saddleToSaddle(system, { positive: prices(1), negative: prices(-1) }).isSolved;
    kept.answers.set(pattern, answer);
  }
  return answer;
}
