/** Three pictures of a race: where x goes, how far it is from solving, and where on the solutions each method ends. */

import { drawAxes } from "../../drawing/axes.js";
import { sizeFor, widthOf } from "../../drawing/lettering.js";
import { plain } from "../../drawing/numbers.js";
import { linearScale, logarithmicScale } from "../../drawing/scales.js";
import { dot, norm } from "../../mathematics/vectors.js";
import { MOST_STEPS, TOLERANCE } from "./contest.js";

/**
 * @typedef {import("../../types.js").Surface} Surface
 * @typedef {import("../../types.js").Palette} Palette
 * @typedef {import("./contest.js").Contest} Contest
 * @typedef {import("./contest.js").Runner} Runner
 * @typedef {import("../../types.js").Scale} Scale
 *
 * Scales of the picture, and where on them a point of all unknowns is.
 * @typedef {{x: Scale, y: Scale, frame: import("../../drawing/axes.js").Frame,
 *   of: (point: Float64Array) => [number, number]}} Plane
 */

// A path that swings out is shown whole, unless the solutions would become small beside it.
const MOST_DETOUR = 1.7;

/**
 * The colour of a method: gradient flow, which all others are compared with, has that of words.
 * @param {Palette} palette
 * @param {number} place
 */
export function colourOf(palette, place) {
  return place === 0 ? palette.ink : palette.series[place];
}

/**
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {Contest} contest
 */
export function drawPaths(surface, palette, contest) {
  const isPlane = contest.system.unknowns === 2;
  const plane = isPlane ? drawTwoUnknowns(surface, palette, contest) : drawProjection(surface, palette, contest);
  const { x, y, frame } = plane;
  surface.clip(frame.left, frame.top - 4, frame.right - frame.left, frame.bottom - frame.top + 8, () => {
    for (const { name, trace, place } of contest.runners) {
      const colour = colourOf(palette, place);
      const [across, down] = [trace.across.map(x.at), trace.up.map((up) => y.at(Math.min(up, 1e6)))];
      // Adam and sign descent often walk one way: the wider shows beneath the other.
      surface.polyline(across, down, { stroke: colour, width: name === "adam" ? 5 : 2 });
      const last = across.length - 1;
      surface.circle(across[last], down[last], 5, { fill: colour, stroke: palette.background, width: 1.5 });
    }
  });
  const [across, down] = plane.of(contest.start);
  surface.circle(across, down, 5, { fill: palette.background, stroke: palette.ink, width: 2 });
  surface.text(across + 9, down + 4, "start", {
    fill: palette.ink,
    size: 13,
    baseline: "top",
    halo: palette.background,
  });
  if (contest.limit.status === "converged") drawDiamond(surface, palette, ...plane.of(contest.limit.x), 9);
}

/**
 * The plane of two unknowns, with the line of solutions.
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {Contest} contest
 * @returns {Plane}
 */
function drawTwoUnknowns(surface, palette, { system, shortest, sparsest, start, limit, runners }) {
  const ends = runners.filter(({ status }) => status() !== "diverged").map(({ x }) => x());
  const seen = [new Float64Array(2), shortest, sparsest, start, limit.x, ...ends].filter((x) =>
    x.every(Number.isFinite),
  );
  const reach = Math.max(...seen.flatMap((x) => [...x]).map(Math.abs));
  const centre = [0, 1].map((i) => (Math.min(...seen.map((x) => x[i])) + Math.max(...seen.map((x) => x[i]))) / 2);
  const near = Math.max(...[0, 1].map((i) => Math.max(...seen.map((x) => Math.abs(x[i] - centre[i]))))) * 1.25 || reach;
  const half = Math.max(near, Math.min(1.05 * farthest(runners, centre), MOST_DETOUR * near));
  const size = Math.min(surface.width - 60, surface.height - 70);
  const frame = { left: 44, top: 26, right: 44 + (surface.width - 60), bottom: 26 + size };
  const wide = half * ((frame.right - frame.left) / size);
  const x = linearScale([centre[0] - wide, centre[0] + wide], [frame.left, frame.right]);
  const y = linearScale([centre[1] - half, centre[1] + half], [frame.bottom, frame.top]);
  drawAxes(surface, palette, { frame, x, y, xName: "first unknown x₁", yName: "second unknown x₂" });
  const along = [-system.A[1], system.A[0]].map((entry) => entry / Math.hypot(system.A[0], system.A[1]));
  const far = 4 * wide;
  surface.clip(frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top, () => {
    const [near, other] = [-far, far].map((way) => [shortest[0] + way * along[0], shortest[1] + way * along[1]]);
    surface.line(x.at(near[0]), y.at(near[1]), x.at(other[0]), y.at(other[1]), {
      stroke: palette.faint,
      width: 5,
      opacity: 0.6,
    });
  });
  const apart = Math.hypot(x.at(sparsest[0]) - x.at(shortest[0]), y.at(sparsest[1]) - y.at(shortest[1]));
  for (const [point, words] of named(shortest, sparsest, apart > 20)) {
    surface.circle(x.at(point[0]), y.at(point[1]), 3.5, { fill: palette.ghost });
    const lettering = { fill: palette.muted, size: 12, halo: palette.background };
    surface.text(x.at(point[0]) + 8, y.at(point[1]) - 8, words, lettering);
  }
  return { x, y, frame, of: (point) => [x.at(point[0]), y.at(point[1])] };
}

