/** A deep linear network in words of Python, and as a study. */

import { flowTable, initTable, list, number, studyOf, systemLines } from "../../python.js";
import { MOST_STEPS, TOLERANCE } from "./task.js";

// Layers with more numbers than this are too long to be written out.
const MOST_NUMBERS = 5000;

/**
 * @typedef {import("./task.js").Task} Task
 * @typedef {{lines: string[], init: string}} Start In words of Python, and as the init of a study.
 *
 * @param {Task} task
 * @returns {import("../../types.js").Recipe | null}
 */
export function recipeOf(task) {
  const { system, network, kind, prediction, method, options } = task;
  const start = kind === "landing" ? landing(task) : weights(task);
  if (start === null) return null;
  const lines = [
    ...systemLines(system),
    `network = rl.networks.Dense(hidden=${network.hidden}, width=${network.width})`,
    ...start.lines,
  ];
  const flow = method.python(options);
  const trained = `rl.train(system, network, start, ${flow}, tol=${number(TOLERANCE)})`;
  const study = studyOf(system, {
    network: `{name = "Dense", hidden = ${network.hidden}, width = ${network.width}}`,
    init: start.init,
    methods: prediction.x === null ? `[${flowTable(flow, MOST_STEPS)}]` : undefined,
    tolerance: TOLERANCE,
  });
  if (prediction.x === null) return { lines, result: `${trained}.x`, ...study };
  const ends = ["predicted = rl.limit(system, network, start)", `trained = ${trained}`];
  return { lines: [...lines, ...ends], result: "predicted.x", ...study };
}

/** @param {Task} task @returns {Start} */
function landing({ target, scale }) {
  return {
    lines: [`target = np.array(${list(target)})`, `start = rl.inits.Landing(target, scale=${number(scale)})`],
    // A list of one: a study takes lists for values to be swept over.
    init: `{name = "Landing", target = [${list(target)}], scale = ${number(scale)}}`,
  };
}

/**
 * The layers in full, so that what is exact in them stays so; null where they are too long.
 * @param {Task} task
 * @returns {Start | null}
 */
function weights({ theta0, network: { width } }) {
  const [last] = theta0.w;
  if (theta0.W.reduce((sum, layer) => sum + layer.length, last.length) > MOST_NUMBERS) return null;
  const layers = theta0.W.map((layer) => matrix(layer, width));
  return {
    lines: [
      `W = [${layers.map((layer) => `np.array(${layer})`).join(", ")}]`,
      `start = {"W": W, "w": np.array(${list(last)})}`,
    ],
    init: initTable([
      ["W", `[${layers.join(", ")}]`],
      ["w", list(last)],
    ]),
  };
}

/**
 * @param {Float64Array} layer
 * @param {number} width
 */
function matrix(layer, width) {
  const rows = Array.from({ length: layer.length / width }, (_, row) => layer.subarray(row * width, (row + 1) * width));
  return `[${rows.map(list).join(", ")}]`;
}
