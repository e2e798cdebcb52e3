/**
 * What finite steps do to the limit of a network of two diagonal layers: they change the scale and the tilt of the start.
 *
 * With x = p² − m², p ∝ exp(κz) and m ∝ exp(−κz) under gradient flow, κ = 2 for Difference and Power and 1 for Product and
 * TwoBranch. A step −η·JᵀAᵀr, whichever equations r weighs, turns p into p(1 − κηg) and m into m(1 + κηg), g = Aᵀr. So
 * training ends where flow would end from a start with
 *
 *   log|p m| = log|p₀m₀| − Σ −log|1 − (κηg)²|,
 *   log|p/m| = log|p₀/m₀| + P_N Σ [log(|1 − κηg|/|1 + κηg|) + 2κηg]
 *
 * (Even, Pesme, Gunasekar and Flammarion 2023, arXiv 2302.08982), which is read off the trained weights.
 */

import { rowBasis, rowPart } from "./row_space.js";

/** @typedef {import("../types.js").Theta} Theta */
/** @typedef {import("../types.js").Network} Network */
/** @typedef {import("./row_space.js").LinearSystem} LinearSystem */

/**
 * The start from which gradient flow ends where plain descent from theta0 ends; null where it is not known.
 * @param {LinearSystem} system
 * @param {Network} network
 * @param {Theta} theta0 where training began
 * @param {Theta} theta the weights at its end
 * @returns {Theta | null}
 */
export function effectiveStart(system, network, theta0, theta) {
  if (network.name === "Direct" || network.depth === 1) return theta0;
  if (network.depth !== 2) return null;
  const [before, after] = [mirrorOffset(network, theta0), mirrorOffset(network, theta)];
  const back = rowPart(
    rowBasis(system),
    after.map((entry, i) => before[i] - entry),
  );
  return flowMap(network, theta, back);
}

/**
 * log|p/m|/(2κ), the mirror coordinate of the weights; of one branch alone, ±log|branch|/κ.
 * @param {Network} network
 * @param {Theta} theta
 * @returns {Float64Array}
 */
function mirrorOffset(network, theta) {
  const [up, down, rate] = branchesOf(network, theta);
  return up.map((grows, i) => {
    const [first, second] = [grows > 0 ? Math.log(grows) : 0, down[i] > 0 ? Math.log(down[i]) : 0];
    const share = grows > 0 && down[i] > 0 ? 2 * rate : rate;
    return (first - second) / share;
  });
}

/**
 * |p|, |m| and κ.
 * @param {Network} network
 * @param {Theta} theta
 * @returns {[Float64Array, Float64Array, number]}
 */
function branchesOf(network, theta) {
  if (network.name === "Power") return [theta.u[0].map(Math.abs), new Float64Array(theta.u[0].length), 2];
  if (network.name === "Difference") return [theta.u[0].map(Math.abs), theta.v[0].map(Math.abs), 2];
  if (network.name === "Product") {
    const [first, second] = theta.layers;
    return [first.map((w, i) => Math.abs(w + second[i]) / 2), first.map((w, i) => Math.abs(w - second[i]) / 2), 1];
  }
  const [plus, minus] = [theta.plus, theta.minus];
  const half = (/** @type {Float64Array[]} */ pair, /** @type {number} */ sign, /** @type {number} */ i) =>
    (pair[0][i] + sign * pair[1][i]) / 2;
  return [
    plus[0].map((_, i) => Math.hypot(half(plus, 1, i), half(minus, -1, i))),
    plus[0].map((_, i) => Math.hypot(half(plus, -1, i), half(minus, 1, i))),
    1,
  ];
}

/**
 * The weights that gradient flow carries theta to while Aᵀν rises by z.
 * @param {Network} network of depth 2
 * @param {Theta} theta
 * @param {Float64Array} z
 * @returns {Theta}
 */
function flowMap(network, theta, z) {
  const grown = (/** @type {Float64Array} */ weights, /** @type {number} */ rate) =>
    weights.map((weight, i) => weight * Math.exp(rate * z[i]));
  if (network.name === "Power") return { u: [grown(theta.u[0], 2)] };
  if (network.name === "Difference") return { u: [grown(theta.u[0], 2)], v: [grown(theta.v[0], -2)] };
  const pair = (/** @type {Float64Array[]} */ [first, second], /** @type {number} */ sign) => {
    const sum = grown(
      first.map((w, i) => w + second[i]),
      sign,
    );
    const difference = grown(
      first.map((w, i) => w - second[i]),
      -sign,
    );
    return [sum.map((s, i) => (s + difference[i]) / 2), sum.map((s, i) => (s - difference[i]) / 2)];
  };
  if (network.name === "Product") return { layers: pair(theta.layers, 1) };
  return { plus: pair(theta.plus, 1), minus: pair(theta.minus, -1) };
}
