/** The limit on the screen in words of Python, and as a study. */

import { number, studyOf, systemLines } from "../../python.js";

/**
 * @param {import("../../types.js").System} system
 * @param {import("../../types.js").Network} network
 * @param {number} scale
 * @returns {import("../../types.js").Recipe}
 */
export function recipeOf(system, network, scale) {
  const isDirect = network.name === "Direct";
  return {
    lines: [
      ...systemLines(system),
      `network = rl.networks.${network.name}(${isDirect ? "" : `depth=${network.depth}`})`,
      `solution = rl.limit(system, network, rl.inits.Constant(${number(scale)}), tol=1e-12)`,
    ],
    result: "solution.x",
    ...studyOf(system, {
      network: `{name = "${network.name}"${isDirect ? "" : `, depth = ${network.depth}`}}`,
      init: `{name = "Constant", scale = ${number(scale)}}`,
    }),
  };
}
