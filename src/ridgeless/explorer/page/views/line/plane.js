/** The plane of the two unknowns: the line of solutions, and the level set of Φ that touches it where training ends. */

import { withOpacity } from "../../drawing/colours.js";
import { plain } from "../../drawing/numbers.js";
import { levelSets, lineInSquare, predictedPath } from "./geometry.js";

/**
 * @typedef {import("../../types.js").Surface} Surface
 * @typedef {import("../../types.js").Palette} Palette
 * @typedef {import("./scene.js").Scene} Scene
 * @typedef {import("./geometry.js").Curve} Curve
 *
 * @typedef {object} Training What has been run so far.
 * @property {Curve} path
 * @property {Float64Array | null} end Where it has ended; null while it runs, and where it does not solve the equation.
 */

const ENDS = "training ends here";
const FRACTIONS = [0.2, 0.4, 0.6, 0.8, 1];

/**
 * Pixels of a square picture whose centre is the origin.
 * @param {number} size
 * @param {number} half Half the side of the square that is seen, in units of x.
 */
export function viewOf(size, half) {
  const unit = size / (2 * half);
  return {
    half,
    unit,
    across: (/** @type {number} */ x) => size / 2 + unit * x,
    down: (/** @type {number} */ y) => size / 2 - unit * y,
    point: (/** @type {number} */ across, /** @type {number} */ down) =>
      /** @type {[number, number]} */ ([(across - size / 2) / unit, (size / 2 - down) / unit]),
  };
}

/** @typedef {ReturnType<typeof viewOf>} PlaneView */

/**
 * How much of the plane is seen: a square that holds both ends of training, and the line where it is closest to the
 * origin.
 * @param {Scene} scene
 */
export function halfSideOf(scene) {
  const distance = Math.hypot(scene.shortest[0], scene.shortest[1]);
  // One window for all lines at an ordinary distance: a picture that is zoomed while it is dragged cannot be read.
  const half = 1.62 * (distance > 0 && distance < 0.05 ? 2 * distance : Math.max(1, distance / 1.2));
  const ends = scene.limit.status === "converged" ? [...scene.start, ...scene.limit.x] : scene.start;
  return Math.max(half, ...Array.from(ends, (x) => 1.2 * Math.abs(x)));
}

/**
 * The curves of a scene, which stay while training runs across them.
 * @param {Scene} scene
 * @param {PlaneView} view
 * @returns {Curves | null} Null where training cannot reach the line.
 *
 * @typedef {{levels: Curve[], path: Curve | null}} Curves In units of x; the levels from the smallest to that which
 *   touches.
 */
export function curvesOf(scene, view) {
  const { potential, start, limit, system } = scene;
  if (limit.status !== "converged") return null;
  const levels = FRACTIONS.map((share) =>
    potential.value(Float64Array.of(...[0, 1].map((i) => start[i] + share * (limit.x[i] - start[i])))),
  );
  const reach = 4 * view.half + 2 * Math.hypot(start[0], start[1]);
  const path = predictedPath(potential, system.A, limit.dual[0], 3 / view.unit);
  const last = path.xs.length - 1;
  // From ν alone, deep networks with tiny starts lose the digits of x; the limit itself has them.
  const whole = Math.hypot(path.xs[last] - limit.x[0], path.ys[last] - limit.x[1]) < 1 / view.unit;
  return { levels: levelSets(potential, start, levels, reach), path: whole ? path : null };
}

/**
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {Scene} scene
 * @param {PlaneView} view
 * @param {Curves | null} curves
 * @param {Training} training
 */
export function drawPlane(surface, palette, scene, view, curves, training) {
  surface.rectangle(0, 0, surface.width, surface.height, { fill: palette.panel });
  drawGrid(surface, palette, view);
  drawLocked(surface, palette, scene, view);
  if (curves) drawLevels(surface, palette, curves, view);
  drawSolutions(surface, palette, scene, view);
  if (curves) drawGhosts(surface, palette, scene, view);
  if (curves?.path) {
    const { xs, ys } = inPixels(curves.path, view);
    surface.polyline(xs, ys, { stroke: palette.prediction, width: 2.5, dash: [0.1, 6], cap: "round" });
  }
  drawTraining(surface, palette, view, training);
  drawEnds(surface, palette, scene, view, training);
}

/**
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {PlaneView} view
 */
