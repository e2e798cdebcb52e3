/** What the worker does: it keeps the systems that it has been sent, and answers requests about them. */

import { lazyLimit } from "./mathematics/lazy.js";
import { limit } from "./mathematics/limit.js";
import { bias, constantStart } from "./mathematics/networks.js";
import { minimumNorm } from "./mathematics/row_space.js";
import { vanishingLimit } from "./mathematics/vanishing.js";

/**
 * @typedef {import("./types.js").System} System
 * @typedef {import("./types.js").Network} Network
 * @typedef {import("./mathematics/types.js").Limit} Limit
 * @typedef {import("./mathematics/types.js").Vertex} Vertex
 *
 * @typedef {{task: "system", name: string, equations: number, unknowns: number, A: Float64Array, b: Float64Array}} SystemRequest
 *   Sent once for each system, before any other request about it.
 * @typedef {{task: "limit", channel?: string, system: string, network: Network, scale: number}} LimitRequest The limit from
 *   the start of `constantStart`; the last one of the same system, network and channel is where the search begins.
 * @typedef {{task: "ends", channel?: string, system: string, network: Network}} EndsRequest
 * @typedef {{lazy: Float64Array, shortest: Float64Array, vanishing: Vertex | null}} Ends What ever larger and ever smaller
 *   starts lead to; plain regression does not depend on a scale that vanishes.
 */

/** @type {Map<string, System>} */
const systems = new Map();
/** @type {Map<string, Limit>} */
const nearby = new Map();

/**
 * @param {SystemRequest | LimitRequest | EndsRequest} request
 * @returns {any}
 */
export function answer(request) {
  if (request.task === "system") return keep(request);
  const system = systems.get(request.system);
  if (!system) throw new Error(`The worker has no system ${request.system}.`);
  if (request.task === "ends") return endsOf(system, request.network);
  const { network, scale } = request;
  const key = JSON.stringify([request.system, network, request.channel ?? ""]);
  const began = performance.now();
  const found = limit(system, bias(network, constantStart(network, scale, system.unknowns)), nearby.get(key) ?? null);
  const milliseconds = performance.now() - began;
  if (found.status === "converged") nearby.set(key, found);
  return { limit: { ...found, state: null }, milliseconds };
}

/** @param {SystemRequest} request */
function keep({ name, equations, unknowns, A, b }) {
  systems.set(name, { name, title: name, equations, unknowns, A, b, truth: null, image: null, python: null, toml: null });
  for (const key of nearby.keys()) if (JSON.parse(key)[0] === name) nearby.delete(key);
}

/**
 * Both ends of the scale, from starts with every weight at one value.
 *
 * @param {System} system
 * @param {Network} network
 * @returns {Ends}
 */
export function endsOf(system, network) {
  const start = constantStart(network, 1, system.unknowns);
  const hasScale = network.name !== "Direct" && network.depth > 1;
  return {
    lazy: lazyLimit(system, network, start),
    shortest: minimumNorm(system),
    vanishing: hasScale ? vanishingLimit(system, network, start) : null,
  };
}
