/** The events in words of Python, and their end as a study. */

import { number, studyOf, systemLines } from "../../python.js";

/**
 * @param {import("../../types.js").System} system
 * @param {import("../../types.js").Network} network
 * @param {number} scale of the flow that is drawn
 * @returns {import("../../types.js").Recipe}
 */
export function recipeOf(system, network, scale) {
  return {
    lines: [
      ...systemLines(system),
      `network = rl.networks.${network.name}(depth=${network.depth})`,
      "# Where ever smaller starts lead, and the saddles on the way.",
      "predicted = rl.limit(system, network, rl.inits.Vanishing())",
      `times = rl.plots.jump_times(predicted, scale=${number(scale)})`,
      "# Training itself from a start of this scale.",
      `trained = rl.train(system, network, rl.inits.Constant(${number(scale)}), rl.flows.GradientFlow())`,
    ],
    result: "predicted.x",
    ...studyOf(system, {
      network: `{name = "${network.name}", depth = ${network.depth}}`,
      init: '{name = "Vanishing"}',
    }),
  };
}