/**
 * The two solutions that everybody knows, and their names; one mark has both where the words would overlap.
 * @template T
 * @param {T} shortest
 * @param {T} sparsest
 * @param {boolean} areApart
 * @returns {[T, string][]}
 */
function named(shortest, sparsest, areApart) {
  if (!areApart) return [[sparsest, "shortest and sparsest"]];
  return [
    [shortest, "shortest"],
    [sparsest, "sparsest"],
  ];
}

/**
 * How far the paths of two unknowns go from a point, along either.
 * @param {Runner[]} runners
 * @param {number[]} centre
 */
function farthest(runners, centre) {
  let most = 0;
  for (const { status, trace } of runners) {
    if (status() === "diverged") continue;
    for (const across of trace.across) most = Math.max(most, Math.abs(across - centre[0]));
    for (const up of trace.up) most = Math.max(most, Math.abs(up - centre[1]));
  }
  return most;
}

/**
 * Many unknowns: along the solutions from the shortest to the sparsest one, and how far from solving.
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {Contest} contest
 * @returns {Plane}
 */
function drawProjection(surface, palette, contest) {
  const { along } = contest;
  const far = (/** @type {Float64Array} */ point) => misfit(contest, point);
  let [low, high] = [Math.min(0, along(contest.sparsest)), Math.max(0, along(contest.sparsest))];
  for (const { status, trace } of contest.runners) {
    if (status() === "diverged") continue;
    for (const across of trace.across) [low, high] = [Math.min(low, across), Math.max(high, across)];
  }
  const frame = { left: 44, top: 26, right: surface.width - 16, bottom: surface.height - 44 };
  const room = 0.08 * (high - low || 1);
  const x = linearScale([low - room, high + room], [frame.left, frame.right]);
  const y = linearScale([0, 1.15 * Math.max(1, far(contest.start))], [frame.bottom, frame.top]);
  const way = "from the shortest (0) to the sparsest";
  const xName = surface.width < 420 ? way : `along the solutions, ${way}`;
  drawAxes(surface, palette, { frame, x, y, xName, yName: "how far from solving, ‖Ax − b‖/‖b‖" });
  surface.line(frame.left, frame.bottom, frame.right, frame.bottom, { stroke: palette.faint, width: 5, opacity: 0.6 });
  const end = along(contest.sparsest);
  for (const [place, words] of named(0, end, Math.abs(x.at(end) - x.at(0)) > 60)) {
    surface.circle(x.at(place), frame.bottom, 3.5, { fill: palette.ghost });
    const lettering = {
      fill: palette.muted,
      size: 12,
      halo: palette.background,
      anchor: /** @type {const} */ ("middle"),
    };
    surface.text(x.at(place), frame.bottom - 10, words, lettering);
  }
  return { x, y, frame, of: (point) => [x.at(along(point)), y.at(far(point))] };
}

/**
 * ‖Ax − b‖/‖b‖; ‖Ax‖ where b is 0.
 * @param {Contest} contest
 * @param {Float64Array} x
 */
function misfit({ system }, x) {
  const { A, b, equations, unknowns } = system;
  let sum = 0;
  for (let i = 0; i < equations; i += 1) sum += (dot(A.subarray(i * unknowns, (i + 1) * unknowns), x) - b[i]) ** 2;
  return Math.sqrt(sum) / (norm(b) || 1);
}

/**
 * How far from solving, against steps.
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {Contest} contest
 */
export function drawLosses(surface, palette, { runners }) {
  const frame = { left: 46, top: 26, right: surface.width - 14, bottom: surface.height - 44 };
  const steps = runners.map(({ trace }) => trace.steps[trace.steps.length - 1]);
  const last = Math.min(
    MOST_STEPS,
    Math.max(100, ...steps.map((count) => 10 ** Math.ceil(Math.log10(Math.max(count, 1))))),
  );
  const x = logarithmicScale([1, last], [frame.left, frame.right]);
  const y = logarithmicScale([TOLERANCE / 3, 30], [frame.bottom, frame.top]);
  drawAxes(surface, palette, {
    frame,
    x,
    y,
    yTicks: 5,
    xName: "steps (flow: time over step size)",
    yName: "how far from solving, ‖Ax − b‖/‖b‖",
  });
  surface.clip(frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top, () => {
    for (const { trace, place } of runners) {
      const [across, down] = envelope(trace, x, y);
      surface.polyline(across, down, { stroke: colourOf(palette, place), width: 2 });
    }
  });
}

