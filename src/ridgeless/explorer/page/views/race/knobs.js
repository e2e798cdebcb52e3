/** The knobs of the race. */

import {
  depthKnob,
  equationsKnob,
  networkKnob,
  scaleKnob,
  seedKnob,
  stepSizeKnob,
  wholeDepth,
} from "../shared_knobs.js";

/** @typedef {import("../../types.js").State} State */
/** @typedef {import("../../types.js").System} System */

const MOST_ENTRIES = 12_000;

/** @param {System} system */
export const accepts = ({ equations, unknowns }) => unknowns > equations && equations * unknowns <= MOST_ENTRIES;

/** @param {State} state */
export const namesOf = (state) => String(state.runners).split(".").filter(Boolean);

/**
 * @param {string[]} names
 * @returns {(state: State) => boolean}
 */
const takesPart =
  (...names) =>
  (state) =>
    names.some((name) => namesOf(state).includes(name));

/** @type {import("../../types.js").Knob[]} */
export const knobs = [
  stepSizeKnob(1, "Long steps end elsewhere than gradient flow, and longer ones never settle."),
  scaleKnob([1e-4, 3], "How large the weights are before training."),
  depthKnob("How many weights are multiplied."),
  networkKnob("How each unknown is made of weights."),
  equationsKnob(accepts),
  {
    key: "start",
    label: "Start",
    kind: "choice",
    choices: [
      { value: "even", title: "Every weight at α" },
      { value: "random", title: "Every weight at random around α" },
    ],
    help: "All methods begin at the same weights. Rewind keeps them.",
  },
  seedKnob(
    "The same seed gives the same random numbers, and the same race.",
    (state) => state.start === "random" || takesPart("stochastic")(state),
  ),
  {
    key: "momentum",
    label: "Momentum",
    symbol: "β",
    kind: "slider",
    minimum: 0,
    maximum: 0.99,
    step: 0.01,
    help: "How much of the step before is added to each step.",
    shown: takesPart("momentum"),
    group: "Settings of single methods",
  },
  {
    key: "batch",
    label: "Equations per step",
    kind: "number",
    minimum: 1,
    maximum: 60,
    step: 1,
    help: "How many equations stochastic descent looks at in each step.",
    shown: takesPart("stochastic"),
    group: "Settings of single methods",
  },
  {
    key: "stepDecay",
    label: "Shrinking of steps",
    symbol: "γ",
    kind: "slider",
    minimum: 0.98,
    maximum: 1,
    step: 0.0005,
    help: "Sign and normalised descent take steps of one length, and hover unless each is γ times the one before.",
    shown: takesPart("sign", "normalised"),
    group: "Settings of single methods",
  },
];

/** @type {State} */
export const defaults = {
  system: "pair",
  network: "Difference",
  depth: 2,
  scale: 0.1,
  start: "even",
  seed: 1,
  stepSize: 0.01,
  momentum: 0.8,
  batch: 1,
  stepDecay: 0.995,
  runners: "flow.descent.momentum.adam.sign",
};

/**
 * Whole depths and seeds, and methods that there are.
 * @param {State} state
 * @returns {Partial<State>}
 */
export function settled(state) {
  return {
    depth: wholeDepth(state),
    seed: Math.round(Number(state.seed)),
    batch: Math.round(Number(state.batch)),
  };
}
