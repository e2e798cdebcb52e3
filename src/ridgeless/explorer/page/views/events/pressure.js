/** How near every unknown is to leaving 0: Aᵀν at a moment, between the two edges. */

import { plain } from "../../drawing/numbers.js";
import { linearScale } from "../../drawing/scales.js";
import { colourOf, nameOf } from "./stairs.js";
import { predictedAt } from "./scene.js";

/**
 * @typedef {import("../../types.js").Surface} Surface
 * @typedef {import("../../types.js").Palette} Palette
 * @typedef {import("./scene.js").Scene} Scene
 * @typedef {import("./scene.js").Recording} Recording
 */

const MOST = 24;

/**
 * The coordinates that have a place: all of a small system, of a large one those that enter.
 * @param {Scene} scene
 */
function placed({ system, shown }) {
  if (system.unknowns <= MOST) return Array.from({ length: system.unknowns }, (_, i) => i);
  return [...shown].sort((one, other) => one - other);
}

/**
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {Scene} scene
 * @param {Recording} recording
 * @param {number} moment
 */
export function drawPressure(surface, palette, scene, recording, moment) {
  const frame = { left: 40, top: 22, right: surface.width - 44, bottom: surface.height - 26 };
  const y = linearScale([-1.25, 1.25], [frame.bottom, frame.top]);
  const isOneSided = scene.network.name === "Power";
  const { pressure, x } = predictedAt(scene, moment);
  const measured = at(recording, moment);
  const coordinates = placed(scene);
  const slot = (frame.right - frame.left) / coordinates.length;
  surface.rectangle(frame.left, y.at(1), frame.right - frame.left, y.at(-1) - y.at(1), {
    fill: palette.grid,
    opacity: 0.5,
  });
  for (const edge of isOneSided ? [1] : [1, -1]) {
    surface.line(frame.left, y.at(edge), frame.right, y.at(edge), { stroke: palette.muted, width: 1.5 });
  }
  surface.line(frame.left, y.at(0), frame.right, y.at(0), { stroke: palette.faint, width: 1 });
  const lettering = { fill: palette.muted, size: 12, baseline: /** @type {const} */ ("middle") };
  for (const tick of [1, 0, -1]) surface.text(frame.left - 6, y.at(tick), plain(tick), { ...lettering, anchor: "end" });
  coordinates.forEach((index, place) => {
    const across = frame.left + (place + 0.5) * slot;
    const clipped = (/** @type {number} */ value) => y.at(Math.max(-1.2, Math.min(1.2, value)));
    const isActive = x[index] !== 0;
    const colour = colourOf(palette, scene, index);
    surface.line(across, y.at(0), across, clipped(pressure[index]), { stroke: colour, width: isActive ? 5 : 3 });
    surface.circle(across, clipped(measured[index]), 5.5, { stroke: colour, width: 2.2, fill: palette.background });
    const name = { fill: isActive ? colour : palette.muted, size: slot < 24 ? 10 : 13, bold: isActive };
    surface.text(across, frame.bottom + 6, nameOf(index), { ...name, anchor: "middle", baseline: "top" });
  });
}

/**
 * Aᵀν of training at a moment, between the two looks that lie around it.
 * @param {Recording} recording
 * @param {number} moment
 */
function at({ at: times, pressure }, moment) {
  let k = times.length - 1;
  while (k > 0 && times[k] > moment) k -= 1;
  if (k + 1 >= times.length) return pressure[k];
  const share = (moment - times[k]) / (times[k + 1] - times[k]);
  return pressure[k].map((entry, i) => entry + share * (pressure[k + 1][i] - entry));
}
