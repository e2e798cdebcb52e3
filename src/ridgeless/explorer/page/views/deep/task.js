/** A deep linear network to be trained: its start, made from the state, and what a theorem says of its end. */

import { chainStart, gaussianStart, landingStart, withNullShare } from "../../mathematics/deep.js";
import { predictDense } from "../../mathematics/deep_theorem.js";
import { equationsOf } from "../../mathematics/equations.js";
import { adam } from "../../mathematics/flows/adam.js";
import { gradientDescent } from "../../mathematics/flows/gradient_descent.js";
import { gradientFlow } from "../../mathematics/flows/gradient_flow.js";
import { DEFAULTS } from "../../mathematics/flows/training.js";
import { generator } from "../../mathematics/random.js";
import { minimumNorm, nullPart, rowBasis } from "../../mathematics/row_space.js";
import { dot, norm, scaled } from "../../mathematics/vectors.js";
import { smallSystems, systemOf } from "../small_systems.js";
import { accepts } from "./knobs.js";

/**
 * @typedef {import("../../types.js").State} State
 * @typedef {import("../../types.js").System} System
 * @typedef {import("../../mathematics/deep.js").DenseTheta} DenseTheta
 * @typedef {import("../../mathematics/deep.js").DenseNetwork} DenseNetwork
 *
 * @typedef {object} Task
 * @property {System} system
 * @property {DenseNetwork} network
 * @property {DenseTheta} theta0
 * @property {string} kind
 * @property {number} scale
 * @property {number} nullShare κ
 * @property {Float64Array} shortest A⁺b
 * @property {Float64Array} target of a landing start
 * @property {import("../../mathematics/deep_theorem.js").Prediction} prediction
 * @property {import("../../mathematics/flows/training.js").Method} method
 * @property {import("../../mathematics/flows/training.js").Options} options
 * @property {Axes} axes
 *
 * @typedef {object} Axes What of x the equations see, and what they do not.
 * @property {(x: Float64Array) => number} seen along A⁺b
 * @property {(x: Float64Array) => number} unseen along the null space, with a sign where it is a line
 * @property {Float64Array} aside the direction of targets, in the null space
 * @property {boolean} isLine whether the null space is a line
 */

export const TOLERANCE = 1e-9;
export const MOST_STEPS = 20_000;
const METHODS = /** @type {Record<string, import("../../mathematics/flows/training.js").Method>} */ ({
  flow: gradientFlow,
  descent: gradientDescent,
  adam,
});

/**
 * @param {State} state
 * @param {Record<string, System>} systems
 * @returns {Task}
 */
export function taskOf(state, systems) {
  const system = systemOf(state, systems, accepts, smallSystems.pair);
  const kind = String(state.kind);
  const network = /** @type {DenseNetwork} */ ({
    name: "Dense",
    hidden: Number(state.hidden),
    width: Number(state.width),
  });
  const [end, axes] = [minimumNorm(system), axesOf(system)];
  const way = axes.isLine ? Number(state.target) : Math.abs(Number(state.target));
  const target = end.map((entry, i) => entry + way * axes.aside[i]);
  const theta0 = startOf(state, system, network, target);
  return {
    system,
    network,
    theta0,
    kind,
    scale: Number(state.scale),
    nullShare: Number(state.nullShare),
    shortest: end,
    target,
    prediction: isSolvable(system) ? predictDense(system, theta0) : { x: null, theorem: "none" },
    method: METHODS[String(state.training)],
    options: { ...DEFAULTS, stepSize: Number(state.stepSize), tolerance: TOLERANCE, mostSteps: MOST_STEPS },
    axes,
  };
}

/**
 * Whether any x solves all equations; no theorem speaks of others.
 * @param {System} system
 */
export const isSolvable = (system) => equationsOf(system).isConsistent;

/**
 * @param {State} state
 * @param {System} system
 * @param {DenseNetwork} network
 * @param {Float64Array} target
 * @returns {DenseTheta}
 */
function startOf(state, system, network, target) {
  const { normal } = generator(Number(state.seed));
  const sizes = { scale: Number(state.scale), balance: Number(state.balance) };
  if (state.kind === "landing") return landingStart(network, system, target, sizes.scale, normal);
  const made =
    state.kind === "chain"
      ? chainStart(network, system, sizes, normal)
      : gaussianStart(network, system.unknowns, sizes, normal);
  return Number(state.nullShare) === 1 ? made : withNullShare(made, system, Number(state.nullShare));
}

/**
 * @param {System} system
 * @returns {Axes}
 */
function axesOf(system) {
  const [basis, end] = [rowBasis(system), minimumNorm(system)];
  const seen = scaled(end, 1 / (norm(end) || 1));
  // The coordinate axis that is least known to the equations shows the way.
  const ways = Array.from({ length: system.unknowns }, (_, i) => {
    const unit = new Float64Array(system.unknowns);
    unit[i] = 1;
    return nullPart(basis, unit);
  });
  const longest = ways.reduce((most, way) => (norm(way) > norm(most) * (1 + 1e-9) ? way : most));
  const aside = scaled(longest, 1 / (norm(longest) || 1));
  const isLine = system.unknowns - basis.rows.length === 1;
  return {
    seen: (x) => dot(x, seen),
    unseen: isLine ? (x) => dot(x, aside) : (x) => norm(nullPart(basis, x)),
    aside,
    isLine,
  };
}
