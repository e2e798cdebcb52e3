/** The five networks of diagonal layers: their value, their gradient, their starts, and what training them minimises. */

/** @typedef {import("./types.js").Network} Network @typedef {import("./types.js").Theta} Theta */
/** @typedef {import("./types.js").Bias} Bias */

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
  throw new Error(`not written yet: ${network.name} ${scale} ${unknowns}`);
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
  throw new Error(`not written yet: ${network.name} ${first.length} ${second.length}`);
}

/** @param {Network} network @param {Theta} theta @returns {Float64Array} x(θ) */
export function output(network, theta) {
  throw new Error(`not written yet: ${network.name} ${theta}`);
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
  throw new Error(`not written yet: ${network.name} ${theta} ${gradient.length}`);
}

/**
 * J Jᵀ, which is diagonal: how fast each coordinate moves under gradient flow.
 *
 * @param {Network} network
 * @param {Theta} theta
 * @returns {Float64Array}
 */
export function tangentMetric(network, theta) {
  throw new Error(`not written yet: ${network.name} ${theta}`);
}

/**
 * What gradient flow from theta minimises over the solutions of A x = b. Every start of these networks has one.
 *
 * @param {Network} network
 * @param {Theta} theta
 * @returns {Bias}
 */
export function bias(network, theta) {
  throw new Error(`not written yet: ${network.name} ${theta}`);
}
