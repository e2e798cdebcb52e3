/** The start of one coordinate: a small square in which its two weights are dragged. */

import { withOpacity } from "../../drawing/colours.js";
import { plain } from "../../drawing/numbers.js";

/**
 * @typedef {import("../../types.js").Surface} Surface
 * @typedef {import("../../types.js").Palette} Palette
 *
 * @typedef {object} Kind What the two weights of a network are, and where a start locks a sign.
 * @property {string} formula MathML of drawing/mathml.js.
 * @property {string} spoken The formula in words.
 * @property {[string, string]} names Of the weights, with ? for the number of the coordinate.
 * @property {boolean} signed Whether negative weights make another start.
 * @property {boolean} single Whether there is but one weight.
 * @property {string} says What a reader should know.
 */

/** @type {Record<string, Kind>} */
export const kinds = {
  Difference: {
    formula: "x_i = u_i^D − v_i^D",
    spoken: "x equals u to the power D minus v to the power D",
    names: ["u?", "v?"],
    signed: false,
    single: false,
    says: "u lifts the unknown, v lowers it. With one of them at 0, the sign is locked.",
  },
  Power: {
    formula: "x_i = u_i^D",
    spoken: "x equals u to the power D",
    names: ["u?", ""],
    signed: false,
    single: true,
    says: "A power keeps its sign: no unknown can become negative.",
  },
  Product: {
    formula: "x_i = w_1 w_2 ⋯ w_D",
    spoken: "x equals the product of D weights",
    names: ["w?", "last w?"],
    signed: true,
    single: false,
    says: "All layers but the last start at w. On the red diagonals they have equal size, and the sign is locked.",
  },
  TwoBranch: {
    formula: "x_i = w_1 ⋯ w_D − w′_1 ⋯ w′_D",
    spoken: "x equals one product of D weights minus another",
    names: ["w?", "last w?"],
    signed: false,
    single: false,
    says: "Both products start alike, so x starts at 0 and either sign is open.",
  },
};

export const reach = 2;

/**
 * Pixels of a pad: weights from 0 to 2, or from −2 to 2, in units of the scale.
 * @param {Kind} kind
 * @param {number} size
 */
export function padView(kind, size) {
  const [low, edge] = [kind.signed ? -reach : 0, 18];
  const unit = (size - edge - 20) / (reach - low);
  return {
    across: (/** @type {number} */ u) => edge + unit * (u - low),
    down: (/** @type {number} */ v) => size - edge - unit * (v - low),
    weights: (/** @type {number} */ across, /** @type {number} */ down) =>
      /** @type {[number, number]} */ ([low + (across - edge) / unit, low + (size - edge - down) / unit]),
    low,
  };
}

/**
 * The nearest start that a pad can have: inside it, in hundredths, and on a line that locks the sign where it is close.
 * @param {Kind} kind
 * @param {string} network
 * @param {number} first
 * @param {number} second
 * @returns {[number, number]}
 */
export function snapped(kind, network, first, second) {
  const low = kind.signed ? -reach : 0;
  const tidy = (/** @type {number} */ value) => {
    const inside = Math.min(reach, Math.max(low, value));
    return Math.abs(inside) < 0.05 ? 0 : Math.round(100 * inside) / 100;
  };
  const [u, v] = [tidy(first), tidy(second)];
  if (network === "Product" && Math.abs(Math.abs(u) - Math.abs(v)) < 0.07) return [u, Math.sign(v) * Math.abs(u)];
  return [u, v];
}

/**
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {{kind: Kind, network: string, coordinate: number, locked: boolean}} pad
 */
export function drawPad(surface, palette, { kind, network, coordinate, locked }) {
  const view = padView(kind, surface.width);
  const [left, right] = [view.across(view.low), view.across(reach)];
  const [bottom, top] = [view.down(view.low), view.down(reach)];
  surface.rectangle(left, top, right - left, bottom - top, { fill: palette.panel, stroke: palette.grid, width: 1 });
  const faint = { stroke: palette.grid, width: 1 };
  for (const tick of kind.signed ? [-1, 0, 1] : [1]) {
    surface.line(view.across(tick), top, view.across(tick), bottom, faint);
    if (!kind.single) surface.line(left, view.down(tick), right, view.down(tick), faint);
  }
  const lock = { stroke: locked ? palette.warning : withOpacity(palette.warning, 0.55), width: locked ? 3 : 1.5 };
  if (network === "Product") {
    surface.line(left, bottom, right, top, lock);
    surface.line(left, top, right, bottom, lock);
  } else if (network === "Difference") {
    surface.line(left, bottom, right, top, { stroke: palette.faint, width: 1, dash: [3, 4] });
    surface.line(left, bottom, left, top, lock);
    surface.line(left, bottom, right, bottom, lock);
  } else if (network === "Power") {
    surface.line(left, bottom, left, top, lock);
  }
  const lettering = { fill: palette.muted, size: 12 };
  const digit = "₁₂"[coordinate];
  const [first, second] = kind.names.map((name) => name.replace("?", digit));
  surface.text(right, bottom + 14, `${first} →`, { ...lettering, anchor: "end" });
  if (second) surface.text(left, top - 6, `↑ ${second}`, lettering);
  for (const tick of kind.signed ? [-2, 0] : [0, 1]) {
    surface.text(view.across(tick), bottom + 14, plain(tick), { ...lettering, size: 11, anchor: "middle" });
  }
}
