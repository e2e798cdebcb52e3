/** The lazy end: the limit of training the network's tangent at its start. */

/** @typedef {import("./types.js").System} System @typedef {import("./types.js").Network} Network */
/** @typedef {import("./types.js").Theta} Theta */

/**
 * x₀ + M Aᵀ(A M Aᵀ)⁺(b − A x₀), with M = J Jᵀ at the start.
 *
 * @param {System} system
 * @param {Network} network
 * @param {Theta} theta
 * @returns {Float64Array}
 */
export function lazyLimit(system, network, theta) {
  throw new Error(`not written yet: ${system.name} ${network.name} ${theta}`);
}