/**
 * The course of a residual, of each pixel its largest value, as methods that hover would cover the picture; and its end.
 * @param {import("./contest.js").Trace} trace
 * @param {import("../../types.js").Scale} x
 * @param {import("../../types.js").Scale} y
 * @returns {[number[], number[]]}
 */
function envelope({ steps, residuals }, x, y) {
  /** @type {[number[], number[]]} */
  const [across, down] = [[], []];
  for (let k = 1; k < steps.length; k += 1) {
    const [pixel, height] = [Math.round(x.at(Math.max(steps[k], 0.5))), y.at(Math.max(residuals[k], TOLERANCE / 10))];
    const last = across.length - 1;
    if (last >= 0 && across[last] === pixel) down[last] = Math.min(down[last], height);
    else across.push(pixel) && down.push(height);
  }
  if (across.length > 0) {
    across.push(across[across.length - 1]);
    down.push(y.at(Math.max(residuals[residuals.length - 1], TOLERANCE / 10)));
  }
  return [across, down];
}

/**
 * The solutions, seen from so near that the ends come apart: each end, its prediction, and that of gradient flow.
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {Contest} contest
 */
export function drawEnds(surface, palette, contest) {
  const { along } = contest;
  const settled = contest.runners.filter(({ status }) => status() !== "diverged");
  const predicted = contest.limit.status === "converged" ? [contest.limit.x] : [];
  const places = [...settled.map(({ x }) => along(x())), ...predicted.map(along)];
  const whole = Math.abs(along(contest.sparsest)) || 1;
  const middle = (Math.min(...places) + Math.max(...places)) / 2;
  const half = Math.max(0.65 * (Math.max(...places) - Math.min(...places)), 0.004 * whole);
  const frame = { left: 18, right: surface.width - 18 };
  const x = linearScale([middle - half, middle + half], [frame.left, frame.right]);
  const [axis, rows] = [surface.height - 48, 17];
  const name = {
    fill: palette.muted,
    size: 12,
    anchor: /** @type {const} */ ("end"),
    baseline: /** @type {const} */ ("top"),
  };
  const words = "0 is the shortest solution, sparser to the right";
  surface.text(frame.right, axis + 28, words, { ...name, size: sizeFor(words, name.size, frame.right) });
  surface.line(frame.left, axis, frame.right, axis, { stroke: palette.faint, width: 5, opacity: 0.6 });
  for (const { value, label } of x.ticks(Math.max(2, Math.floor(surface.width / 110)))) {
    surface.line(x.at(value), axis + 3, x.at(value), axis + 8, { stroke: palette.muted });
    const lettering = { fill: palette.muted, size: 12, baseline: /** @type {const} */ ("top") };
    surface.text(x.at(value), axis + 11, label, { ...lettering, anchor: "middle" });
  }
  for (const x0 of predicted) drawDiamond(surface, palette, x.at(along(x0)), axis, 8);
  /** @type {[number, number][][]} */
  const taken = [];
  for (const runner of [...settled].sort((one, other) => along(one.x()) - along(other.x()))) {
    const colour = colourOf(palette, runner.place);
    const across = x.at(along(runner.x()));
    const width = widthOf(runner.title, 12);
    const anchor = across + width > frame.right ? "end" : "start";
    const row = firstFree(
      taken,
      anchor === "end" ? [across - width - 8, across + 4] : [across - 4, across + width + 8],
    );
    const up = axis - 16 - rows * row;
    surface.line(across, axis, across, up + 4, { stroke: colour, width: 1 });
    if (runner.corrected) {
      surface.circle(x.at(along(runner.corrected)), axis, 8, { stroke: colour, width: 2.5, fill: palette.background });
    }
    surface.circle(across, axis, 4.5, { fill: colour });
    surface.text(across + (anchor === "end" ? -4 : 4), up, runner.title, {
      fill: colour,
      size: 12,
      bold: true,
      anchor,
    });
  }
}

/**
 * The lowest row in which words from one pixel to another touch none that are there; they are put there.
 * @param {[number, number][][]} taken
 * @param {[number, number]} wanted
 */
function firstFree(taken, wanted) {
  let row = 0;
  while (taken[row]?.some(([from, to]) => from < wanted[1] && wanted[0] < to)) row += 1;
  taken[row] = [...(taken[row] ?? []), wanted];
  return row;
}

/**
 * What the theorem says.
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {number} across
 * @param {number} down
 * @param {number} size
 */
function drawDiamond(surface, palette, across, down, size) {
  const xs = [across - size, across, across + size, across];
  const ys = [down, down - size, down, down + size];
  surface.polygon(xs, ys, { fill: palette.background, stroke: palette.prediction, width: 2.5 });
}

/**
 * A distance as a reader reads it.
 * @param {number} value
 */
export function distanceWords(value) {
  return Number.isFinite(value) ? plain(value, 2) : "–";
}