function drawGrid(surface, palette, view) {
  const { width, height } = surface;
  const power = 10 ** Math.floor(Math.log10(view.half));
  const step = power * (view.half / power > 4 ? 2 : view.half / power > 1.2 ? 1 : 0.5);
  const style = { stroke: palette.grid, width: 1 };
  const lettering = { fill: palette.muted, size: 12 };
  for (let k = -Math.floor(view.half / step); k * step <= view.half; k += 1) {
    const at = k * step;
    surface.line(view.across(at), 0, view.across(at), height, style);
    surface.line(0, view.down(at), width, view.down(at), style);
    if (k === 0 || Math.abs(at) > 0.93 * view.half) continue;
    // Where the corners of the level sets and the mark of the sparsest solution are not.
    const [way, side] = at > 0 ? [5, /** @type {const} */ ("start")] : [-5, /** @type {const} */ ("end")];
    surface.text(view.across(at) + way, view.down(0) + 5, plain(at), { ...lettering, anchor: side, baseline: "top" });
    surface.text(8, view.down(at) - 4, plain(at), { ...lettering, anchor: "start", baseline: "bottom" });
  }
  const axis = { stroke: palette.faint, width: 1.25 };
  surface.line(0, view.down(0), width, view.down(0), axis);
  surface.line(view.across(0), 0, view.across(0), height, axis);
  const name = { fill: palette.ink, size: 17, italic: true };
  surface.text(width - 8, view.down(0) + 21, "x₁", { ...name, anchor: "end" });
  surface.text(view.across(0) + 9, 20, "x₂", name);
}

/**
 * Hatches the part of the plane that a locked sign keeps training out of.
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {Scene} scene
 * @param {PlaneView} view
 */
function drawLocked(surface, palette, scene, view) {
  const { width, height } = surface;
  const [middle, level] = [view.across(0), view.down(0)];
  const { signs, frozen } = scene.potential;
  /** @type {[number, number, number, number, string, number][]} */
  const shut = [];
  const words = ["x₁ cannot be negative", "x₂ cannot be negative", "x₁ cannot be positive", "x₂ cannot be positive"];
  if (frozen[0] || signs[0] > 0) shut.push([0, 0, middle, height, frozen[0] ? "x₁ cannot leave 0" : words[0], 0]);
  if (frozen[0] || signs[0] < 0) shut.push([middle, 0, width - middle, height, frozen[0] ? "" : words[2], 0]);
  if (frozen[1] || signs[1] > 0)
    shut.push([0, level, width, height - level, frozen[1] ? "x₂ cannot leave 0" : words[1], 1]);
  if (frozen[1] || signs[1] < 0) shut.push([0, 0, width, level, frozen[1] ? "" : words[3], 1]);
  for (const [x, y, breadth, length, label, coordinate] of shut) {
    surface.clip(x, y, breadth, length, () => {
      surface.rectangle(x, y, breadth, length, { fill: withOpacity(palette.warning, 0.05) });
      const style = { stroke: withOpacity(palette.warning, 0.28), width: 1 };
      for (let shift = -height; shift < width; shift += 12) surface.line(shift, height, shift + height, 0, style);
    });
    const lettering = { fill: palette.warning, size: 13, bold: true, halo: palette.panel };
    if (coordinate === 0) surface.text(x + 10, height - 14, label, lettering);
    else surface.text(width - 10, y + (y === 0 ? 22 : length - 34), label, { ...lettering, anchor: "end" });
  }
  [0, 1].forEach((i) => {
    if (!signs[i] && !frozen[i]) return;
    const style = { stroke: palette.warning, width: 2 };
    if (i === 0) surface.line(middle, 0, middle, height, style);
    else surface.line(0, level, width, level, style);
  });
}

/**
 * Level sets of Φ: the outermost passes through the limit, the others through points on the way from the start to it.
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {Curves} curves
 * @param {PlaneView} view
 */
function drawLevels(surface, palette, curves, view) {
  const drawn = curves.levels.map((curve) => inPixels(curve, view)).reverse();
  drawn.forEach(({ xs, ys }, inner) => {
    surface.polygon(xs, ys, { fill: withOpacity(palette.prediction, 0.085) });
    if (inner > 0) surface.polygon(xs, ys, { stroke: withOpacity(palette.prediction, 0.3), width: 1 });
  });
  surface.polygon(drawn[0].xs, drawn[0].ys, { stroke: palette.prediction, width: 2.5 });
}

/**
 * @param {Curve} curve
 * @param {PlaneView} view
 */
