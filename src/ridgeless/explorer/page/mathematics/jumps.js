/**
 * Training from a vanishing start, from saddle to saddle: which coordinate leaves 0, and when.
 *
 * With time counted in log(1/scale) at depth 2, or in scale^(2−D) beyond, training rests on saddles. There s = Aᵀν
 * moves with the speed u = Aᵀ(b − Ax); when s_i reaches the edge of its box, coordinate i may leave 0, and x jumps to
 * the least-squares fit on the coordinates at their edges, each on its own side of 0. The last saddle solves Ax = b at
 * the least weighted ℓ1 norm (Pesme and Flammarion 2023, arXiv 2304.00488, Algorithm 1; in general Zhao et al. 2026,
 * arXiv 2607.12332).
 */

import { appendColumn, coefficients, dualStep, fitted, noColumns, removeColumns } from "./active_columns.js";
import { addScaled, dot, norm } from "./vectors.js";

/** @typedef {import("./row_space.js").LinearSystem} LinearSystem */

/**
 * The edges −negative ≤ s ≤ positive at which coordinates leave 0; Infinity where a sign is locked out.
 * @typedef {{positive: Float64Array, negative: Float64Array}} Box
 */

/**
 * The saddles in the order of time.
 * @typedef {object} SaddlePath
 * @property {number[]} at the time at which each is reached; 0 for the first one, x = 0
 * @property {number[]} coordinate the coordinate whose arrival led to it; −1 for the first
 * @property {Float64Array[]} points the saddles
 * @property {number[]} residuals ‖Ax − b‖ on each
 * @property {Float64Array} x the last saddle
 * @property {Float64Array} dual ν when it is reached
 * @property {boolean} isSolved whether the last saddle solves Ax = b
 */

// A relative residual that cannot be reduced further, and a sum that is rounding beside its terms.
const SOLVED = 1e-13;
const ROUNDING = 1e-14;
const FINE = 1e-12;
// A path that takes more jumps per equation goes in a circle.
const MOST_JUMPS_PER_EQUATION = 40;
const REFINEMENTS = 2;

/**
 * The box of the start with every weight at one small scale: of x₀ = 0, with no sign locked where the network allows.
 * @param {{name: string, depth: number}} network of depth 2 or more
 * @param {number} unknowns
 * @returns {Box}
 */
export function boxOf(network, unknowns) {
  const edge = edgeOf(network);
  const isPositive = network.name === "Power";
  return {
    positive: new Float64Array(unknowns).fill(edge),
    negative: new Float64Array(unknowns).fill(isPositive ? Infinity : edge),
  };
}

/**
 * How far Aᵀν has to go until a coordinate leaves 0, in units of log(1/scale) or scale^(2−D).
 * @param {{name: string, depth: number}} network
 * @returns {number}
 */
function edgeOf({ name, depth }) {
  const isPair = name === "Product" || name === "TwoBranch";
  // u = scale·exp(2z) reaches 1 at z = log(1/scale)/2; a pair of layers grows by exp(z) only.
  if (depth === 2) return isPair ? 1 : 1 / 2;
  if (name === "TwoBranch") return 1 / (depth - 2);
  if (name === "Product") return integralOfLayers(depth);
  return 1 / (depth * (depth - 2));
}

/**
 * ∫₀^∞ dc/(1 + c²)^((L−1)/2): the z at which x = c·(1 + c²)^((L−1)/2), from layers (1, …, 1, 0), becomes infinite.
 * @param {number} depth L, a whole number of at least 3
 * @returns {number}
 */
function integralOfLayers(depth) {
  // I(L) = (L − 4)/(L − 3)·I(L − 2), from I(3) = π/2 and I(4) = 1.
  let value = depth % 2 === 1 ? Math.PI / 2 : 1;
  for (let layers = depth % 2 === 1 ? 5 : 6; layers <= depth; layers += 2) value *= (layers - 4) / (layers - 3);
  return value;
}

/**
 * The unit of time of a start: t = s·log(1/scale) at depth 2, s·scale^(2−D) beyond, for the loss ½‖Ax − b‖².
 * @param {number} depth
 * @param {number} scale
 */
export function unitOfTime(depth, scale) {
  return depth === 2 ? Math.log(1 / scale) : scale ** (2 - depth);
}

