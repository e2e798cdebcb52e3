/** One equation, two unknowns: the start moves the answer along the line of solutions. */

import { makeStage } from "../drawing/stage.js";

/** @type {import("../types.js").View} */
export const view = {
  name: "line",
  title: "The line",
  question: "One equation, two unknowns: every point of the line is a solution. Which one does training pick?",
  knobs: [
    {
      key: "scale",
      label: "Scale of the start",
      symbol: "α",
      kind: "logarithmic",
      minimum: 1e-6,
      maximum: 10,
      step: 0.02,
      help: "How large the weights are before training.",
    },
  ],
  defaults: { scale: 0.1, depth: 2, network: "Difference" },
  mount(container, context) {
    const stage = makeStage(container, {
      label: "The plane of the two unknowns",
      height: (width) => width,
      draw: (surface) => surface.line(0, 0, surface.width, surface.height, { stroke: context.palette().ink }),
    });
    return { update: stage.invalidate, pictures: () => [], dispose: stage.dispose };
  },
  recipe: () => null,
};