const inPixels = ({ xs, ys }, view) => ({ xs: xs.map(view.across), ys: ys.map(view.down) });

/**
 * The line of solutions, with its equation along it.
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {Scene} scene
 * @param {PlaneView} view
 */
function drawSolutions(surface, palette, scene, view) {
  const [row, [rhs]] = [scene.system.A, scene.system.b];
  const ends = lineInSquare(row, rhs, view.half);
  if (ends === null) return;
  const [from, to] = ends.map(([x, y]) => [view.across(x), view.down(y)]).sort((p, q) => p[0] - q[0]);
  surface.line(from[0], from[1], to[0], to[1], { stroke: palette.ink, width: 4 });
  const turn = (Math.atan2(from[1] - to[1], to[0] - from[0]) * 180) / Math.PI;
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const along = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
  // Above the line, beside the handle at the end that is farther from where training ends.
  const { x } = scene.limit;
  const reached = (view.across(x[0]) - from[0]) * along[0] + (view.down(x[1]) - from[1]) * along[1];
  const atEnd = !(reached > length / 2);
  const [left, right] = gripsOf(scene, view)
    .map(([x1, x2]) => [view.across(x1), view.down(x2)])
    .sort((p, q) => p[0] - q[0]);
  const [grip, back] = atEnd ? [right, -16] : [left, 16];
  surface.text(
    grip[0] + back * along[0] + 9 * along[1],
    grip[1] + back * along[1] - 9 * along[0],
    equationText(row, rhs),
    {
      fill: palette.ink,
      size: surface.width < 460 ? 13 : 15,
      turn,
      halo: palette.panel,
      anchor: atEnd ? "end" : "start",
    },
  );
}

/**
 * Where the line is taken to be turned: near both of its ends.
 * @param {Scene} scene
 * @param {PlaneView} view
 */
export function gripsOf({ system }, view) {
  return lineInSquare(system.A, system.b[0], 0.87 * view.half) ?? [];
}

/**
 * An equation as it is written: 2x₁ − x₂ = 3.
 * @param {ArrayLike<number>} row
 * @param {number} rhs
 */
function equationText(row, rhs) {
  const terms = ["x₁", "x₂"].map((name, i) => {
    const size = Math.abs(row[i]);
    return row[i] === 0 ? "" : `${size === 1 ? "" : plain(size)}${name}`;
  });
  const left = terms[0] === "" ? `${row[1] < 0 ? "−" : ""}${terms[1]}` : `${row[0] < 0 ? "−" : ""}${terms[0]}`;
  const right = terms[0] === "" || terms[1] === "" ? "" : ` ${row[1] < 0 ? "−" : "+"} ${terms[1]}`;
  return `${left}${right} = ${plain(rhs)}`;
}

/**
 * The two solutions that everybody knows, between which the answer slides.
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {Scene} scene
 * @param {PlaneView} view
 */
function drawGhosts(surface, palette, scene, view) {
  const { shortest, sparsest, limit, system } = scene;
  /** @type {[Float64Array, string][]} */
  const ghosts = sparsest.map((point) => [point, "sparsest"]);
  const pixels = (/** @type {Float64Array} */ point) =>
    view.unit * Math.hypot(point[0] - shortest[0], point[1] - shortest[1]);
  // One mark has both names where two would cover each other.
  const same = ghosts.find(([point]) => pixels(point) < 12);
  if (same) same[1] = "shortest and sparsest";
  else ghosts.unshift([shortest, "shortest"]);
  const outward = normalOf(system);
  const ended = [view.across(limit.x[0]), view.down(limit.x[1])];
  const taken = placeOf(surface, ended[0], ended[1], endsOutward(system), ENDS, 15);
  for (const [point, words] of ghosts) {
    const [x, y] = [view.across(point[0]), view.down(point[1])];
    surface.circle(x, y, 6, { fill: palette.panel, stroke: palette.ink, width: 1.75 });
    const away = Math.hypot(x - ended[0], y - ended[1]);
    if (away <= 22) continue;
    // On the inner side where the end, or its words, take the outer one.
    const inward = outward.map((entry) => -entry);
    const sides = away > 34 ? [outward, inward] : [inward];
    const side = sides.find((each) => !touch(placeOf(surface, x, y, each, words, 13), taken));
    if (side) label(surface, x, y, side, words, { fill: palette.muted, size: 13, halo: palette.panel });
  }
}

