/** Small systems that every page has, for views in which training itself is watched. */

import { list } from "../python.js";

/** @typedef {import("../types.js").System} System */

/**
 * @param {string} name
 * @param {string} title
 * @param {number[][]} rows
 * @param {number[]} b
 * @returns {System}
 */
function system(name, title, rows, b) {
  const python = `rl.LinearSystem(np.array([${rows.map(list).join(", ")}]), np.array(${list(b)}))`;
  const A = Float64Array.from(rows.flat());
  const shape = { equations: rows.length, unknowns: rows[0].length };
  return { name, title, ...shape, A, b: Float64Array.from(b), truth: null, image: null, python, toml: null };
}

const staircase = system(
  "staircase",
  "4 equations, 8 unknowns",
  [
    [-1.3, -0.9, -0.1, -0.3, 0, 0, 0.6, 1.4],
    [1.7, -0.3, 0.2, 0.5, -2.2, 1.5, -0.6, -0.1],
    [-0.6, -0.4, 1.1, -1.5, -0.8, 0.2, 1.9, 0],
    [-0.6, 0.3, 0.7, -0.6, -0.2, 1.3, 0.4, 0.5],
  ],
  [-0.9, 1.9, 1.6, -1],
);

const pair = system("pair", "1 equation, 2 unknowns", [[2, 3]], [3]);

export const smallSystems = Object.freeze({ pair, staircase });

/**
 * The system that a state names, or that of a view where it names none which the view can show.
 * @param {import("../types.js").State} state
 * @param {Record<string, System>} systems
 * @param {(system: System) => boolean} accepts
 * @param {System} fallback
 * @returns {System}
 */
export function systemOf(state, systems, accepts, fallback) {
  const all = /** @type {Record<string, System>} */ ({ ...smallSystems, ...systems });
  const named = all[String(state.system)];
  return named !== undefined && accepts(named) ? named : fallback;
}
