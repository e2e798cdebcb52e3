/** What the picture of many unknowns says in sentences. */

import { plain } from "../../drawing/numbers.js";
import { pointOf } from "./sweep.js";

/** @typedef {import("./solver.js").Answer} Answer */

// An unknown counts as used from this part of the largest on.
const USED = 0.01;
// No number of the page has more digits. A bound on Φ, which is flat at its minimum, may be smaller than they tell.
const MOST_DIGITS = 15;

/**
 * What the answer is like.
 *
 * @param {Answer} answer
 * @returns {string}
 */
export function sentenceOf(answer) {
  const { system, network, scale, limit } = answer;
  const { equations, unknowns } = system;
  const question = `${equations} ${equations === 1 ? "equation leaves" : "equations leave"} ${unknowns} unknowns open. `;
  if (limit.status === "signs") {
    return `${question}${network.name === "Power" ? "This network makes no negative numbers" : "This start locks signs"}, and no solution has only such signs: training cannot solve the equations.`;
  }
  if (limit.status === "inconsistent") return "These equations contradict each other: no x solves all of them.";
  if (limit.status === "stalled") return `${question}The search for the limit from α = ${plain(scale)} did not get to its end.`;
  const largest = limit.x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const used = limit.x.filter((value) => Math.abs(value) > USED * largest).length;
  const { error } = pointOf(answer);
  const far = Number.isNaN(error) ? "" : `, ${distanceInWords(error)}`;
  return `${question}From weights of size α = ${plain(scale)} training ends at an x that uses ${used} of the unknowns${far}.`;
}

/** @param {number} error */
function distanceInWords(error) {
  if (error >= 2) return `${plain(error, 2)} times the truth's own length away from it`;
  if (error < 1e-3) return `and is the truth to ${digitsOf(error)} digits`;
  return `${plain(100 * error, 2)}\u00a0% away from the truth`;
}

/**
 * What is proved of it, and how long that took.
 *
 * @param {Answer} answer
 * @returns {string}
 */
export function proofOf({ limit, milliseconds }) {
  if (limit.status !== "converged") return limit.message;
  const effort = `Found in ${plain(Math.max(milliseconds, 0.01), 2)} ms by ${limit.steps} ${limit.steps === 1 ? "step" : "steps"} of Newton's method, without training.`;
  const cost = `no solution has a smaller cost Φ, to ${digitsOf(limit.gap)} digits`;
  const digits = digitsOf(limit.distance);
  return `Proved: ${cost}${digits >= 6 ? `, and this x is exact to ${digits} digits` : ""}. ${effort}`;
}

/**
 * How many digits a relative error leaves.
 *
 * @param {number} error
 */
function digitsOf(error) {
  return Math.min(MOST_DIGITS, Math.floor(-Math.log10(error)));
}
