/** What the events show, in a sentence or two. */

import { plain } from "../../drawing/numbers.js";
import { predictedAt, smallestScale } from "./scene.js";
import { nameOf, timeWords } from "./stairs.js";

/** @typedef {import("./scene.js").Scene} Scene */

/**
 * @param {Scene} scene
 * @param {number} moment
 */
export function sentenceOf(scene, moment) {
  const { saddle } = predictedAt(scene, moment);
  const next = scene.events[saddle];
  const support = [...scene.path.points[saddle].keys()].filter((i) => scene.path.points[saddle][i] !== 0);
  const left = `${named(support)} ${support.length > 1 ? "have" : "has"} left 0`;
  const now = `Predicted: ${support.length === 0 ? "nothing has left 0 yet" : left}`;
  if (next === undefined) {
    return scene.path.isSolved
      ? `${now}, and every equation holds: this is the solution of least ℓ₁ norm, where it stays.`
      : `${now}, and no other unknown can leave 0: no solution has the signs that this network allows.`;
  }
  const told = [
    next.enters.length > 0 ? `${named(next.enters)} ${next.enters.length > 1 ? "enter" : "enters"}` : "",
    next.leaves.length > 0 ? `${named(next.leaves)} ${next.leaves.length > 1 ? "go" : "goes"} back to 0` : "",
  ].filter(Boolean);
  return `${now}. Next, ${told.join(" and ") || "an unknown touches its edge"}, at time ${timeWords(scene, next.at)}.`;
}

/**
 * How far training is from the prediction at a moment.
 * @param {Scene} scene
 * @param {import("./scene.js").Recording} recording
 * @param {number} moment
 */
export function differenceOf(scene, recording, moment) {
  let k = recording.at.length - 1;
  while (k > 0 && recording.at[k] > moment) k -= 1;
  const predicted = predictedAt(scene, moment).x;
  const away = Math.max(0, ...scene.shown.map((index, place) => Math.abs(recording.x[k][place] - predicted[index])));
  const share = (100 * away) / (scene.size || 1);
  const far = share < 0.5 ? "on the stairs" : `${plain(share, share < 10 ? 1 : 2)} % away from the stairs`;
  return `Training from α = ${plain(scene.scale, 2)} is ${far} at this moment.`;
}

/** @param {number[]} indices */
function named(indices) {
  const names = indices.map(nameOf);
  if (names.length > 5) return `${names.length} unknowns`;
  return names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}` : names[0];
}

/**
 * What is drawn where the scale asked for is too small for float64; nothing elsewhere.
 * @param {Scene} scene
 * @param {number} asked
 */
export function remarkOf({ network, scale }, asked) {
  if (asked >= smallestScale(network.depth)) return "";
  return (
    `At depth ${network.depth} training is drawn from α = ${plain(scale, 2)}, where it lies on the stairs already: ` +
    "ordinary floating-point numbers cannot follow it from a smaller start."
  );
}
