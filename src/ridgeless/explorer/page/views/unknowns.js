/** Many unknowns, few equations: the scale of the start decides which solution training picks. */

import { makeStage } from "../drawing/stage.js";
import { constantStart } from "../mathematics/networks.js";
import { l1Norm, norm } from "../mathematics/vectors.js";
import { addPart, makeButton } from "./motion/buttons.js";
import { prefersStill } from "./motion/loop.js";
import { drawImages, heightOf } from "./unknowns/images.js";
import { accepts, defaults, knobs, settled } from "./unknowns/knobs.js";
import { recipeOf } from "./unknowns/recipe.js";
import { isSolvedAtOnce, makeSolver } from "./unknowns/solver.js";
import { drawStems } from "./unknowns/stems.js";
import { drawErrors, drawNorms, nextScale, pointOf, scaleUnder } from "./unknowns/sweep.js";
import { proofOf, sentenceOf } from "./unknowns/words.js";

/**
 * @typedef {import("../types.js").State} State
 * @typedef {import("../types.js").System} System
 * @typedef {import("../types.js").Network} Network
 * @typedef {import("./unknowns/solver.js").Answer} Answer
 * @typedef {import("./unknowns/solver.js").Task} Task
 * @typedef {import("./unknowns/sweep.js").SweepPoint} SweepPoint
 * @typedef {import("../solver_worker.js").Ends} Ends
 */

// The journey of the play button, and how long a knob has to rest before the curves go on.
const JOURNEY_MS = 7000;
const JOURNEY = [10, 1e-4];
const REST_MS = 250;
const SWEEP_POINTS = { atOnce: 85, later: 33 };

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

/**
 * @param {HTMLElement} container
 * @param {import("../types.js").Context} context
 * @returns {import("../types.js").Mounted}
 */
function mount(container, context) {
  const room = frame(container);
  const solver = makeSolver(context.solve);
  let task = taskOf(context.state, context.systems);
  /** @type {Answer | null} */
  let answer = null;
  /** @type {Ends | null} */
  let ends = null;
  /** @type {SweepPoint[]} */
  let points = [];
  let [shown, problem, isDisposed] = ["", "", false];
  let [asked, resting, playing] = [0, 0, 0];

  const picture = makeStage(room.picture, {
    label: "The answer, beside the truth and both ends of the scale",
    height: (width) => (task.system.image ? heightOf(width) : Math.round(Math.max(280, Math.min(440, 0.46 * width)))),
    draw: (surface) => drawPicture(surface),
  });
  const charts = [
    { place: room.errors, label: "Distance from the truth against the scale", draw: drawErrors },
    { place: room.norms, label: "Two norms of the answer against the scale", draw: drawNorms },
  ].map(({ place, label, draw }) => {
    const stage = makeStage(place, {
      label,
      height: (width) => Math.round(Math.max(170, Math.min(230, 0.5 * width))),
      draw: (surface) => draw(surface, context.palette(), sweepOf()),
    });
    drags(stage, (across) => context.set({ scale: scaleUnder(stage.size().width, across) }));
    return stage;
  });
  const play = makeButton(room.buttons, "Play", () => (playing ? stop() : start()), "Watch the start shrink from 10 to 0.0001.");

  /** @param {import("../types.js").Surface} surface */
  function drawPicture(surface) {
    const { system } = task;
    const x = answer && answer.system === system && answer.limit.status === "converged" ? answer.limit.x : null;
    const stems = { x, truth: system.truth, lazy: ends?.lazy ?? null, vanishing: ends?.vanishing?.x ?? null };
    if (system.image) drawImages(surface, context.palette(), system, stems);
    else drawStems(surface, context.palette(), stems);
  }

  function sweepOf() {
    const isSolved = answer?.limit.status === "converged";
    const now = answer && isSolved ? pointOf(answer.scale, answer.limit.x, answer.system.truth) : null;
    const least = { l1: l1Norm(ends?.vanishing?.x ?? [NaN]), l2: norm(ends?.shortest ?? [NaN]) };
    return { points, now, least };
  }

  /** @param {State} state */
  function update(state) {
    task = taskOf(state, context.systems);
    const { system, network, scale } = task;
    const nowProblem = JSON.stringify([system.name, network]);
    if (nowProblem !== problem) {
      [problem, points, ends] = [nowProblem, [], null];
      room.element.classList.toggle("pictured", system.image !== null);
      room.errorsPart.hidden = system.truth === null;
      room.legend.hidden = system.image !== null;
      solver.ends(system, network).then((found) => {
        if (problem === nowProblem && !isDisposed) [ends] = [found];
        redraw();
      });
    }
    const key = JSON.stringify([nowProblem, scale]);
    if (key !== shown) {
      shown = key;
      if (isSolvedAtOnce(system)) asked ||= requestAnimationFrame(solveNow);
      else solver.later(task, "limit").then(take);
      rest();
    }
    redraw();
  }

  function solveNow() {
    cancelAnimationFrame(asked);
    asked = 0;
    take(solver.now(task));
  }

  /** @param {Answer | null} found */
  function take(found) {
    if (found === null || isDisposed || found.system !== task.system) return;
    answer = found;
    room.sentence.textContent = sentenceOf(found);
    room.proof.textContent = proofOf(found);
    room.element.dataset.status = found.limit.status;
    room.element.dataset.milliseconds = found.milliseconds.toFixed(2);
    context.announce(room.sentence.textContent);
    redraw();
  }

  function redraw() {
    for (const stage of [picture, ...charts]) stage.invalidate();
  }

  /** The curves go on when the knobs have come to rest. */
  function rest() {
    clearTimeout(resting);
    resting = setTimeout(nextPoint, REST_MS);
  }

  /** One more point of the curves, where they need it most. */
  function nextPoint() {
    const own = problem;
    if (isDisposed || points.length >= SWEEP_POINTS[isSolvedAtOnce(task.system) ? "atOnce" : "later"]) return;
    const scale = nextScale(points);
    solver.later({ ...task, scale }, "sweep").then((found) => {
      if (found === null || isDisposed || problem !== own) return;
      const isSolved = found.limit.status === "converged";
      points.push(isSolved ? pointOf(scale, found.limit.x, found.system.truth) : { scale, error: NaN, l1: NaN, l2: NaN });
      points.sort((one, other) => other.scale - one.scale);
      redraw();
      clearTimeout(resting);
      resting = setTimeout(nextPoint, 0);
    });
  }

  function start() {
    if (prefersStill()) {
      context.set({ scale: JOURNEY[1] });
      return;
    }
    const began = performance.now();
    play.textContent = "Stop";
    const step = () => {
      const share = Math.min(1, (performance.now() - began) / JOURNEY_MS);
      context.set({ scale: Number((JOURNEY[0] * (JOURNEY[1] / JOURNEY[0]) ** share).toPrecision(3)) });
      if (share < 1) playing = requestAnimationFrame(step);
      else stop();
    };
    playing = requestAnimationFrame(step);
  }

  function stop() {
    cancelAnimationFrame(playing);
    playing = 0;
    play.textContent = "Play";
  }

  return {
    update,
    pictures: () => [
      { name: "unknowns", width: 860, height: task.system.image ? heightOf(860) : 400, draw: drawPicture },
      { name: "distance", width: 480, height: 260, draw: (surface) => drawErrors(surface, context.palette(), sweepOf()) },
      { name: "norms", width: 480, height: 260, draw: (surface) => drawNorms(surface, context.palette(), sweepOf()) },
    ],
    numbers() {
      const isNow = answer !== null && JSON.stringify([answer.system.name, answer.network, answer.scale]) === JSON.stringify([task.system.name, task.network, task.scale]);
      if (!isNow) take(solver.now(task));
      const { limit } = /** @type {Answer} */ (answer);
      return { x: [...limit.x], gap: limit.gap, distance: limit.distance };
    },
    dispose() {
      isDisposed = true;
      cancelAnimationFrame(asked);
      clearTimeout(resting);
      stop();
      for (const stage of [picture, ...charts]) stage.dispose();
    },
  };
}

