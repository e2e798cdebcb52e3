/** What the picture shows, in a sentence or two. */

import { plain } from "../../drawing/numbers.js";
import { alone } from "./scene.js";

/**
 * @typedef {import("./scene.js").Scene} Scene
 */

const names = ["x₁", "x₂"];
const PULLED = "The start pulls it aside.";
// As a share of what lies between the two known solutions: the eye takes such points for one.
const NEAR = 0.03;

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
function between(scene) {
  if (scene.network.name === "Direct") return "the solution that is closest to the start.";
  const { limit, shortest, start, system } = scene;
  const sparsest = nearest(scene.sparsest, limit.x);
  const span = far(shortest, sparsest);
  if (span <= NEAR * size(shortest)) return beside(scene);
  const away = far(limit.x, shortest);
  if (away < NEAR * span) return "practically the shortest solution of all. Both unknowns share the work.";
  const one = scene.sparsest.length > 1 ? "one of the two sparsest solutions" : "the sparsest solution";
  const used = sparsest[0] === 0 ? 1 : 0;
  if (far(limit.x, sparsest) < NEAR * span) return `practically ${one}. ${names[used]} does all the work.`;
  const other = alone(system.A, system.b[0], 1 - used);
  if (far(limit.x, other) < NEAR * far(shortest, other))
    return `practically ${names[1 - used]} alone, though ${names[used]} alone would be smaller. ${PULLED}`;
  const along = limit.x.reduce((sum, x, i) => sum + (x - shortest[i]) * (sparsest[i] - shortest[i]), 0);
  if (along < 0 || away > (1 + NEAR) * span) return `on neither of the two well-known solutions. ${PULLED}`;
  if (size(start) > 0.3 * span) return `between the shortest solution and ${one}, pulled by where it started.`;
  return away > 0.5 * span
    ? `closer to ${one} than to the shortest. ${names[used]} does most of the work.`
    : `closer to the shortest solution than to ${one}.`;
}

/**
 * The same where the shortest solution is the sparsest too: one coefficient, or b, is 0 or nearly so.
 * @param {Scene} scene
 */
function beside({ limit, shortest, start, system }) {
  const [used] = [0, 1].sort((i, j) => Math.abs(system.A[j]) - Math.abs(system.A[i]));
  const work = system.b[0] === 0 ? "Both unknowns are 0" : `${names[used]} does all the work`;
  // Where that solution is 0, the start alone tells what is near.
  return far(limit.x, shortest) <= NEAR * (size(shortest) || size(start))
    ? `practically the shortest solution, which is the sparsest too. ${work}.`
    : `beside the shortest solution, which is the sparsest too. ${PULLED}`;
}

/** @param {Float64Array} x */
const size = (x) => Math.hypot(x[0], x[1]);

/** @param {Float64Array} x @param {Float64Array} from */
const far = (x, from) => Math.hypot(x[0] - from[0], x[1] - from[1]);

/** @param {Float64Array[]} points @param {Float64Array} x */
const nearest = (points, x) => points.reduce((best, point) => (far(point, x) < far(best, x) ? point : best));
