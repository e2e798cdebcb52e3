/** A deep linear network in words of Python, and as a study where an init of the library makes the start. */

import { list, number, studyOf, systemLines } from "../../python.js";
import { TOLERANCE } from "./task.js";

// Layers with more numbers than this are too long to be written out.
const MOST_NUMBERS = 5000;

/**
 * @param {import("./task.js").Task} task
 * @returns {import("../../types.js").Recipe | null}
 */
export function recipeOf(task) {
  const { system, network, kind, target, scale, prediction, method, options } = task;
  const lines = [
    ...systemLines(system),
    `network = rl.networks.Dense(hidden=${network.hidden}, width=${network.width})`,
  ];
  if (kind === "landing") {
    lines.push(`target = np.array(${list(target)})`, `start = rl.inits.Landing(target, scale=${number(scale)})`);
  } else {
    const layers = layersOf(task);
    if (layers === null) return null;
    lines.push(...layers);
  }
  const trained = `rl.train(system, network, start, ${method.python(options)}, tol=${number(TOLERANCE)})`;
  if (prediction.x === null) return { lines, result: `${trained}.x`, toml: null, files: {} };
  const ends = ["predicted = rl.limit(system, network, start)", `trained = ${trained}`];
  const study = kind === "landing" ? landingStudy(task) : { toml: null, files: {} };
  return { lines: [...lines, ...ends], result: "predicted.x", ...study };
}

/** @param {import("./task.js").Task} task */
function landingStudy({ system, network, target, scale }) {
  return studyOf(system, {
    network: `{name = "Dense", hidden = ${network.hidden}, width = ${network.width}}`,
    // A list of one: a study takes lists for values to be swept over.
    init: `{name = "Landing", target = [${list(target)}], scale = ${number(scale)}}`,
  });
}

/**
 * The layers in full, so that what is exact in them stays so; null where they are too long.
 * @param {import("./task.js").Task} task
 * @returns {string[] | null}
 */
function layersOf({ theta0, network, system }) {
  const count = theta0.W.reduce((sum, layer) => sum + layer.length, theta0.w[0].length);
  if (count > MOST_NUMBERS) return null;
  const matrices = theta0.W.map((layer, i) => {
    const rows = i === 0 ? system.unknowns : network.width;
    return `np.array(${list(layer)}).reshape(${rows}, ${network.width})`;
  });
  return [`W = [${matrices.join(", ")}]`, `start = {"W": W, "w": np.array(${list(theta0.w[0])})}`];
}
