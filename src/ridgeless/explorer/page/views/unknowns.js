/** Many unknowns, few equations: the scale of the start decides which solution training picks. */

import { makeStage } from "../drawing/stage.js";
import { l1Norm, norm } from "../mathematics/vectors.js";
import { makeCurves } from "./unknowns/curves.js";
import { drawImages, heightOf } from "./unknowns/images.js";
import { makeJourney } from "./unknowns/journey.js";
import { accepts, defaults, knobs, settled } from "./unknowns/knobs.js";
import { recipeOf } from "./unknowns/recipe.js";
import { furnish, makeCharts, tell } from "./unknowns/room.js";
import { isSolvedAtOnce, makeSolver } from "./unknowns/solver.js";
import { drawStems } from "./unknowns/stems.js";
import { drawErrors, drawNorms, pointOf } from "./unknowns/sweep.js";

/**
 * @typedef {import("../types.js").State} State
 * @typedef {import("../types.js").System} System
 * @typedef {import("../types.js").Network} Network
 * @typedef {import("../types.js").Surface} Surface
 * @typedef {import("../types.js").Palette} Palette
 * @typedef {import("./unknowns/solver.js").Answer} Answer
 * @typedef {import("./unknowns/solver.js").Task} Task
 * @typedef {import("./unknowns/sweep.js").SweepPoint} SweepPoint
 * @typedef {import("../solver_worker.js").Ends} Ends
 *
 * @typedef {{task: Task, answer: Answer | null, ends: Ends | null}} Scene What is shown; the answer may be of a moment ago.
 */

/** @type {import("../types.js").View} */
export const view = {
  name: "unknowns",
  title: "Many unknowns",
  question: "Few equations, many unknowns: the scale of the start decides which solution training picks.",
  knobs,
  defaults,
  settled,
  mount,
  recipe(state, systems) {
    const { system, network, scale } = taskOf(state, systems);
    return recipeOf(system, network, scale);
  },
};

/**
 * @param {State} state
 * @param {Record<string, System>} systems
 * @returns {Task}
 */
function taskOf(state, systems) {
  const system = systems[String(state.system)] ?? Object.values(systems).find(accepts);
  const name = /** @type {Network["name"]} */ (state.network);
  return { system, network: { name, depth: name === "Direct" ? 1 : Number(state.depth) }, scale: Number(state.scale) };
}

/** What two tasks have in common whose curves are the same. @param {Task} task */
const problemOf = ({ system, network }) => JSON.stringify([system.name, network]);

/** @param {Task} task */
const keyOf = (task) => JSON.stringify([problemOf(task), task.scale]);

/**
 * @param {HTMLElement} container
 * @param {import("../types.js").Context} context
 * @returns {import("../types.js").Mounted}
 */
function mount(container, context) {
  const room = furnish(container);
  const solver = makeSolver(context.solve);
  /** @type {Scene} */
  const scene = { task: taskOf(context.state, context.systems), answer: null, ends: null };
  let [shown, problem, asked, isDisposed] = ["", "", 0, false];
  const curves = makeCurves({ solve: (task) => solver.later(task, "sweep"), drawn });
  const picture = makeStage(room.picture, {
    label: "The answer, beside the truth and both ends of the scale",
    height: (width) => pictureHeight(scene.task.system, width),
    draw: (surface) => drawScene(surface, context.palette(), scene),
  });
  const charts = makeCharts(room, context, () => sweepOf(scene, curves.points()));
  const journey = makeJourney(room.buttons, context.set);

  function redraw() {
    for (const stage of [picture, ...charts]) stage.invalidate();
  }

  function drawn() {
    room.element.dataset.points = String(curves.points().length);
    redraw();
  }

  /** Curves, ends and places of another problem. */
  function turnTo() {
    const { system, network } = scene.task;
    [problem, scene.ends] = [problemOf(scene.task), null];
    curves.clear();
    room.errorsPart.hidden = system.truth === null;
    room.legend.hidden = system.image !== null;
    const own = problem;
    solver.ends(system, network).then((found) => {
      if (isDisposed || problem !== own) return;
      scene.ends = found;
      redraw();
    });
  }

  /** @param {State} state */
  function update(state) {
    scene.task = taskOf(state, context.systems);
    if (problemOf(scene.task) !== problem) turnTo();
    if (keyOf(scene.task) !== shown) {
      shown = keyOf(scene.task);
      if (isSolvedAtOnce(scene.task.system)) asked ||= requestAnimationFrame(solveNow);
      else solver.later(scene.task, "limit").then(take);
      curves.rest(scene.task);
    }
    redraw();
  }

  function solveNow() {
    cancelAnimationFrame(asked);
    asked = 0;
    take(solver.now(scene.task));
  }

  /** @param {Answer | null} found */
  function take(found) {
    if (found === null || isDisposed || found.system !== scene.task.system) return;
    scene.answer = found;
    tell(room, found);
    context.announce(room.sentence.textContent ?? "");
    redraw();
  }

  return {
    update,
    pictures: () => picturesOf(scene, curves.points(), context.palette),
    numbers() {
      if (scene.answer === null || keyOf(scene.answer) !== keyOf(scene.task)) solveNow();
      const { limit } = /** @type {Answer} */ (scene.answer);
      return { x: [...limit.x], gap: limit.gap, distance: limit.distance };
    },
    dispose() {
      isDisposed = true;
      cancelAnimationFrame(asked);
      for (const part of [picture, ...charts, curves, journey]) part.dispose();
    },
  };
}

/** @param {System} system @param {number} width */
function pictureHeight(system, width) {
  return system.image ? heightOf(width) : Math.round(Math.max(280, Math.min(440, 0.46 * width)));
}

/**
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {Scene} scene
 */
function drawScene(surface, palette, { task, answer, ends }) {
  const { system } = task;
  const isShown = answer !== null && answer.system === system && answer.limit.status === "converged";
  const stems = {
    x: isShown ? answer.limit.x : null,
    truth: system.truth,
    lazy: ends?.lazy ?? null,
    vanishing: ends?.vanishing?.x ?? null,
  };
  if (system.image) drawImages(surface, palette, system, stems);
  else drawStems(surface, palette, stems);
}

/**
 * @param {Scene} scene
 * @param {SweepPoint[]} points
 */
function sweepOf({ answer, ends }, points) {
  const now = answer?.limit.status === "converged" ? pointOf(answer) : null;
  return { points, now, least: { l1: l1Norm(ends?.vanishing?.x ?? [NaN]), l2: norm(ends?.shortest ?? [NaN]) } };
}

/**
 * @param {Scene} scene
 * @param {SweepPoint[]} points
 * @param {() => Palette} palette
 * @returns {import("../types.js").Picture[]}
 */
function picturesOf(scene, points, palette) {
  const sweep = sweepOf(scene, points);
  const chart = { width: 480, height: 260 };
  return [
    {
      name: "unknowns",
      width: 860,
      height: pictureHeight(scene.task.system, 860),
      draw: (surface) => drawScene(surface, palette(), scene),
    },
    { name: "distance", ...chart, draw: (surface) => drawErrors(surface, palette(), sweep) },
    { name: "norms", ...chart, draw: (surface) => drawNorms(surface, palette(), sweep) },
  ];
}
