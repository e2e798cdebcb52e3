/** A race in words of Python, and as a study: the prediction, and every training beside it. */

import { list, number, studyOf, systemLines } from "../../python.js";
import { methods } from "../../mathematics/flows/all.js";
import { MOST_STEPS, TOLERANCE } from "./contest.js";

/**
 * @param {object} race
 * @param {import("../../types.js").System} race.system
 * @param {import("../../types.js").Network} race.network
 * @param {import("../../types.js").Theta} race.theta0
 * @param {import("../../mathematics/flows/training.js").Options} race.options
 * @param {string[]} race.names
 * @param {number | null} race.scale of a start with every weight alike; null for others
 * @returns {import("../../types.js").Recipe | null}
 */
export function recipeOf({ system, network, theta0, options, names, scale }) {
  const depth = network.name === "Direct" ? "" : `depth=${network.depth}`;
  const runners = methods.filter(({ name }) => names.includes(name));
  const trainings = runners.map(({ name, python }) => {
    const flow = name === "flow" ? python(options) : `${python(options)}.limited_to(${MOST_STEPS})`;
    return `${name} = rl.train(system, network, start, ${flow}, tol=${number(TOLERANCE)})`;
  });
  const study =
    scale === null
      ? { toml: null, files: {} }
      : studyOf(system, {
          network: `{name = "${network.name}"${depth && `, depth = ${network.depth}`}}`,
          init: `{name = "Constant", scale = ${number(scale)}}`,
          methods: `["limit", ${runners.map(({ python }) => tableOf(python(options))).join(", ")}]`,
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
    ...study,
  };
}

/**
 * A flow as TOML writes it, from what Python calls: rl.flows.Adam(step_size=0.1) is {flow = "Adam", step_size = 0.1}.
 * @param {string} call
 */
function tableOf(call) {
  const [, name, fields] = /rl\.flows\.(\w+)\((.*)\)/.exec(call) ?? ["", "", ""];
  const settings = fields.split(", ").map((field) => field.replace("=", " = "));
  return `{${[`flow = "${name}"`, ...settings, `max_steps = ${MOST_STEPS}`].join(", ")}}`;
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
