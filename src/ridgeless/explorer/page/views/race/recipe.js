/** A race in words of Python, and as a study: the prediction, and every training beside it. */

import { flowTable, number, studyOf, systemLines, thetaOf, weightsTable } from "../../python.js";
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
  const study = studyOf(system, {
    network: `{name = "${network.name}"${depth && `, depth = ${network.depth}`}}`,
    init: scale === null ? weightsTable(theta0) : `{name = "Constant", scale = ${number(scale)}}`,
    methods: `["limit", ${runners.map(({ python }) => flowTable(python(options), MOST_STEPS)).join(", ")}]`,
    tolerance: TOLERANCE,
  });
  return {
    lines: [
      ...systemLines(system),
      `network = rl.networks.${network.name}(${depth})`,
      `start = ${thetaOf(theta0)}`,
      "# Where gradient flow ends, without training.",
      "predicted = rl.limit(system, network, start, tol=1e-12)",
      "# The same by training. rl.predict(descent) corrects the prediction for its finite steps.",
      ...trainings,
    ],
    result: "predicted.x",
    ...study,
  };
}
