/** Many unknowns as stems, one beside the other, with the truth and both ends of the scale. */

import { drawAxes } from "../../drawing/axes.js";
import { linearScale } from "../../drawing/scales.js";
import { withOpacity } from "../../drawing/colours.js";

/**
 * @typedef {import("../../types.js").Surface} Surface
 * @typedef {import("../../types.js").Palette} Palette
 *
 * @typedef {object} Stems
 * @property {Float64Array | null} x The answer of now.
 * @property {Float64Array | null} truth
 * @property {Float64Array | null} lazy The answer from a very large start.
 * @property {Float64Array | null} vanishing The answer from a vanishing start.
 */

/**
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {Stems} stems
 */
export function drawStems(surface, palette, { x, truth, lazy, vanishing }) {
  const count = (x ?? truth ?? lazy)?.length ?? 1;
  const frame = { left: 44, top: 14, right: surface.width - 12, bottom: surface.height - 42 };
  const among = linearScale([0.5, count + 0.5], [frame.left + 4, frame.right - 4]);
  // Between two unknowns there is nothing to number.
  const across = { ...among, ticks: (/** @type {number} */ wanted) => among.ticks(Math.min(wanted, count)).filter(isWhole) };
  const y = linearScale(rangeOf([truth, vanishing, lazy], x), [frame.bottom, frame.top]);
  drawAxes(surface, palette, { frame, x: across, y, xName: `number of the unknown, 1 to ${count}`, xTicks: 6, yTicks: 5 });
  const pitch = (frame.right - frame.left) / count;
  const zero = y.at(0);
  surface.line(frame.left, zero, frame.right, zero, { stroke: palette.faint, width: 1 });
  /** @param {Float64Array | null} values @param {(place: number, down: number, value: number) => void} draw */
  const each = (values, draw) => values?.forEach((value, i) => draw(across.at(i + 1), y.at(value), value));
  const wide = { stroke: withOpacity(palette.ghost, 0.6), width: Math.min(6, Math.max(1.6, 0.8 * pitch)) };
  each(lazy, (place, down) => surface.line(place, zero, place, down, wide));
  const seen = 0.004 * Math.abs(y.domain[1] - y.domain[0]);
  each(truth, (place, down, value) => {
    if (Math.abs(value) > seen) surface.circle(place, down, 7, { stroke: palette.truth, width: 1.8 });
  });
  each(vanishing, (place, down, value) => {
    if (Math.abs(value) <= seen) return;
    const [xs, ys] = [
      [place - 4, place, place + 4, place],
      [down, down - 4, down, down + 4],
    ];
    surface.polygon(xs, ys, { stroke: palette.muted, width: 1.4 });
  });
  const thin = { stroke: palette.prediction, width: Math.min(2.4, Math.max(1.2, 0.35 * pitch)) };
  each(x, (place, down) => surface.line(place, zero, place, down, thin));
  const radius = Math.min(3.2, Math.max(1.6, 0.6 * pitch));
  each(x, (place, down, value) => {
    if (Math.abs(value) > seen) surface.circle(place, down, radius, { fill: palette.prediction });
  });
}

/** @param {{value: number}} tick */
const isWhole = ({ value }) => Number.isInteger(value);

/**
 * The range of the axis: it does not move with the answer, unless that leaves it.
 *
 * @param {(Float64Array | null)[]} still
 * @param {Float64Array | null} moving
 * @returns {[number, number]}
 */
function rangeOf(still, moving) {
  let [low, high] = [0, 0];
  for (const values of [...still, moving]) {
    if (!values) continue;
    for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  }
  const room = 0.08 * (high - low || 1);
  return [low - room, high + room];
}
