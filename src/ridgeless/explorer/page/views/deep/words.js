/** What the deep linear network shows, in a sentence or two. */

import { plain } from "../../drawing/numbers.js";
import { difference, norm } from "../../mathematics/vectors.js";

/**
 * @typedef {import("./task.js").Task} Task
 * @typedef {import("./recording.js").Recording} Recording
 */

/**
 * @param {Task} task
 * @param {Recording} recording
 * @returns {string}
 */
export function sentenceOf(task, recording) {
  const { status, x } = recording.run();
  if (status === "running") return "Training is on its way.";
  if (status === "diverged") return "The steps are too long: the weights have grown without bound.";
  const parts = [whereItEnds(task, x)];
  if (status !== "converged") parts.push("Training has not settled within its budget of steps.");
  if (task.method.name === "adam")
    parts.push("Adam scales every weight by itself, and so it moves what no equation sees.");
  return parts.join(" ");
}

/**
 * @param {Task} task
 * @param {Float64Array} x
 */
function whereItEnds({ prediction, kind, target, shortest, method }, x) {
  const size = norm(shortest);
  const away = (/** @type {Float64Array} */ point) => plain(norm(difference(x, point)) / size, 2);
  if (kind === "landing") {
    return method.name === "flow"
      ? `Training lands on the target, to ${away(target)} of the size of x. The equations allow every target. The start decides.`
      : `Training ends ${away(target)} beside the target: the recipe is one for gradient flow.`;
  }
  if (prediction.theorem === "row space") {
    const none = "The first layer has no null component";
    return method.name === "adam"
      ? `${none}, and still training ends ${away(shortest)} from the shortest solution.`
      : `${none}, so training ends at the shortest solution, to ${away(shortest)}, whatever the scale.`;
  }
  if (prediction.x) {
    return method.name === "flow"
      ? `A theorem says where this chain ends. Training agrees, to ${away(prediction.x)} of the size of x.`
      : `A theorem says where gradient flow of this chain ends. This training ends ${away(prediction.x)} from there.`;
  }
  const known =
    kind === "chain"
      ? "No theorem covers a chain whose later layers are smaller than the first"
      : "No theorem says where random layers end";
  const share = method.name === "adam" ? "" : ", only this: the distance is in proportion to the null component κ";
  return `${known}${share}. Here it is ${away(shortest)} of the size of x.`;
}
