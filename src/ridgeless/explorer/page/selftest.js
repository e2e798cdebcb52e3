/** The page's numbers, compared with those that the library computed: `#selftest` in the address runs it. */

import { dynamicsErrors } from "./mathematics/dynamics_check.js";
import { limit } from "./mathematics/limit.js";
import { bias, constantStart } from "./mathematics/networks.js";
import { vanishingLimit } from "./mathematics/vanishing.js";
import { difference, norm } from "./mathematics/vectors.js";

/**
 * @typedef {import("./types.js").Network} Network
 *
 * @typedef {object} Reference What `ridgeless.explorer._reference` makes.
 * @property {{equations: number, unknowns: number, A: number[], b: number[]}} system
 * @property {{network: Network, scale: number, x: number[]}[]} limits
 * @property {{network: Network, x: number[]}[]} vanishing
 * @property {import("./mathematics/dynamics_check.js").DynamicsReference} dynamics
 */

const TOLERANCE = 1e-9;
const MOST_NAMED = 5;

/**
 * "passed", or "failed: " and what is wrong.
 *
 * @param {Reference | null} reference
 * @returns {string}
 */
export function selfTest(reference) {
  if (reference === null) return "failed: the page carries no numbers of the library";
  try {
    return verdictOf([...limitErrors(reference), ...dynamicsErrors(reference.dynamics)]);
  } catch (error) {
    return `failed: ${error}`;
  }
}

/** @param {{name: string, error: number}[]} errors */
function verdictOf(errors) {
  const wrong = errors.filter(({ error }) => !(error <= TOLERANCE));
  if (wrong.length === 0) return errors.length > 0 ? "passed" : "failed: nothing was compared";
  const named = wrong.slice(0, MOST_NAMED).map(({ name, error }) => `${name} is off by ${error.toExponential(1)}`);
  return `failed: ${wrong.length} of ${errors.length}: ${named.join("; ")}`;
}

/**
 * The relative errors of limits, searched along the scales as a reader drags them, and of the vanishing ends.
 *
 * @param {Reference} reference
 */
function limitErrors({ system: packed, limits, vanishing }) {
  const system = {
    ...{ name: "reference", title: "reference", truth: null, image: null, python: null, toml: null },
    ...{ equations: packed.equations, unknowns: packed.unknowns },
    ...{ A: Float64Array.from(packed.A), b: Float64Array.from(packed.b) },
  };
  /** @type {Map<string, import("./mathematics/types.js").Limit>} */
  const nearby = new Map();
  const errors = limits.map(({ network, scale, x }) => {
    const title = `${network.name}(${network.depth})`;
    const start = constantStart(network, scale, system.unknowns);
    const found = limit(system, bias(network, start), nearby.get(title) ?? null);
    nearby.set(title, found);
    return { name: `the limit of ${title} at scale ${scale}`, error: relative(found.x, x) };
  });
  const ends = vanishing.map(({ network, x }) => {
    const found = vanishingLimit(system, network, constantStart(network, 1, system.unknowns));
    return { name: `the vanishing limit of ${network.name}(${network.depth})`, error: relative(found.x, x) };
  });
  return [...errors, ...ends];
}

/**
 * @param {ArrayLike<number>} found
 * @param {number[]} wanted
 */
function relative(found, wanted) {
  return norm(difference(found, wanted)) / norm(wanted);
}
