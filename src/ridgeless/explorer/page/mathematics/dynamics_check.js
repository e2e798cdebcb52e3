/** Trainings, saddle paths and ends of dense networks, compared with numbers that the library computed. */

import { predictDense } from "./deep_theorem.js";
import { methods } from "./flows/all.js";
import { DEFAULTS } from "./flows/training.js";
import { boxOf, saddleToSaddle } from "./jumps.js";
import { difference, norm } from "./vectors.js";

/**
 * What `ridgeless.explorer._dynamics_reference.dynamics_reference` makes.
 * @typedef {object} DynamicsReference
 * @property {Record<string, {equations: number, unknowns: number, A: number[], b: number[]}>} systems
 * @property {{system: string, network: any, at: number[], coordinate: number[], x: number[]}[]} jumps
 * @property {{system: string, network: any, method: string, options: object, theta0: Record<string, number[][]>,
 *   steps: number, x: number[]}[]} steps
 * @property {{system: string, network: any, theta0: Record<string, number[][]>, x: number[]}[]} dense
 */

/**
 * The relative error of each case, by a name that says which it is.
 * @param {DynamicsReference} reference
 * @returns {{name: string, error: number}[]}
 */
export function dynamicsErrors(reference) {
  const systems = Object.fromEntries(
    Object.entries(reference.systems).map(([name, { equations, unknowns, A, b }]) => [
      name,
      { equations, unknowns, A: Float64Array.from(A), b: Float64Array.from(b) },
    ]),
  );
  const jumps = reference.jumps.flatMap(({ system, network, at, coordinate, x }) => {
    const path = saddleToSaddle(systems[system], boxOf(network, systems[system].unknowns));
    const order = String(path.coordinate) === String(coordinate) ? 0 : Infinity;
    const name = `${titleOf(network)} on ${system}`;
    return [
      { name: `jump times, ${name}`, error: order + relative(path.at, at) },
      { name: `last saddle, ${name}`, error: relative(path.x, x) },
    ];
  });
  const steps = reference.steps.map(({ system, network, method: wanted, options, theta0, steps: count, x }) => {
    const method = methods.find(({ name }) => name === wanted);
    if (method === undefined) return { name: `no method ${wanted}`, error: Infinity };
    const run = method.start(systems[system], network, layersOf(theta0), { ...DEFAULTS, tolerance: 1e-14, ...options });
    for (let step = 0; step < count; step += 1) method.step(run);
    return { name: `${count} steps, ${wanted}, ${titleOf(network)}`, error: relative(run.x, x) };
  });
  const dense = reference.dense.map(({ system, network, theta0, x }) => {
    const found = predictDense(systems[system], /** @type {any} */ (layersOf(theta0)));
    return { name: `end, ${titleOf(network)}, ${found.theorem}`, error: found.x ? relative(found.x, x) : Infinity };
  });
  return [...jumps, ...steps, ...dense];
}

/** @param {{name: string, depth: number, hidden?: number}} network */
function titleOf({ name, depth, hidden }) {
  return hidden === undefined ? `${name}(${depth})` : `${name}(${hidden})`;
}

/**
 * @param {Record<string, number[][]>} theta
 * @returns {import("../types.js").Theta}
 */
function layersOf(theta) {
  return Object.fromEntries(
    Object.entries(theta).map(([name, layers]) => [name, layers.map((layer) => Float64Array.from(layer))]),
  );
}

/**
 * ‖found − wanted‖/‖wanted‖; Infinity where the lengths differ.
 * @param {ArrayLike<number>} found
 * @param {ArrayLike<number>} wanted
 */
function relative(found, wanted) {
  return found.length === wanted.length ? norm(difference(found, wanted)) / norm(wanted) : Infinity;
}
