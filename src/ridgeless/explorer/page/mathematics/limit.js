/** Where training ends, without training: Newton's method on the dual of min Φ(x) over A x = b. */

/** @typedef {import("./types.js").System} System @typedef {import("./types.js").Bias} Bias */
/** @typedef {import("./types.js").Limit} Limit */

/**
 * The minimiser of Φ over the solutions of A x = b.
 *
 * @param {System} system
 * @param {Bias} bias From `networks.bias(network, theta)`.
 * @param {Limit | null} [warm] A limit of the same system from a start nearby: the search begins there.
 * @returns {Limit}
 */
export function limit(system, bias, warm = null) {
  throw new Error(`not written yet: ${system.name} ${bias.citation} ${warm}`);
}

/**
 * A⁺b, the solution of least Euclidean norm.
 *
 * @param {System} system
 * @returns {Float64Array}
 */
export function minimumNorm(system) {
  throw new Error(`not written yet: ${system.name}`);
}
