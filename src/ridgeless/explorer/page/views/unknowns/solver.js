/** The limits that the view shows: small systems are solved at once, in the frame that shows them, large ones in the worker. */

import { limit } from "../../mathematics/limit.js";
import { bias, constantStart } from "../../mathematics/networks.js";
import { endsOf } from "../../solver_worker.js";
import { Replaced } from "../../worker.js";

/**
 * @typedef {import("../../types.js").System} System
 * @typedef {import("../../types.js").Network} Network
 * @typedef {import("../../mathematics/types.js").Limit} Limit
 * @typedef {import("../../solver_worker.js").Ends} Ends
 *
 * @typedef {object} Task
 * @property {System} system
 * @property {Network} network
 * @property {number} scale
 *
 * @typedef {Task & {limit: Limit, milliseconds: number}} Answer
 */

// Up to as many entries of A a frame of 16 ms has room for the limit.
const AT_ONCE = 60_000;
const ENDS_AT_ONCE = 10_000;

/** @param {System} system */
export const isSolvedAtOnce = ({ equations, unknowns }) => equations * unknowns <= AT_ONCE;

/**
 * @param {(request: object) => Promise<any>} request To the worker.
 */
export function makeSolver(request) {
  /** @type {Set<Float64Array>} */
  const sent = new Set();
  /** @type {Answer | null} */
  let last = null;

  /** @param {System} system */
  async function send({ name, equations, unknowns, A, b }) {
    if (sent.has(A)) return;
    sent.add(A);
    await request({ task: "system", name, equations, unknowns, A, b });
  }

  return {
    /**
     * The limit now, from the last one.
     *
     * @param {Task} task
     * @returns {Answer}
     */
    now(task) {
      const { system, network, scale } = task;
      const isNear = isFrom(last, system, network) && last?.limit.status === "converged";
      const began = performance.now();
      const found = limit(system, bias(network, constantStart(network, scale, system.unknowns)), isNear ? last?.limit : null);
      last = { ...task, limit: found, milliseconds: performance.now() - began };
      return last;
    },

    /**
     * The limit from the worker; null where a newer request has taken its place.
     *
     * @param {Task} task
     * @param {string} channel
     * @returns {Promise<Answer | null>}
     */
    async later(task, channel) {
      const { system, network, scale } = task;
      await send(system);
      return request({ task: "limit", channel, system: system.name, network, scale }).then(
        (found) => ({ ...task, ...found }),
        ifReplaced,
      );
    },

    /**
     * Both ends of the scale.
     *
     * @param {System} system
     * @param {Network} network
     * @returns {Promise<Ends | null>}
     */
    async ends(system, network) {
      if (system.equations * system.unknowns <= ENDS_AT_ONCE) return endsOf(system, network);
      await send(system);
      return request({ task: "ends", channel: "ends", system: system.name, network }).catch(ifReplaced);
    },
  };
}

/**
 * Whether an answer belongs to the same equations and the same kind of network: the mirror maps of another kind have other
 * ends, and its dual is no beginning.
 *
 * @param {Answer | null} answer
 * @param {System} system
 * @param {Network} network
 */
function isFrom(answer, system, network) {
  return answer !== null && answer.system === system && answer.network.name === network.name;
}

/** @param {unknown} error @returns {null} */
function ifReplaced(error) {
  if (error instanceof Replaced) return null;
  throw error;
}
