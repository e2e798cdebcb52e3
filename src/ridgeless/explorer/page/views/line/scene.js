/** What the line shows, computed from the state: the equation, the start, the limit and its neighbours. */

import { bias, output, pairStart } from "../../mathematics/networks.js";
import { limit } from "../../mathematics/limit.js";
import { minimumNorm } from "../../mathematics/row_space.js";

/**
 * @typedef {import("../../types.js").State} State
 * @typedef {import("../../types.js").System} System
 * @typedef {import("../../types.js").Network} Network
 * @typedef {import("../../types.js").Theta} Theta
 *
 * @typedef {object} Scene
 * @property {System} system One equation.
 * @property {Network} network
 * @property {number} scale
 * @property {[number, number][]} shape (u, v) of each coordinate, in units of the scale.
 * @property {Theta} theta
 * @property {Float64Array} start x(0)
 * @property {import("../../mathematics/types.js").Potential} potential
 * @property {import("../../mathematics/types.js").Limit} limit
 * @property {Float64Array} shortest The solution of least Euclidean norm.
 * @property {Float64Array[]} sparsest One unknown does all, at the least ℓ1 norm: two where |a₁| = |a₂|.
 */

/** @param {State} state @returns {System} */
export function equationOf(state) {
  return {
    name: "line",
    title: "one equation",
    equations: 1,
    unknowns: 2,
    A: Float64Array.of(Number(state.a1), Number(state.a2)),
    b: Float64Array.of(Number(state.b)),
    truth: null,
    image: null,
    python: null,
    toml: null,
  };
}

/** @param {State} state @returns {Network} */
export function networkOf(state) {
  const name = /** @type {Network["name"]} */ (state.network);
  return { name, depth: name === "Direct" ? 1 : Number(state.depth) };
}

/**
 * @param {State} state
 * @param {number} [scale]
 * @returns {Theta}
 */
export function startOf(state, scale = Number(state.scale)) {
  const first = [scale * Number(state.u1), scale * Number(state.u2)];
  const second = [scale * Number(state.v1), scale * Number(state.v2)];
  return pairStart(networkOf(state), first, second);
}

/**
 * @param {State} state
 * @returns {Scene}
 */
export function sceneOf(state) {
  const [system, network, theta] = [equationOf(state), networkOf(state), startOf(state)];
  const found = bias(network, theta);
  return {
    system,
    network,
    theta,
    scale: Number(state.scale),
    shape: [
      [Number(state.u1), Number(state.v1)],
      [Number(state.u2), Number(state.v2)],
    ],
    start: output(network, theta),
    potential: found.potential,
    limit: limit(system, found),
    shortest: minimumNorm(system),
    sparsest: sparsestOf(system),
  };
}

/**
 * One unknown does all: that of the larger coefficient, and either where both are equally large.
 * @param {System} system
 * @returns {Float64Array[]}
 */
function sparsestOf({ A, b }) {
  if (b[0] === 0) return [new Float64Array(2)];
  const largest = Math.max(Math.abs(A[0]), Math.abs(A[1]));
  return [0, 1].filter((i) => Math.abs(A[i]) === largest).map((i) => alone(A, b[0], i));
}

/**
 * The solution in which one unknown does all.
 * @param {Float64Array} row
 * @param {number} rhs
 * @param {number} i
 */
export function alone(row, rhs, i) {
  const x = new Float64Array(2);
  x[i] = rhs / row[i];
  return x;
}

/**
 * The limit at many scales, the smallest first.
 * @param {State} state
 * @param {number[]} scales
 * @returns {Float64Array[]} NaN where training cannot reach the line.
 */
export function limitsAt(state, scales) {
  const [system, network] = [equationOf(state), networkOf(state)];
  /** @type {import("../../mathematics/types.js").Limit | null} */
  let warm = null;
  return scales.map((scale) => {
    warm = limit(system, bias(network, startOf(state, scale)), warm);
    return warm.status === "converged" ? warm.x : Float64Array.of(NaN, NaN);
  });
}
