/** Knobs that several views have: the same label, letter and values everywhere, and in each view its own words of help. */

/** @typedef {import("../types.js").Knob} Knob @typedef {import("../types.js").State} State */

/** The depths that networks have here. */
export const DEPTHS = /** @type {const} */ ([2, 6]);
/** @type {{value: string, title: string}[]} */
const NETWORKS = [
  { value: "Difference", title: "Difference: x = uᴰ − vᴰ" },
  { value: "Product", title: "Product: x = w₁·w₂·…" },
  { value: "Power", title: "Power: x = uᴰ, never negative" },
  { value: "TwoBranch", title: "Two branches: one − the other" },
];
const NO_NETWORK = { value: "Direct", title: "No network: train x itself" };

/**
 * @param {readonly [number, number]} range The least and the largest scale.
 * @param {string} help
 * @param {number} [step] In powers of ten.
 * @returns {Knob}
 */
export function scaleKnob([minimum, maximum], help, step = 0.02) {
  return { key: "scale", label: "Scale of the start", symbol: "α", kind: "logarithmic", minimum, maximum, step, help };
}

/**
 * The depth, which x itself without a network has not.
 *
 * @param {string} help
 * @returns {Knob}
 */
export function depthKnob(help) {
  const [minimum, maximum] = DEPTHS;
  const shown = (/** @type {State} */ state) => state.network !== "Direct";
  return { key: "depth", label: "Depth", symbol: "D", kind: "slider", minimum, maximum, step: 1, help, shown };
}

/** A whole depth that networks have. @param {State} state @returns {number} */
export function wholeDepth(state) {
  return Math.min(DEPTHS[1], Math.max(DEPTHS[0], Math.round(Number(state.depth))));
}

/**
 * The four networks, and x itself.
 *
 * @param {string} help
 * @param {(name: string) => Partial<State>} [also] What else changes with the choice.
 * @returns {Knob}
 */
export function networkKnob(help, also = () => ({})) {
  return choiceOfNetwork([...NETWORKS, NO_NETWORK], help, also);
}

/** The four networks. @param {string} help @returns {Knob} */
export function deepNetworkKnob(help) {
  return choiceOfNetwork(NETWORKS, help, () => ({}));
}

/**
 * @param {{value: string, title: string}[]} networks
 * @param {string} help
 * @param {(name: string) => Partial<State>} also
 * @returns {Knob}
 */
function choiceOfNetwork(networks, help, also) {
  const choices = networks.map(({ value, title }) => ({ value, title, also: also(value) }));
  return { key: "network", label: "Network", kind: "choice", choices, help };
}

/**
 * @param {number} maximum
 * @param {string} help
 * @param {(state: State) => boolean} [shown]
 * @returns {Knob}
 */
export function stepSizeKnob(maximum, help, shown = () => true) {
  const range = { minimum: 1e-4, maximum, step: 0.02 };
  return { key: "stepSize", label: "Step size", symbol: "η", kind: "logarithmic", ...range, help, shown };
}

/**
 * @param {string} help
 * @param {(state: State) => boolean} [shown]
 * @returns {Knob}
 */
export function seedKnob(help, shown = () => true) {
  return { key: "seed", label: "Seed", kind: "number", minimum: 0, maximum: 999_999, step: 1, help, shown };
}

/**
 * @param {(system: import("../types.js").System) => boolean} accepts
 * @param {string} [help]
 * @returns {Knob}
 */
export function equationsKnob(accepts, help = "The equations that training has to solve.") {
  return { key: "system", label: "Equations", kind: "system", accepts, help };
}
