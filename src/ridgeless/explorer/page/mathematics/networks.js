/** The five networks of diagonal layers: their value, their gradient, their starts, and what training them minimises. */

import { difference } from "./networks/difference.js";
import { direct } from "./networks/direct.js";
import { power } from "./networks/power.js";
import { product } from "./networks/product.js";
import { twoBranch } from "./networks/two_branch.js";
import { separable } from "./potentials.js";

/** @typedef {import("./types.js").Network} Network @typedef {import("./types.js").Theta} Theta */
/** @typedef {import("./types.js").Bias} Bias @typedef {import("./types.js").NetworkRules} NetworkRules */

/** @type {Record<Network["name"], NetworkRules>} */
export const NETWORKS = { Difference: difference, TwoBranch: twoBranch, Product: product, Power: power, Direct: direct };

/**
 * Every weight at `scale`, as `rl.inits.Constant`: Difference {u, v}; Power {u}; Direct {x}; Product {layers: D of them},
 * the last one 0; TwoBranch {plus, minus: D layers each}.
 *
 * @param {Network} network
 * @param {number} scale
 * @param {number} unknowns
 * @returns {Theta}
 */
export function constantStart(network, scale, unknowns) {
  return rulesOf(network).constant(scale, unknowns, network.depth);
}

/**
 * The start of two weights for each coordinate, which the line lets a reader drag. Difference: u and v. Direct and Power:
 * the first alone. Product: every layer but the last at the first, the last one at the second. TwoBranch: both branches
 * as Product, so that x starts at 0 (`rl.inits.Imbalanced` for two layers).
 *
 * @param {Network} network
 * @param {ArrayLike<number>} first
 * @param {ArrayLike<number>} second
 * @returns {Theta}
 */
export function pairStart(network, first, second) {
  return rulesOf(network).pair(first, second, network.depth);
}

/** x(θ). @param {Network} network @param {Theta} theta @returns {Float64Array} */
export function output(network, theta) {
  return rulesOf(network).output(theta, network.depth);
}

/**
 * Jᵀ g: the gradient by the weights of a loss whose gradient by x is g.
 *
 * @param {Network} network
 * @param {Theta} theta
 * @param {ArrayLike<number>} gradient by x, d numbers.
 * @returns {Theta}
 */
export function pullBack(network, theta, gradient) {
  return rulesOf(network).pullBack(theta, gradient, network.depth);
}

/**
 * J Jᵀ, which is diagonal: how fast each coordinate moves under gradient flow.
 *
 * @param {Network} network
 * @param {Theta} theta
 * @returns {Float64Array}
 */
export function tangentMetric(network, theta) {
  return rulesOf(network).tangentMetric(theta, network.depth);
}

/**
 * What gradient flow from theta minimises over the solutions of A x = b. Every start of these networks has one.
 *
 * @param {Network} network
 * @param {Theta} theta
 * @returns {Bias}
 */
export function bias(network, theta) {
  const rules = rulesOf(network);
  const parts = rules.mirrors(theta, network.depth);
  return { potential: separable(parts, Object.values(theta)[0][0].length), citation: rules.citation };
}

/** @param {Network} network @returns {NetworkRules} */
function rulesOf(network) {
  const rules = NETWORKS[network.name];
  if (!rules) throw new RangeError(`network "${network.name}": type one of ${Object.keys(NETWORKS).join(", ")}.`);
  const { depth } = network;
  const isKnown = depth === 1 || (rules.isDepthReal ? depth >= 2 : depth >= 2 && Number.isInteger(depth));
  if (!isKnown) {
    const choice = rules.isDepthReal ? "1, or a number from 2 on" : "a whole number of at least 1";
    throw new RangeError(`${network.name}: depth ${depth}; type ${choice}.`);
  }
  return rules;
}
