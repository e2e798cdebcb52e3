/** What the picture shows, in a sentence or two. */

import { plain } from "../../drawing/numbers.js";

/**
 * @typedef {import("./scene.js").Scene} Scene
 */

const names = ["x₁", "x₂"];

/**
 * @param {Scene} scene
 * @returns {string}
 */
export function sentenceOf(scene) {
  const { limit } = scene;
  if (limit.status === "signs")
    return `${locks(scene)} No solution has such signs, so training never reaches the line.`;
  if (limit.status !== "converged") return limit.message;
  const ends = `Training ends at x₁ = ${plain(limit.x[0])}, x₂ = ${plain(limit.x[1])}`;
  const locked = locks(scene);
  return locked ? `${ends}. ${locked}` : `${ends}: ${between(scene)}`;
}

/** @param {Scene} scene */
function locks({ potential }) {
  const found = names.flatMap((name, i) => {
    if (potential.frozen[i]) return [`${name} starts with nothing to grow from, and stays 0.`];
    if (potential.signs[i])
      return [
        `The start locks the sign of ${name}: it can never be ${potential.signs[i] > 0 ? "negative" : "positive"}.`,
      ];
    return [];
  });
  return found.length === 2 && found[0].startsWith("The") && found[1].startsWith("The")
    ? "The start locks the signs of both unknowns."
    : found.join(" ");
}

/**
 * Where the limit lies between the two solutions that everybody knows.
 * @param {Scene} scene
 */
function between({ limit, shortest, sparsest, network, start }) {
  const span = Math.hypot(sparsest[0] - shortest[0], sparsest[1] - shortest[1]);
  const share = Math.hypot(limit.x[0] - shortest[0], limit.x[1] - shortest[1]) / span;
  const along =
    (limit.x[0] - shortest[0]) * (sparsest[0] - shortest[0]) + (limit.x[1] - shortest[1]) * (sparsest[1] - shortest[1]);
  const used = Math.abs(sparsest[0]) > 0 ? 0 : 1;
  if (network.name === "Direct") return "the solution that is closest to the start.";
  if (share < 0.03) return "practically the shortest solution of all. Both unknowns share the work.";
  if (along < 0 || share > 1.02) return "on neither of the two well-known solutions. The uneven start pulls it aside.";
  if (share > 0.97) return `practically the sparsest solution. ${names[used]} does all the work.`;
  const far = Math.hypot(start[0], start[1]) > 0.3 * span;
  if (far) return "between the shortest solution and the sparsest, pulled by where it started.";
  return share > 0.5
    ? `closer to the sparsest solution than to the shortest. ${names[used]} does most of the work.`
    : "closer to the shortest solution than to the sparsest.";
}
