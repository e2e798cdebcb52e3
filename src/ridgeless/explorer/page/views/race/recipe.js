/** A race in words of Python: the prediction, and every training beside it. */

import { list, number, systemLines } from "../../python.js";
import { methods } from "../../mathematics/flows/all.js";
import { MOST_STEPS, TOLERANCE } from "./contest.js";

/**
 * @param {object} race
 * @param {import("../../types.js").System} race.system
 * @param {import("../../types.js").Network} race.network
 * @param {import("../../types.js").Theta} race.theta0
 * @param {import("../../mathematics/flows/training.js").Options} race.options
 * @param {string[]} race.names
 * @returns {import("../../types.js").Recipe | null}
 */
export function recipeOf({ system, network, theta0, options, names }) {
  const depth = network.name === "Direct" ? "" : `depth=${network.depth}`;
  const trainings = methods
    .filter(({ name }) => names.includes(name))
    .map(({ name, python }) => {
      const flow = name === "flow" ? python(options) : `${python(options)}.limited_to(${MOST_STEPS})`;
      return `${name} = rl.train(system, network, start, ${flow}, tol=${number(TOLERANCE)})`;
    });
  return {
    lines: [
      ...systemLines(system),
      `network = rl.networks.${network.name}(${depth})`,
      `start = ${startOf(theta0)}`,
      "# Where gradient flow ends, without training.",
      "predicted = rl.limit(system, network, start, tol=1e-12)",
      "# The same by training. rl.predict(descent) corrects the prediction for its finite steps.",
      ...trainings,
    ],
    result: "predicted.x",
    toml: null,
    files: {},
  };
}

/**
 * Theta as Python writes it: single arrays, or layers.
 * @param {import("../../types.js").Theta} theta
 */
function startOf(theta) {
  const entries = Object.entries(theta).map(([name, layers]) => {
    const isLayered = name === "layers" || name === "plus" || name === "minus";
    return `"${name}": np.array(${isLayered ? `[${layers.map(list).join(", ")}]` : list(layers[0])})`;
  });
  return `{${entries.join(", ")}}`;
}
