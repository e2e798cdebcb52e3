/** The vanishing end: the solution of least weighted ℓ1 norm, to which ever smaller starts lead. */

/** @typedef {import("./types.js").System} System @typedef {import("./types.js").Network} Network */
/** @typedef {import("./types.js").Theta} Theta @typedef {import("./types.js").Vertex} Vertex */

/**
 * The limit scale → 0 of the limits from scale·shape.
 *
 * @param {System} system
 * @param {Network} network Of depth 2 or more.
 * @param {Theta} shape The direction of the starts; depth 2 forgets it, but for the signs that it locks.
 * @returns {Vertex}
 */
export function vanishingLimit(system, network, shape) {
  throw new Error(`not written yet: ${system.name} ${network.name} ${shape}`);
}
