/** The answer against the scale: how far it is from the truth, and how long it is in two norms. */

import { drawAxes } from "../../drawing/axes.js";
import { plain } from "../../drawing/numbers.js";
import { linearScale, logarithmicScale } from "../../drawing/scales.js";
import { difference, l1Norm, norm } from "../../mathematics/vectors.js";
import { scaleRange } from "./knobs.js";

/**
 * @typedef {import("../../types.js").Surface} Surface
 * @typedef {import("../../types.js").Palette} Palette
 *
 * @typedef {object} SweepPoint
 * @property {number} scale
 * @property {number} error ‖x − truth‖/‖truth‖; NaN without a truth.
 * @property {number} l1
 * @property {number} l2
 *
 * @typedef {{points: SweepPoint[], now: SweepPoint | null, least: {l1: number, l2: number}}} Sweep In the order of scales;
 *   `least` are the smallest norms of any solution.
 */

const LEAST_ERROR = 1e-10;
const COARSE = 15;
// Points nearer to each other than this part of the axis are not told apart.
const SHORTEST = 0.004;
// A step of a curve that rises by more, in logarithms, leaves the chart.
const TALLEST = 0.5;

/**
 * @param {import("./solver.js").Answer} answer
 * @returns {SweepPoint} With numbers that are no numbers where there is no answer.
 */
export function pointOf({ scale, limit, system }) {
  if (limit.status !== "converged") return { scale, error: NaN, l1: NaN, l2: NaN };
  const { x } = limit;
  const error = system.truth ? norm(difference(x, system.truth)) / norm(system.truth) : NaN;
  return { scale, error, l1: l1Norm(x), l2: norm(x) };
}

/**
 * Where one more point helps most: first on a coarse grid from the largest scale down, then in the middle of the widest step
 * of a curve.
 *
 * @param {SweepPoint[]} points From the largest scale to the smallest.
 * @returns {number}
 */
export function nextScale(points) {
  const [low, high] = scaleRange;
  const decades = Math.log10(high / low);
  if (points.length < COARSE) return high * 10 ** ((-decades * points.length) / (COARSE - 1));
  let [best, widest] = [0, -1];
  for (let k = 0; k + 1 < points.length; k++) {
    const [one, other] = [points[k], points[k + 1]];
    const length = Math.log10(one.scale / other.scale) / decades;
    const rises = [one.l1 / other.l1, one.l2 / other.l2].map((ratio) => Math.abs(Math.log(ratio)));
    const width = Math.hypot(length, ...rises.map((rise) => (Number.isFinite(rise) ? Math.min(rise, TALLEST) : 0)));
    if (length > SHORTEST && width > widest) [best, widest] = [k, width];
  }
  return Math.sqrt(points[best].scale * points[best + 1].scale);
}

/** @param {number} width @param {number} height */
function frameOf(width, height) {
  const frame = { left: 46, top: 30, right: width - 14, bottom: height - 40 };
  return { frame, x: logarithmicScale(scaleRange, [frame.left, frame.right]) };
}

/**
 * The scale under a pixel.
 *
 * @param {number} width
 * @param {number} across
 */
export function scaleUnder(width, across) {
  const { x } = frameOf(width, 100);
  return Number(Math.min(scaleRange[1], Math.max(scaleRange[0], x.invert(across))).toPrecision(3));
}

/**
 * The distance from the truth.
 *
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {Sweep} sweep
 */
export function drawErrors(surface, palette, { points, now }) {
  const { frame, x } = frameOf(surface.width, surface.height);
  const errors = [...points, ...(now ? [now] : [])].map(({ error }) => Math.max(error, LEAST_ERROR)).filter(Number.isFinite);
  const low = 10 ** Math.floor(Math.log10(Math.min(0.1, ...errors)) + 1e-9);
  const high = Math.max(1, ...errors) * 1.3;
  const y = logarithmicScale([low, high], [frame.bottom, frame.top]);
  drawAxes(surface, palette, { frame, x, y, xName: "scale α of the start", xTicks: 5, yTicks: 4 });
  /** @param {SweepPoint} point */
  const down = ({ error }) => y.at(Math.max(error, LEAST_ERROR));
  curve(surface, palette, points.map((point) => x.at(point.scale)), points.map(down), []);
  mark(surface, palette, frame, now && { across: x.at(now.scale), downs: [down(now)], scale: now.scale });
}

