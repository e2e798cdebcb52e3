/** The knobs of many unknowns. */

import { depthKnob, equationsKnob, networkKnob, scaleKnob, wholeDepth } from "../shared_knobs.js";

/** @typedef {import("../../types.js").State} State @typedef {import("../../types.js").System} System */

/** From the least to the largest scale of the knob. */
export const scaleRange = /** @type {[number, number]} */ ([1e-12, 1e2]);

/** @param {System} system */
export const accepts = ({ equations, unknowns }) => unknowns > equations && unknowns > 2;

/** @type {import("../../types.js").Knob[]} */
export const knobs = [
  scaleKnob(scaleRange, "How large the weights are before training. Every weight starts at it."),
  depthKnob("How many weights are multiplied. Deeper networks reach the sparse end at larger scales."),
  networkKnob("How each unknown is made of weights. Training changes the weights, never x directly."),
  equationsKnob(accepts, "What is measured, and what is to be found."),
];

/** @type {State} */
export const defaults = { system: "sparse", network: "Difference", depth: 2, scale: 0.1 };

/** Whole depths. @param {State} state @returns {Partial<State>} */
export function settled(state) {
  return { depth: wholeDepth(state) };
}
