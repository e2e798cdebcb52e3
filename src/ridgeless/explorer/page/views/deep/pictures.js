/** Three pictures of a deep linear network: where x goes, the singular values of its layers, and what makes the gap. */

import { drawAxes } from "../../drawing/axes.js";
import { plain } from "../../drawing/numbers.js";
import { linearScale, logarithmicScale } from "../../drawing/scales.js";
import { norm } from "../../mathematics/vectors.js";
import { REACH } from "./knobs.js";

/**
 * @typedef {import("../../types.js").Surface} Surface
 * @typedef {import("../../types.js").Palette} Palette
 * @typedef {import("./task.js").Task} Task
 * @typedef {import("./recording.js").Recording} Recording
 * @typedef {import("./recording.js").Look} Look
 *
 * A training, the looks at it that are shown, all of them, and whether they show where it ends.
 * @typedef {{task: Task, looks: Look[], all: Look[], isWhole: boolean}} Shown
 */

const CAUSES = /** @type {[string, string][]} */ ([
  ["begun", "in the start already"],
  ["grown", "grown during training"],
  ["moved", "moved by the method"],
  ["unfitted", "not fitted yet"],
]);

/**
 * Pixels of the plane: the same for drawing it and for dragging the target.
 * @param {number} width
 * @param {number} height
 * @param {Task} task
 * @param {Look[]} looks
 */
export function planeOf(width, height, { shortest, axes, kind, prediction }, looks) {
  const frame = { left: 50, top: 30, right: width - 16, bottom: height - 46 };
  const wanted = prediction.x ? [prediction.x] : [];
  const across = [0, norm(shortest), ...looks.map(({ seen }) => seen)].filter(Number.isFinite);
  const up = [0, ...wanted.map(axes.unseen), ...looks.map(({ unseen }) => unseen)].filter(Number.isFinite);
  const [low, high] = [Math.min(...across), Math.max(...across)];
  const needed = Math.ceil(2.2 * Math.max(0.4 * (high - low), ...up.map(Math.abs))) / 2;
  // The picture stands still while the target is dragged across it.
  const most = kind === "landing" ? Math.max(1.1 * REACH, axes.isLine ? 0 : needed) : needed;
  const room = 0.1 * (high - low);
  return {
    frame,
    x: linearScale([low - room, high + 2.2 * room], [frame.left, frame.right]),
    y: linearScale([axes.isLine ? -most : -0.08 * most, most], [frame.bottom, frame.top]),
  };
}

/**
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {Shown} shown
 */
export function drawPlane(surface, palette, { task, looks, all, isWhole }) {
  const { frame, x, y } = planeOf(surface.width, surface.height, task, all);
  const { shortest, axes, prediction } = task;
  const xName = "what the equations see of x";
  drawAxes(surface, palette, { frame, x, y, xName, yName: "what the equations do not see: the null space" });
  const wall = x.at(norm(shortest));
  surface.line(wall, frame.top, wall, frame.bottom, { stroke: palette.faint, width: 5, opacity: 0.6 });
  const words = { fill: palette.muted, size: 12, halo: palette.background };
  surface.text(wall - 8, frame.top + 4, "solutions", { ...words, anchor: "end", baseline: "top" });
  surface.circle(wall, y.at(0), 4, { fill: palette.ghost });
  surface.text(wall - 8, y.at(0) + 4, "shortest, A⁺b", { ...words, anchor: "end", baseline: "top" });
  surface.clip(frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top, () => {
    const [across, down] = [looks.map(({ seen }) => x.at(seen)), looks.map(({ unseen }) => y.at(unseen))];
    surface.polyline(across, down, { stroke: palette.training, width: 2.6 });
  });
  const [first, last] = [looks[0], looks[looks.length - 1]];
  surface.circle(x.at(first.seen), y.at(first.unseen), 5, { fill: palette.background, stroke: palette.ink, width: 2 });
  const below = {
    ...words,
    fill: palette.ink,
    anchor: /** @type {const} */ ("middle"),
    baseline: /** @type {const} */ ("top"),
  };
  surface.text(x.at(first.seen), y.at(first.unseen) + 9, "start", below);
  if (isWhole && task.kind !== "landing" && task.method.name !== "adam") {
    drawProportion(surface, palette, task, looks[looks.length - 1], wall, y);
  }
  if (prediction.x) {
    const [across, down] = [x.at(axes.seen(prediction.x)), y.at(axes.unseen(prediction.x))];
    const size = 9;
    const xs = [across - size, across, across + size, across];
    const ys = [down, down - size, down, down + size];
    surface.polygon(xs, ys, { fill: palette.background, stroke: palette.prediction, width: 2.5 });
    if (task.kind === "landing") {
      const beside = { ...words, fill: palette.prediction, anchor: /** @type {const} */ ("end"), bold: true };
      surface.text(across - 18, down - 14, "target: drag it", beside);
    }
  }
  surface.circle(x.at(last.seen), y.at(last.unseen), 5, { fill: palette.training });
}

/**
 * Where the other null components would end: the distance is in proportion to κ, and the loss does not see it.
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {Task} task
 * @param {Look} end
 * @param {number} wall pixel of the solutions
 * @param {import("../../types.js").Scale} y
 */
