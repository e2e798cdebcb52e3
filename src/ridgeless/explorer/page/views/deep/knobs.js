/** The knobs of the deep linear network. */

import { equationsKnob, scaleKnob, seedKnob, stepSizeKnob } from "../shared_knobs.js";

/** @typedef {import("../../types.js").State} State */
/** @typedef {import("../../types.js").System} System */

const MOST_EQUATIONS = 8;
const MOST_UNKNOWNS = 64;
/** How far beside the shortest solution a target may be. */
export const REACH = 2;

/** @param {System} system */
export const accepts = ({ equations, unknowns }) =>
  unknowns > equations && equations <= MOST_EQUATIONS && unknowns <= MOST_UNKNOWNS;

/** @type {import("../../types.js").Knob[]} */
export const knobs = [
  {
    key: "kind",
    label: "Start",
    kind: "choice",
    choices: [
      { value: "landing", title: "Landing: ends at the target" },
      { value: "chain", title: "A chain of layers of rank one" },
      { value: "gaussian", title: "Random layers" },
    ],
    help: "A recipe for the starting weights.",
  },
  {
    key: "target",
    label: "Target",
    kind: "slider",
    minimum: -REACH,
    maximum: REACH,
    step: 0.01,
    help: "Which solution training should end at: how far beside the shortest one. You can also drag it.",
    shown: (state) => state.kind === "landing",
  },
  {
    key: "nullShare",
    label: "Null component",
    symbol: "κ",
    kind: "slider",
    minimum: 0,
    maximum: 2,
    step: 0.01,
    help: "How much of the first layer lies where the equations cannot see it. Training never touches that part.",
    shown: (state) => state.kind !== "landing",
  },
  scaleKnob([1e-3, 3], "How large the layers are before training."),
  {
    key: "balance",
    label: "Balance of the layers",
    symbol: "ρ",
    kind: "slider",
    minimum: 0.2,
    maximum: 3,
    step: 0.01,
    help: "How large the later layers are, compared with the first one. At 1 they are balanced.",
    shown: (state) => state.kind !== "landing",
  },
  {
    key: "hidden",
    label: "Matrices",
    symbol: "h",
    kind: "slider",
    minimum: 1,
    maximum: 4,
    step: 1,
    help: "How many matrices are multiplied: x = W₁ … W_h w.",
    shown: (state) => state.kind !== "landing",
  },
  {
    key: "width",
    label: "Width",
    symbol: "m",
    kind: "slider",
    minimum: 1,
    maximum: 64,
    step: 1,
    help: "How many neurons each hidden layer has.",
  },
  {
    key: "training",
    label: "Training",
    kind: "choice",
    choices: [
      { value: "flow", title: "Gradient flow" },
      { value: "descent", title: "Gradient descent" },
      { value: "adam", title: "Adam" },
    ],
    help: "Theorems speak of gradient flow. Longer steps, and Adam, end elsewhere.",
  },
  stepSizeKnob(0.3, "How far each step goes.", (state) => state.training !== "flow"),
  equationsKnob(accepts),
  seedKnob("The same seed gives the same random layers."),
];

/** @type {State} */
export const defaults = {
  kind: "landing",
  target: 0.8,
  nullShare: 1,
  scale: 0.5,
  balance: 1,
  hidden: 2,
  width: 8,
  training: "flow",
  stepSize: 0.01,
  system: "pair",
  seed: 1,
};

/**
 * Whole numbers, and one matrix where the recipe is one for a single hidden layer.
 * @param {State} state
 * @returns {Partial<State>}
 */
export function settled(state) {
  const hidden = state.kind === "landing" ? 1 : Math.round(Number(state.hidden));
  return { hidden, width: Math.round(Number(state.width)), seed: Math.round(Number(state.seed)) };
}
