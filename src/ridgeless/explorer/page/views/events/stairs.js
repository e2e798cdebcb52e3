/** The unknowns along time: the predicted stairs, and training beside them. */

import { drawAxes } from "../../drawing/axes.js";
import { plain } from "../../drawing/numbers.js";
import { linearScale } from "../../drawing/scales.js";
import { superscript } from "../../drawing/numbers.js";

/**
 * @typedef {import("../../types.js").Surface} Surface
 * @typedef {import("../../types.js").Palette} Palette
 * @typedef {import("./scene.js").Scene} Scene
 * @typedef {import("./scene.js").Recording} Recording
 */

const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";

/**
 * x₁, x₂ …
 * @param {number} index from 0
 */
export function nameOf(index) {
  return `x${Array.from(String(index + 1), (digit) => SUBSCRIPTS[Number(digit)]).join("")}`;
}

/**
 * The colour of a coordinate: that of its place among those that are drawn.
 * @param {Palette} palette
 * @param {Scene} scene
 * @param {number} index
 */
export function colourOf(palette, scene, index) {
  const place = scene.shown.indexOf(index);
  return place < 0 ? palette.ghost : palette.series[place % palette.series.length];
}

/**
 * Pixels of the plot: the same for drawing it and for dragging the moment along it.
 * @param {number} width
 * @param {number} height
 * @param {Scene} scene
 */
export function frameOf(width, height, scene) {
  const frame = { left: 40, top: 40, right: width - 44, bottom: height - 46 };
  const values = scene.path.points.flatMap((x) => [...x]);
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const room = 0.12 * (high - low || 1);
  return {
    frame,
    x: linearScale([0, scene.until], [frame.left, frame.right]),
    y: linearScale([low - room, high + room], [frame.bottom, frame.top]),
  };
}

/**
 * What a unit of time is.
 * @param {number} depth
 */
export function unitName(depth) {
  return depth === 2 ? "log(1/α)" : `α${superscript(2 - depth)}`;
}

/**
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {Scene} scene
 * @param {Recording} recording
 * @param {number} moment in units of time
 */
export function drawStairs(surface, palette, scene, recording, moment) {
  const { frame, x, y } = frameOf(surface.width, surface.height, scene);
  drawAxes(surface, palette, { frame, x, y, xName: `time of training, in units of ${unitName(scene.network.depth)}` });
  surface.line(frame.left, y.at(0), frame.right, y.at(0), { stroke: palette.faint, width: 1 });
  drawEvents(surface, palette, scene, frame, x);
  surface.clip(frame.left, frame.top - 4, frame.right - frame.left, frame.bottom - frame.top + 8, () => {
    for (const index of scene.shown) {
      const style = { stroke: colourOf(palette, scene, index), width: 1.6, dash: [5, 4] };
      const [across, down] = stairsOf(scene, index);
      surface.polyline(across.map(x.at), down.map(y.at), style);
    }
    drawFlow(surface, palette, scene, recording, moment, { x, y });
  });
  surface.line(x.at(moment), frame.top, x.at(moment), frame.bottom, { stroke: palette.accent, width: 1.5 });
  labelEnds(surface, palette, scene, frame, y);
}

/**
 * The stairs of one coordinate: (times, values), two for each step.
 * @param {Scene} scene
 * @param {number} index
 * @returns {[number[], number[]]}
 */
function stairsOf({ path, until }, index) {
  /** @type {[number[], number[]]} */
  const [across, down] = [[], []];
  path.points.forEach((x, k) => {
    across.push(path.at[k], k + 1 < path.at.length ? path.at[k + 1] : until);
    down.push(x[index], x[index]);
  });
  return [across, down];
}

/**
 * When which coordinate enters or leaves, above the plot.
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {Scene} scene
 * @param {import("../../drawing/axes.js").Frame} frame
 * @param {import("../../types.js").Scale} x
 */
function drawEvents(surface, palette, scene, frame, x) {
  let free = -Infinity;
  for (const { at, enters, leaves } of scene.events) {
    const across = x.at(at);
    surface.line(across, frame.top, across, frame.bottom, { stroke: palette.faint, width: 1, dash: [1, 3] });
    const words = [...enters.map((i) => `+${nameOf(i)}`), ...leaves.map((i) => `−${nameOf(i)}`)];
    if (words.length === 0 || across < free) continue;
    const colour = colourOf(palette, scene, [...enters, ...leaves][0]);
    words.forEach((word, line) => {
      const place = { fill: line < enters.length ? colour : palette.warning, size: 13, bold: true };
      const down = frame.top - 8 - 15 * (words.length - 1 - line);
      surface.text(across, down, word, { ...place, anchor: "middle", baseline: "bottom" });
    });
    free = across + 30;
  }
}

/**
 * Training up to a moment, with a dot at its end.
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {Scene} scene
 * @param {Recording} recording
 * @param {number} moment
 * @param {{x: import("../../types.js").Scale, y: import("../../types.js").Scale}} scales
 */
function drawFlow(surface, palette, scene, recording, moment, { x, y }) {
  let count = recording.at.length;
  while (count > 1 && recording.at[count - 1] > moment) count -= 1;
  const times = recording.at.slice(0, count);
  // A flow that has arrived stays where it is.
  if (recording.ended && count === recording.at.length) times.push(Math.max(moment, times[count - 1]));
  const across = times.map(x.at);
  const rows = times.map((_, k) => recording.x[Math.min(k, count - 1)]);
  scene.shown.forEach((index, place) => {
    const down = rows.map((row) => y.at(row[place]));
    const colour = colourOf(palette, scene, index);
    surface.polyline(across, down, { stroke: colour, width: 2.6 });
    surface.circle(across[across.length - 1], down[down.length - 1], 4, { fill: colour });
  });
}

/**
 * The names of the unknowns behind their last values, kept apart.
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {Scene} scene
 * @param {import("../../drawing/axes.js").Frame} frame
 * @param {import("../../types.js").Scale} y
 */
function labelEnds(surface, palette, scene, frame, y) {
  const ends = scene.shown
    .filter((index) => scene.path.x[index] !== 0)
    .map((index) => ({ index, at: y.at(scene.path.x[index]) }))
    .sort((one, other) => one.at - other.at);
  ends.forEach((end, k) => {
    if (k > 0) end.at = Math.max(end.at, ends[k - 1].at + 15);
  });
  for (const { index, at } of ends) {
    const lettering = { fill: colourOf(palette, scene, index), size: 14, bold: true };
    surface.text(frame.right + 6, at, nameOf(index), { ...lettering, baseline: "middle" });
  }
}

/**
 * The time under a pixel.
 * @param {number} width
 * @param {Scene} scene
 * @param {number} across
 */
export function momentUnder(width, scene, across) {
  const { x } = frameOf(width, 100, scene);
  return Math.min(1, Math.max(0, Number((x.invert(across) / scene.until).toFixed(4))));
}

/**
 * A time in units, and in the time of training.
 * @param {Scene} scene
 * @param {number} at
 */
export function timeWords(scene, at) {
  return `${plain(at)} ${unitName(scene.network.depth)} = ${plain(at * scene.unit)}`;
}
