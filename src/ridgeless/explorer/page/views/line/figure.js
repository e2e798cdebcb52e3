/** What the line draws, apart from training: computed anew where the state has changed, and kept where it has not. */

import { curvesOf, halfSideOf, viewOf } from "./plane.js";
import { limitsAt, sceneOf } from "./scene.js";
import { scales } from "./sweep.js";

/**
 * @typedef {import("../../types.js").State} State
 * @typedef {import("./scene.js").Scene} Scene
 *
 * @typedef {object} Figure
 * @property {string} key Another one for every state and size that look different.
 * @property {Scene} scene
 * @property {import("./plane.js").PlaneView} plane
 * @property {import("./plane.js").Curves | null} curves
 * @property {import("./sweep.js").Sweep} sweep
 */

/**
 * @param {State} state
 * @param {readonly string[]} keys Of the state, all that the picture depends on.
 * @param {number} width Of the plane, in pixels.
 * @param {Figure | null} last The figure before, whose parts are kept where they are the same.
 * @returns {Figure} `last` itself where nothing has changed.
 */
export function figureOf(state, keys, width, last) {
  const key = JSON.stringify([width, ...keys.map((name) => state[name])]);
  if (last?.key === key) return last;
  const scene = sceneOf(state);
  const plane = viewOf(width, halfSideOf(scene));
  return { key, scene, plane, curves: curvesOf(scene, plane), sweep: sweepOf(state, keys, scene, last) };
}

/**
 * The answer at every scale, which does not change with the scale of now.
 * @param {State} state
 * @param {readonly string[]} keys
 * @param {Scene} scene
 * @param {Figure | null} last
 */
function sweepOf(state, keys, { scale, limit, shortest, sparsest }, last) {
  const key = JSON.stringify(keys.map((name) => (name === "scale" ? 0 : state[name])));
  const limits = last?.sweep.key === key ? last.sweep.limits : limitsAt(state, scales);
  const now = limit.status === "converged" ? limit.x : null;
  const size = Math.max(...[...shortest, ...sparsest.flatMap((x) => [...x]), ...(now ?? [])].map(Math.abs));
  return { key, limits, scale, now, size };
}