/**
 * Both norms, over the smallest that any solution has.
 *
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {Sweep} sweep
 */
export function drawNorms(surface, palette, { points, now, least }) {
  const { frame, x } = frameOf(surface.width, surface.height);
  /** @param {SweepPoint} point */
  const ratios = ({ l1, l2 }) => [l1 / least.l1, l2 / least.l2];
  const seen = [...points, ...(now ? [now] : [])].flatMap(ratios).filter(Number.isFinite);
  const high = Math.min(Math.max(1.5, ...seen), 6);
  const y = linearScale([1 - 0.04 * (high - 1), 1 + 1.12 * (high - 1)], [frame.bottom, frame.top]);
  drawAxes(surface, palette, { frame, x, y, xName: "scale α of the start", xTicks: 5, yTicks: 4 });
  const across = points.map((point) => x.at(point.scale));
  [[], [7, 4]].forEach((dash, which) => {
    const downs = points.map((point) => y.at(ratios(point)[which]));
    surface.clip(frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top, () =>
      curve(surface, palette, across, downs, dash),
    );
    labelOf(surface, palette, frame, which, across, downs);
  });
  const downs = now ? ratios(now).map(y.at).filter((down) => down >= frame.top - 1) : [];
  mark(surface, palette, frame, now && { across: x.at(now.scale), downs, scale: now.scale });
}

/**
 * The name of a norm, beside the end of its curve where it is large.
 *
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {{left: number, right: number, top: number, bottom: number}} frame
 * @param {number} which 0 for Σ|x|, 1 for the Euclidean norm.
 * @param {number[]} across
 * @param {number[]} downs
 */
function labelOf(surface, palette, frame, which, across, downs) {
  if (across.length < 2) return;
  const words = which === 0 ? "Σ |xᵢ|" : "√ Σ xᵢ²";
  // Points begin at the largest scale; a curve that leaves the chart is named where it does.
  const seen = Array.from(downs.keys()).filter((k) => downs[k] >= frame.top + 4);
  if (seen.length === 0) return;
  const end = which === 0 ? seen[0] : seen[seen.length - 1];
  const down = Math.min(Math.max(downs[end], frame.top + 20), frame.bottom - 14);
  surface.text(across[end] + (which === 0 ? -6 : 6), down - 9, words, {
    ...{ fill: palette.prediction, size: 13, baseline: "bottom", halo: palette.background },
    anchor: which === 0 ? "end" : "start",
  });
}

/**
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {number[]} across
 * @param {number[]} downs
 * @param {number[]} dash
 */
function curve(surface, palette, across, downs, dash) {
  surface.polyline(across, downs, { stroke: palette.prediction, width: 2.2, dash });
}

/**
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {{top: number, bottom: number}} frame
 * @param {{across: number, downs: number[], scale: number} | null} at
 */
function mark(surface, palette, frame, at) {
  if (!at) return;
  surface.line(at.across, frame.top - 6, at.across, frame.bottom, { stroke: palette.accent, width: 1.5 });
  for (const down of at.downs) {
    if (Number.isFinite(down)) surface.circle(at.across, down, 5, { fill: palette.background, stroke: palette.prediction, width: 3 });
  }
  surface.text(at.across, frame.top - 7, `α = ${plain(at.scale)}`, {
    ...{ fill: palette.accent, size: 12, bold: true, baseline: "bottom", halo: palette.background },
    anchor: at.scale > 1e-2 ? "end" : at.scale < 1e-9 ? "start" : "middle",
  });
}