/**
 * Times at which training from a small start leaves each saddle for the next one.
 * @param {SaddlePath} path
 * @param {number} depth
 * @param {number} scale
 * @returns {number[]}
 */
export function jumpTimes(path, depth, scale) {
  return path.at.slice(1).map((at) => at * unitOfTime(depth, scale));
}

/**
 * The saddles of training from a vanishing start, from x = 0 to a solution of Ax = b.
 * @param {LinearSystem} system
 * @param {Box} box
 * @returns {SaddlePath}
 */
export function saddleToSaddle(system, box) {
  const state = atRest(system, box);
  const most = MOST_JUMPS_PER_EQUATION * Math.min(system.equations, system.unknowns) + 1000;
  while (!isSolved(state) && state.at.length <= most) {
    const event = nextEvent(state);
    if (event === null) break;
    jump(state, event);
  }
  refine(state);
  return {
    at: state.at,
    coordinate: state.coordinate,
    points: state.points,
    residuals: state.residuals,
    x: state.points[state.points.length - 1],
    dual: state.dual,
    isSolved: isSolved(state),
  };
}

/**
 * @typedef {object} State
 * @property {LinearSystem} system
 * @property {Box} box
 * @property {Float64Array[]} columns
 * @property {number[]} sizes of the columns
 * @property {import("./active_columns.js").ActiveColumns} active
 * @property {Float64Array} values of the active coordinates
 * @property {Int8Array} signs
 * @property {Float64Array} dual ν
 * @property {Uint8Array} isExcluded
 * @property {number[]} blocked
 * @property {number} size ‖b‖
 * @property {number[]} at
 * @property {number[]} coordinate
 * @property {number[]} residuals
 * @property {Float64Array[]} points
 */

/**
 * x = 0, before the first event.
 * @param {LinearSystem} system
 * @param {Box} box
 * @returns {State}
 */
function atRest(system, box) {
  const { A, b, equations, unknowns } = system;
  const columns = Array.from({ length: unknowns }, (_, j) =>
    Float64Array.from({ length: equations }, (_entry, i) => A[i * unknowns + j]),
  );
  return {
    system,
    box,
    columns,
    sizes: columns.map(norm),
    active: noColumns(b),
    values: new Float64Array(0),
    signs: new Int8Array(unknowns),
    dual: new Float64Array(equations),
    isExcluded: new Uint8Array(unknowns),
    blocked: [],
    size: norm(b),
    at: [0],
    coordinate: [-1],
    residuals: [norm(b)],
    points: [new Float64Array(unknowns)],
  };
}

/** @param {State} state */
function isSolved(state) {
  return state.residuals[state.residuals.length - 1] <= SOLVED * state.size;
}

/**
 * The first arrival of a coordinate of s = Aᵀν, which moves with the speed Aᵀ(b − Ax), at an edge; null if none moves.
 * @param {State} state
 * @returns {{delay: number, index: number, sign: number} | null}
 */
function nextEvent(state) {
  const { columns, sizes, box, dual, active, isExcluded, size } = state;
  let first = null;
  for (let j = 0; j < columns.length; j += 1) {
    if (isExcluded[j]) continue;
    const speed = dot(columns[j], active.misfit);
    if (Math.abs(speed) <= ROUNDING * size * sizes[j]) continue;
    const s = dot(columns[j], dual);
    const way = speed > 0 ? box.positive[j] - s : box.negative[j] + s;
    const delay = Math.max(way / Math.abs(speed), 0);
    if (delay < (first === null ? Infinity : first.delay)) first = { delay, index: j, sign: Math.sign(speed) };
  }
  return first;
}

/**
 * Time advances to the event, and x to the next saddle.
 * @param {State} state
 * @param {{delay: number, index: number, sign: number}} event
 */
function jump(state, { delay, index, sign }) {
  if (delay > 0) {
    addScaled(state.dual, delay, state.active.misfit);
    for (const j of state.blocked) state.isExcluded[j] = 0;
    state.blocked.length = 0;
  }
  state.signs[index] = sign;
  fitWithSigns(state, index);
  state.at.push(state.at[state.at.length - 1] + delay);
  state.coordinate.push(index);
  state.residuals.push(norm(state.active.misfit));
  state.points.push(pointOf(state));
}