/**
 * The scale is dragged on a chart.
 *
 * @param {import("../drawing/stage.js").Stage} stage
 * @param {(across: number) => void} moved
 */
function drags({ element }, moved) {
  element.classList.add("draggable");
  /** @param {PointerEvent} event */
  function drag(event) {
    if (event.type === "pointerdown") element.setPointerCapture(event.pointerId);
    if (element.hasPointerCapture(event.pointerId)) moved(event.clientX - element.getBoundingClientRect().left);
  }
  element.addEventListener("pointerdown", drag);
  element.addEventListener("pointermove", drag);
}

/**
 * The places of the view's parts.
 *
 * @param {HTMLElement} container
 */
function frame(container) {
  const element = addPart(container, "div", "unknowns");
  const row = addPart(element, "div", "row");
  const buttons = addPart(row, "div", "buttons");
  const legend = addPart(row, "p", "legend");
  for (const [kind, words] of [
    ["stem", "the answer"],
    ["ring", "the truth"],
    ["grey", "from a very large start"],
    ["small diamond", "from a vanishing start"],
  ]) {
    const item = addPart(legend, "span", "item");
    addPart(item, "span", kind);
    item.append(words);
  }
  const picture = addPart(element, "div", "picture");
  const sentence = addPart(element, "p", "sentence");
  const proof = addPart(element, "p", "caption proof");
  const pair = addPart(element, "div", "pair");
  const errorsPart = addPart(pair, "section", "");
  addPart(errorsPart, "h3", "", "Distance from the truth");
  const errors = addPart(errorsPart, "div", "chart");
  const normsPart = addPart(pair, "section", "");
  addPart(normsPart, "h3", "", "Two norms, over the least that any solution has");
  const norms = addPart(normsPart, "div", "chart");
  return { element, buttons, legend, picture, sentence, proof, errorsPart, errors, norms };
}