/**
 * The unit normal of the line, away from the origin, in pixels.
 * @param {import("../../types.js").System} system
 */
function normalOf({ A, b }) {
  const size = Math.hypot(A[0], A[1]) * (b[0] < 0 ? -1 : 1);
  return [A[0] / size, -A[1] / size];
}

/**
 * A little further out, as the mark of the end is larger than those of the other solutions.
 * @param {import("../../types.js").System} system
 */
const endsOutward = (system) => normalOf(system).map((entry) => 1.25 * entry);

/**
 * Words beside a point, on the outer side of the line, and inside the picture.
 * @param {Surface} surface
 * @param {number} x
 * @param {number} y
 * @param {number[]} outward
 * @param {string} words
 * @param {import("../../types.js").Lettering & {size: number}} lettering
 */
function label(surface, x, y, outward, words, lettering) {
  const { across, down, anchor, baseline } = placeOf(surface, x, y, outward, words, lettering.size);
  surface.text(across, down, words, { ...lettering, anchor, baseline });
}

/**
 * Where such words stand, and the pixels from `left` and `top` on that they take.
 * @param {Surface} surface
 * @param {number} x
 * @param {number} y
 * @param {number[]} outward
 * @param {string} words
 * @param {number} size
 */
function placeOf(surface, x, y, outward, words, size) {
  const width = 0.6 * size * words.length;
  let anchor = /** @type {"start" | "middle" | "end"} */ ("middle");
  if (outward[0] > 0.25) anchor = "start";
  else if (outward[0] < -0.25) anchor = "end";
  let [across, down] = [x + 15 * outward[0], y + 15 * outward[1]];
  const left = across - { start: 0, middle: width / 2, end: width }[anchor];
  const inside = Math.min(surface.width - 8 - width, Math.max(8, left));
  // Moved aside, the words would cover the point.
  if (inside !== left) down = y + (outward[1] > 0 ? 26 : -26);
  across += inside - left;
  const baseline = /** @type {"top" | "bottom" | "middle"} */ (
    outward[1] > 0.5 ? "top" : outward[1] < -0.5 ? "bottom" : "middle"
  );
  const top = down - { top: 0, middle: size / 2, bottom: size }[baseline];
  return { across, down, anchor, baseline, left: inside, top, width, height: size };
}

// Words that are nearer to each other than this read as one.
const APART = 4;

/**
 * Whether two rectangles come so near that words in them would run together.
 * @param {{left: number, top: number, width: number, height: number}} one
 * @param {{left: number, top: number, width: number, height: number}} other
 */
function touch(one, other) {
  const beside = one.left + one.width + APART < other.left || other.left + other.width + APART < one.left;
  const above = one.top + one.height + APART < other.top || other.top + other.height + APART < one.top;
  return !beside && !above;
}

/**
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {PlaneView} view
 * @param {Training} training
 */
function drawTraining(surface, palette, view, training) {
  const { xs, ys } = inPixels(training.path, view);
  surface.polyline(xs, ys, { stroke: palette.training, width: 3, cap: "round" });
}

/**
 * Where training begins, where it is now, and where it ends.
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {Scene} scene
 * @param {PlaneView} view
 * @param {Training} training
 */
function drawEnds(surface, palette, scene, view, training) {
  const { start, limit, system } = scene;
  const [x0, y0] = [view.across(start[0]), view.down(start[1])];
  surface.circle(x0, y0, 5, { fill: palette.ink, stroke: palette.panel, width: 1.5 });
  const aside = system.b[0] * system.A[0] < 0 ? 9 : -9;
  surface.text(x0 + aside, y0 + 5, "start", {
    fill: palette.ink,
    size: 13,
    anchor: aside > 0 ? "start" : "end",
    baseline: "top",
  });
  if (limit.status === "converged") {
    const [x, y] = [view.across(limit.x[0]), view.down(limit.x[1])];
    surface.circle(x, y, 10, { fill: palette.panel, stroke: palette.prediction, width: 4 });
    const lettering = { fill: palette.prediction, size: 15, bold: true, halo: palette.panel };
    label(surface, x, y, endsOutward(system), ENDS, lettering);
  }
  const last = training.path.xs.length - 1;
  if (last < 0) return;
  const [x, y] = [view.across(training.path.xs[last]), view.down(training.path.ys[last])];
  surface.circle(x, y, 5.5, { fill: palette.training, stroke: palette.panel, width: 1 });
}