/**
 * Least squares under sign constraints by the active-set method of Lawson and Hanson (1974), from the fit before.
 * @param {State} state
 * @param {number} entering
 */
function fitWithSigns(state, entering) {
  if (!activate(state, entering)) return;
  /** @type {number[]} */
  const dropped = [];
  for (;;) {
    const fit = coefficients(state.active);
    const wrong = state.active.index.map((j, position) => fit[position] * state.signs[j] < 0);
    if (wrong.some(Boolean)) {
      dropped.push(...dropAtZero(state, fit, wrong));
      continue;
    }
    state.values = fit;
    const returning = droppedTooEarly(state, dropped);
    if (returning === null || !activate(state, returning)) break;
    dropped.splice(dropped.indexOf(returning), 1);
  }
  // A coordinate removed at its own arrival rests on its edge: it is excluded until time has passed.
  if (dropped.includes(entering)) block(state, entering);
}

/**
 * Makes a coordinate active; false, and blocked until time passes, where its column is dependent.
 * @param {State} state
 * @param {number} index
 */
function activate(state, index) {
  if (!appendColumn(state.active, index, state.columns[index])) {
    block(state, index);
    return false;
  }
  state.values = Float64Array.from([...state.values, 0]);
  state.isExcluded[index] = 1;
  return true;
}

/**
 * Moves towards the fit until the first coordinate is 0; removes those that are 0 there, and returns them.
 * @param {State} state
 * @param {Float64Array} fit
 * @param {boolean[]} wrong
 * @returns {number[]}
 */
function dropAtZero(state, fit, wrong) {
  const { values, active } = state;
  const steps = wrong.map((isWrong, k) => (isWrong ? values[k] / (values[k] - fit[k]) : Infinity));
  const step = Math.min(...steps);
  const moved = values.map((value, k) => value + step * (fit[k] - value));
  const positions = steps.flatMap((way, k) => (wrong[k] && way <= step * (1 + FINE) ? [k] : []));
  const dropped = positions.map((k) => active.index[k]);
  removeColumns(active, positions);
  state.values = moved.filter((_, k) => !positions.includes(k));
  for (const j of dropped) state.isExcluded[j] = 0;
  return dropped;
}

/**
 * The removed coordinate that the residual pushes outwards most, to be active again; null if there is none.
 * @param {State} state
 * @param {number[]} dropped
 * @returns {number | null}
 */
function droppedTooEarly(state, dropped) {
  let [most, found] = [0, /** @type {number | null} */ (null)];
  for (const j of dropped) {
    const push = dot(state.columns[j], state.active.misfit) * state.signs[j] - FINE * state.size * state.sizes[j];
    if (push > most) [most, found] = [push, j];
  }
  return found;
}

/**
 * Excludes a coordinate from the next events until time has passed.
 * @param {State} state
 * @param {number} index
 */
function block(state, index) {
  state.isExcluded[index] = 1;
  state.blocked.push(index);
}

/**
 * Coordinates that are 0 but for rounding leave the last saddle; it and its ν are refined iteratively.
 * @param {State} state
 */
function refine(state) {
  const { active, system, box, signs, columns } = state;
  const largest = state.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const positions = [...state.values.keys()].filter((k) => Math.abs(state.values[k]) <= ROUNDING * largest);
  if (positions.length > 0 && isSolved(state)) {
    removeColumns(active, positions);
    state.values = coefficients(active);
  }
  for (let pass = 0; pass < REFINEMENTS; pass += 1) {
    const residual = Float64Array.from(system.b);
    active.index.forEach((j, k) => addScaled(residual, -state.values[k], columns[j]));
    const change = fitted(active, residual);
    state.values = state.values.map((value, k) => value + change[k]);
    const missing = Float64Array.from(active.index, (j) => {
      const edge = signs[j] > 0 ? box.positive[j] : -box.negative[j];
      return edge - dot(columns[j], state.dual);
    });
    addScaled(state.dual, 1, dualStep(active, missing));
  }
  state.points[state.points.length - 1] = pointOf(state);
}

/**
 * x, with zeros off the active coordinates.
 * @param {State} state
 */
function pointOf(state) {
  const x = new Float64Array(state.system.unknowns);
  state.active.index.forEach((j, k) => (x[j] = state.values[k]));
  return x;
}
