/** The answer at every scale: both unknowns of the limit, with a mark at the scale of now. */

import { drawAxes } from "../../drawing/axes.js";
import { linearScale, logarithmicScale } from "../../drawing/scales.js";
import { plain } from "../../drawing/numbers.js";

/**
 * @typedef {import("../../types.js").Surface} Surface
 * @typedef {import("../../types.js").Palette} Palette
 *
 * @typedef {object} Sweep
 * @property {string} key Another one for every set of curves.
 * @property {Float64Array[]} limits x at each of `scales`.
 * @property {number} scale That of now.
 * @property {Float64Array | null} now The limit at it.
 * @property {number} size How large an unknown has to be seen: large starts may end far beyond.
 */

/** From the least to the largest scale of the knob. */
export const scaleRange = /** @type {[number, number]} */ ([1e-5, 3]);

/** Where the curves are computed. */
export const scales = Array.from({ length: 56 }, (_, k) => scaleRange[0] * (scaleRange[1] / scaleRange[0]) ** (k / 55));

/**
 * @param {number} width
 * @param {number} height
 * @param {Sweep} sweep
 */
function frameOf(width, height, { limits, size }) {
  const frame = { left: 34, top: 22, right: width - 26, bottom: height - 42 };
  const values = limits.flatMap((x) => [...x]).filter(Number.isFinite);
  const [low, high] = [Math.max(-1.2 * size, Math.min(0, ...values)), Math.min(1.2 * size, Math.max(0, ...values))];
  const room = 0.08 * (high - low || 1);
  return {
    frame,
    x: logarithmicScale(scaleRange, [frame.left, frame.right]),
    y: linearScale([low - (low < 0 ? room : 0), high + room], [frame.bottom, frame.top]),
  };
}

/**
 * The scale under a pixel.
 * @param {number} width
 * @param {number} across
 */
export function scaleUnder(width, across) {
  const x = logarithmicScale(scaleRange, [34, width - 26]);
  return Number(Math.min(scaleRange[1], Math.max(scaleRange[0], x.invert(across))).toPrecision(3));
}

/**
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {Sweep} sweep
 */
export function drawSweep(surface, palette, sweep) {
  const { limits, scale, now } = sweep;
  const { frame, x, y } = frameOf(surface.width, surface.height, sweep);
  drawAxes(surface, palette, { frame, x, y, xName: "scale α of the start", xTicks: 4, yTicks: 4 });
  surface.line(x.at(scale), frame.top - 6, x.at(scale), frame.bottom, { stroke: palette.accent, width: 1.5 });
  const across = scales.map(x.at);
  ["x₁", "x₂"].forEach((name, i) => {
    const down = limits.map((each) => y.at(each[i]));
    surface.clip(frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top, () =>
      surface.polyline(across, down, { stroke: palette.prediction, width: 2.5, dash: i === 0 ? [] : [7, 4] }),
    );
    const last = y.at(limits[limits.length - 1][i]);
    if (Number.isFinite(last)) {
      const seen = Math.min(frame.bottom - 6, Math.max(frame.top + 6, last));
      surface.text(frame.right + 5, seen, name, { fill: palette.prediction, size: 14, baseline: "middle" });
    }
    if (now)
      surface.circle(x.at(scale), y.at(now[i]), 5, { fill: palette.panel, stroke: palette.prediction, width: 3 });
  });
  surface.text(x.at(scale), frame.top - 8, `α = ${plain(scale)}`, {
    fill: palette.accent,
    size: 12,
    bold: true,
    anchor: scale > 0.1 ? "end" : "middle",
    baseline: "bottom",
  });
}
