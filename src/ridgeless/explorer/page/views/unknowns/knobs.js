/** The knobs of many unknowns. */

/** @typedef {import("../../types.js").State} State @typedef {import("../../types.js").System} System */

/** From the least to the largest scale of the knob. */
export const scaleRange = /** @type {[number, number]} */ ([1e-12, 1e2]);

/** @param {System} system */
export const accepts = ({ equations, unknowns }) => unknowns > equations && unknowns > 2;

/** @type {import("../../types.js").Knob[]} */
export const knobs = [
  {
    key: "scale",
    label: "Scale of the start",
    symbol: "α",
    kind: "logarithmic",
    minimum: scaleRange[0],
    maximum: scaleRange[1],
    step: 0.02,
    help: "How large the weights are before training. Every weight starts at it.",
  },
  {
    key: "depth",
    label: "Depth",
    symbol: "D",
    kind: "slider",
    minimum: 2,
    maximum: 6,
    step: 1,
    help: "How many weights are multiplied. Deeper networks reach the sparse end at larger scales.",
    shown: (state) => state.network !== "Direct",
  },
  {
    key: "network",
    label: "Network",
    kind: "choice",
    choices: [
      { value: "Difference", title: "Difference: x = uᴰ − vᴰ" },
      { value: "Product", title: "Product: x = w₁·w₂·…" },
      { value: "Power", title: "Power: x = uᴰ, never negative" },
      { value: "TwoBranch", title: "Two branches: one − the other" },
      { value: "Direct", title: "No network: train x itself" },
    ],
    help: "How each unknown is made of weights. Training changes the weights, never x directly.",
  },
  { key: "system", label: "Equations", kind: "system", accepts, help: "What is measured, and what is to be found." },
];

/** @type {State} */
export const defaults = { system: "sparse", network: "Difference", depth: 2, scale: 0.1 };

/** Whole depths. @param {State} state @returns {Partial<State>} */
export function settled(state) {
  return { depth: Math.min(6, Math.max(2, Math.round(Number(state.depth)))) };
}
