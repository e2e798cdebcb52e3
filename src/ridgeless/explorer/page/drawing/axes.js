/** The frame around a plot: ticks, grid lines and the names of both axes. */

import { sizeFor, widthOf } from "./lettering.js";

/** @typedef {{left: number, top: number, right: number, bottom: number}} Frame Pixels of the plot's own edges. */

/**
 * Grid, tick labels and names; curves are drawn after it.
 * @param {import("../types.js").Surface} surface
 * @param {import("../types.js").Palette} palette
 * @param {{frame: Frame, x: import("../types.js").Scale, y: import("../types.js").Scale, xName?: string, yName?:
 *   string, xTicks?: number, yTicks?: number}} plot `yName` stands above the axis, where it is read without turning the
 *   head.
 */
export function drawAxes(surface, palette, plot) {
  const { frame, x, y } = plot;
  const lettering = { fill: palette.muted, size: 12 };
  for (const tick of x.ticks(plot.xTicks ?? Math.max(2, Math.floor((frame.right - frame.left) / 80)))) {
    const place = x.at(tick.value);
    surface.line(place, frame.top, place, frame.bottom, { stroke: palette.grid, width: 1 });
    surface.text(place, frame.bottom + 6, tick.label, { ...lettering, anchor: "middle", baseline: "top" });
  }
  for (const tick of y.ticks(plot.yTicks ?? Math.max(2, Math.floor((frame.bottom - frame.top) / 50)))) {
    const place = y.at(tick.value);
    surface.line(frame.left, place, frame.right, place, { stroke: palette.grid, width: 1 });
    surface.text(frame.left - 6, place, tick.label, { ...lettering, anchor: "end", baseline: "middle" });
  }
  surface.line(frame.left, frame.bottom, frame.right, frame.bottom, { stroke: palette.faint, width: 1 });
  if (plot.xName) {
    const size = sizeFor(plot.xName, lettering.size, frame.right);
    surface.text(frame.right, frame.bottom + 22, plot.xName, { ...lettering, size, anchor: "end", baseline: "top" });
  }
  if (plot.yName) {
    const size = sizeFor(plot.yName, lettering.size, surface.width);
    // A long name begins left of the axis.
    const left = Math.max(0, Math.min(frame.left, surface.width - widthOf(plot.yName, size)));
    surface.text(left, frame.top - 10, plot.yName, { ...lettering, size, anchor: "start", baseline: "bottom" });
  }
}
