/** The knobs of the line, and which of their values go together. */

import { depthKnob, networkKnob, scaleKnob } from "../shared_knobs.js";
import { kinds, reach } from "./pad.js";
import { scaleRange } from "./sweep.js";

/** @typedef {import("../../types.js").State} State */

const smooth = ["Difference", "Power"];
const depth = depthKnob(
  "How many weights are multiplied. Deeper networks switch from shared work to one unknown more abruptly.",
);
const weight = {
  kind: /** @type {const} */ ("number"),
  minimum: -reach,
  maximum: reach,
  step: 0.1,
  group: "The start in numbers",
};
const coefficient = { kind: /** @type {const} */ ("number"), step: 0.1, group: "The equation" };

/** @type {import("../../types.js").Knob[]} */
export const knobs = [
  scaleKnob(
    scaleRange,
    "How large the weights are before training. Every starting weight is multiplied by it.",
    0.01,
  ),
  { ...depth, step: 0.1, shown: (state) => smooth.includes(String(state.network)) },
  { ...depth, step: 1, shown: (state) => !smooth.includes(String(state.network)) && state.network !== "Direct" },
  networkKnob("How each unknown is made of weights. Training changes the weights, never x directly.", (name) =>
    even(name === "Product" ? 0 : 1),
  ),
  { ...weight, key: "u1", label: "First weight of x₁", help: "In units of α.", shown: hasPads },
  { ...weight, key: "v1", label: "Second weight of x₁", help: "In units of α.", shown: hasTwo },
  { ...weight, key: "u2", label: "First weight of x₂", help: "In units of α.", shown: hasPads },
  { ...weight, key: "v2", label: "Second weight of x₂", help: "In units of α.", shown: hasTwo },
  { ...coefficient, key: "a1", label: "a₁, before x₁", help: "The equation is a₁x₁ + a₂x₂ = b." },
  { ...coefficient, key: "a2", label: "a₂, before x₂", help: "You can also drag the square handles of the line." },
  { ...coefficient, key: "b", label: "b, the right side", help: "What both terms add up to." },
];

/**
 * The start of `rl.inits.Constant`, from which x starts at 0 where the network can, with no sign locked.
 * @param {number} second
 */
function even(second) {
  return { u1: 1, u2: 1, v1: second, v2: second };
}

/** @param {State} state */
function hasPads(state) {
  return String(state.network) in kinds;
}

/** @param {State} state */
function hasTwo(state) {
  return hasPads(state) && !kinds[String(state.network)].single;
}

/**
 * Whole depths where the network has no others, no negative weights where they make no other start, and an equation
 * that is one.
 * @param {State} state
 * @returns {Partial<State>}
 */
export function settled(state) {
  /** @type {Partial<State>} */
  const change = {};
  if (!smooth.includes(String(state.network))) change.depth = Math.round(Number(state.depth));
  if (hasPads(state) && !kinds[String(state.network)].signed) {
    for (const key of ["u1", "v1", "u2", "v2"]) change[key] = Math.abs(Number(state[key]));
  }
  if (Number(state.a1) === 0 && Number(state.a2) === 0) change.a1 = 1;
  return change;
}