function drawProportion(surface, palette, { nullShare }, end, wall, y) {
  if (nullShare === 0) return;
  for (const share of [0, 0.5, 1, 1.5, 2]) {
    const down = y.at((end.unseen * share) / nullShare);
    if (down < y.range[1] || down > y.range[0]) continue;
    surface.line(wall - 5, down, wall + 5, down, { stroke: palette.prediction, width: 2 });
    const lettering = { fill: palette.prediction, size: 12, baseline: /** @type {const} */ ("middle") };
    const isNamed =
      share === 0 || share === 2 || (share === 1 && Math.abs(y.at(end.unseen / nullShare) - y.at(0)) > 24);
    if (isNamed) surface.text(wall + 10, down, `κ = ${share}`, { ...lettering, halo: palette.background });
  }
}

/**
 * The singular values of every layer along time.
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {Shown} shown
 */
export function drawValues(surface, palette, { task, looks, all }) {
  const frame = { left: 40, top: 30, right: surface.width - 34, bottom: surface.height - 44 };
  const isFlow = task.method.name === "flow";
  const times = all.map(({ at }) => at).filter((at) => at > 0);
  const [begin, end] = [
    Math.max(times[0] ?? 1e-3, 1e-3 * (times[times.length - 1] ?? 1)),
    times[times.length - 1] ?? 1,
  ];
  const x = logarithmicScale([begin, Math.max(end, 10 * begin)], [frame.left, frame.right]);
  const balanced = norm(task.shortest) ** (1 / (task.network.hidden + 1));
  const most = Math.max(
    balanced,
    ...all.flatMap(({ values }) => values.map((layer) => layer[0])).filter(Number.isFinite),
  );
  const y = linearScale([0, 1.12 * most], [frame.bottom, frame.top]);
  const xName = isFlow ? "time of training" : "steps of training";
  drawAxes(surface, palette, { frame, x, y, xName, yName: "singular values of the layers" });
  const rule = { stroke: palette.prediction, width: 1.5, dash: [5, 4] };
  surface.line(frame.left, y.at(balanced), frame.right, y.at(balanced), rule);
  const across = looks.map(({ at }) => x.at(Math.max(at, begin)));
  /** @type {{name: string, colour: string, at: number}[]} */
  const ends = [];
  looks[0].values.forEach((layer, index) => {
    const colour = palette.series[1 + (index % (palette.series.length - 1))];
    const isVector = index === looks[0].values.length - 1;
    layer.forEach((_, k) => {
      const down = looks.map(({ values }) => y.at(values[index][k]));
      surface.polyline(across, down, { stroke: colour, width: k === 0 ? 2.4 : 1, dash: isVector ? [8, 3] : [] });
    });
    const last = looks[looks.length - 1].values[index][0];
    ends.push({ name: isVector ? "w" : `W${"₁₂₃₄"[index]}`, colour, at: y.at(last) });
  });
  ends.sort((one, other) => one.at - other.at);
  ends.forEach((end_, k) => {
    if (k > 0) end_.at = Math.max(end_.at, ends[k - 1].at + 14);
    const lettering = { fill: end_.colour, size: 13, bold: true, baseline: /** @type {const} */ ("middle") };
    surface.text(Math.min(across[across.length - 1] + 6, frame.right + 4), end_.at, end_.name, lettering);
  });
}

/**
 * The distance to the shortest solution, built up from its causes.
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {Shown} shown
 */
export function drawGap(surface, palette, { looks }) {
  const { gap } = looks[looks.length - 1];
  const shares = CAUSES.map(([name]) => gap.causes.find((cause) => cause.name === name)?.share ?? 0);
  let sum = 0;
  const ends = shares.map((share) => {
    const begin = sum;
    sum += share;
    return [begin, sum];
  });
  const frame = { left: 158, right: surface.width - 74, top: 6 };
  const reach = [0, gap.size, ...ends.flat()];
  const x = linearScale([Math.min(...reach), Math.max(...reach, 1e-12)], [frame.left, frame.right]);
  const step = (surface.height - 12) / (CAUSES.length + 1);
  const rows = [...CAUSES.map(([, words], k) => ({ words, from: ends[k][0], to: ends[k][1], share: shares[k] }))];
  rows.push({ words: "distance to A⁺b", from: 0, to: gap.size, share: gap.size });
  surface.line(x.at(0), frame.top, x.at(0), surface.height - 6, { stroke: palette.faint });
  rows.forEach(({ words, from, to, share }, k) => {
    const middle = frame.top + step * (k + 0.5);
    const isTotal = k === rows.length - 1;
    const colour = isTotal ? palette.ink : palette.series[[1, 4, 3, 6][k]];
    const [left, right] = [Math.min(x.at(from), x.at(to)), Math.max(x.at(from), x.at(to))];
    const lettering = { fill: isTotal ? palette.ink : palette.muted, size: 13, bold: isTotal };
    surface.text(frame.left - 10, middle, words, { ...lettering, anchor: "end", baseline: "middle" });
    surface.rectangle(left, middle - 0.3 * step, Math.max(right - left, 1.5), 0.6 * step, { fill: colour });
    surface.text(right + 8, middle, tidy(share, gap.size), { ...lettering, baseline: "middle" });
    if (!isTotal && k < rows.length - 1) {
      surface.line(x.at(to), middle + 0.3 * step, x.at(to), middle + 0.7 * step, {
        stroke: palette.faint,
        dash: [2, 2],
      });
    }
  });
}

/**
 * A share in numbers; nothing where it is nothing beside the whole.
 * @param {number} share
 * @param {number} size
 */
function tidy(share, size) {
  return Math.abs(share) < 1e-7 * Math.max(size, 1e-2) ? "0" : plain(share, 2);
}
