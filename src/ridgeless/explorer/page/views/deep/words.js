/** What the deep linear network shows, in a sentence or two. */

import { plain } from "../../drawing/numbers.js";
import { difference, norm } from "../../mathematics/vectors.js";
import { isSolvable } from "./task.js";

/**
 * @typedef {import("./task.js").Task} Task
 * @typedef {import("./recording.js").Recording} Recording
 */

// As a share of the size of x: training that has settled comes far nearer to where it must end.
const THERE = 1e-4;

/**
 * @param {Task} task
 * @param {Recording} recording
 * @returns {string}
 */
export function sentenceOf(task, recording) {
  const { status, x } = recording.run();
  if (!isSolvable(task.system))
    return "These equations contradict each other: no x solves all of them, and training cannot end at a solution.";
  if (status === "running") return "Training is on its way.";
  if (status === "diverged") return "The steps are too long: the weights have grown without bound.";
  const parts = [status === "converged" ? whereItEnds(task, x) : whereItIs(task, x)];
  if (task.method.name === "adam")
    parts.push("Adam scales every weight by itself, and so it moves what no equation sees.");
  return parts.join(" ");
}

/**
 * How far x is from a point, as a share of the size of x; where A⁺b is 0 there is none, and the distance stands as it is.
 * @param {Task} task
 * @param {Float64Array} x
 * @param {Float64Array} point
 */
function away({ shortest }, x, point) {
  const size = norm(shortest);
  const far = norm(difference(x, point)) / (size || 1);
  return { far, words: size > 0 ? `${plain(far, 2)} of the size of x` : plain(far, 2) };
}

/**
 * Of a training that has not settled nothing is said but where it is.
 * @param {Task} task
 * @param {Float64Array} x
 */
function whereItIs(task, x) {
  const { prediction, kind, target, shortest } = task;
  const begun = "Training has not settled within its budget of steps. So far it is";
  if (kind === "landing") return `${begun} ${away(task, x, target).words} from the target.`;
  if (prediction.theorem !== "row space" && prediction.x)
    return `${begun} ${away(task, x, prediction.x).words} from where a theorem says that gradient flow ends.`;
  return `${begun} ${away(task, x, shortest).words} from the shortest solution.`;
}

/**
 * @param {Task} task
 * @param {Float64Array} x
 */
function whereItEnds(task, x) {
  const { prediction, kind, target, shortest, method } = task;
  const isFlow = method.name === "flow";
  if (kind === "landing") {
    const { far, words } = away(task, x, target);
    if (!isFlow) return `Training ends ${words} beside the target: the recipe is one for gradient flow.`;
    return far <= THERE
      ? `Training lands on the target, to ${words}. The equations allow every target. The start decides.`
      : `Training ends ${words} beside the target.`;
  }
  const { far: gap, words: beside } = away(task, x, shortest);
  if (prediction.theorem === "row space") {
    const none = "The first layer has no null component";
    return method.name !== "adam" && gap <= THERE
      ? `${none}, so training ends at the shortest solution, to ${beside}, whatever the scale.`
      : `${none}, and still training ends ${beside} from the shortest solution.`;
  }
  if (prediction.x) {
    const { far, words } = away(task, x, prediction.x);
    return isFlow && far <= THERE
      ? `A theorem says where this chain ends. Training agrees, to ${words}.`
      : `A theorem says where gradient flow of this chain ends. This training ends ${words} from there.`;
  }
  const known =
    kind === "chain"
      ? "No theorem covers a chain whose later layers are smaller than the first"
      : "No theorem says where random layers end";
  const share = method.name === "adam" ? "" : ", only this: the distance is in proportion to the null component κ";
  return `${known}${share}. Here it is ${beside}.`;
}
