/** One equation, two unknowns: the start moves the answer along the line of solutions. */

import { mathml } from "../drawing/mathml.js";
import { makeStage } from "../drawing/stage.js";
import { figureOf } from "./line/figure.js";
import { makeChart, makeGrip, makePad, makeStart } from "./line/handles.js";
import { knobs, settled } from "./line/knobs.js";
import { kinds } from "./line/pad.js";
import { curvesOf, drawPlane, viewOf } from "./line/plane.js";
import { recipeOf } from "./line/recipe.js";
import { drawSweep } from "./line/sweep.js";
import { makeTrainer, untrained } from "./line/training.js";
import { sentenceOf } from "./line/words.js";
import { partsOf } from "./parts.js";

/**
 * @typedef {import("../types.js").State} State
 * @typedef {import("../types.js").Context} Context
 * @typedef {import("./line/figure.js").Figure} Figure
 * @typedef {import("./line/plane.js").Training} Training
 */

/** @type {import("../types.js").View} */
export const view = {
  name: "line",
  title: "The line",
  question: "Every point of the thick line is a solution. Change the start, and see which one training picks.",
  knobs,
  defaults: { network: "Difference", depth: 2, scale: 0.1, u1: 1, v1: 1, u2: 1, v2: 1, a1: 2, a2: 3, b: 3 },
  settled,
  mount,
  recipe: recipeOf,
};

const keys = Object.keys(view.defaults);

/**
 * @param {HTMLElement} container
 * @param {Context} context
 * @returns {import("../types.js").Mounted}
 */
function mount(container, context) {
  const room = frame(container);
  let figure = figureOf(context.state, keys, 1, null);
  let training = untrained;
  const read = () => figure;

  const board = makeStage(room.plane, {
    label: "The plane of the two unknowns",
    height: (width) => width,
    draw: (surface) => drawPlane(surface, context.palette(), figure.scene, figure.plane, figure.curves, training),
  });
  const trainer = makeTrainer((now) => {
    training = now;
    board.invalidate();
  });
  const parts = [
    ...[0, 1].map((coordinate) => makePad(room.pads, context, coordinate, read)),
    ...[0, 1].map((end) => makeGrip(board.element, context, end, read)),
    makeStart(board.element, context, read),
    makeChart(room.chart, context, read),
  ];
  const watcher = new ResizeObserver(() => update(context.state));
  watcher.observe(board.element);

  /** @param {State} state */
  function update(state) {
    const last = figure;
    figure = figureOf(state, keys, board.size().width, last);
    if (figure !== last) {
      trainer.restart(figure.scene, 0.5 / figure.plane.unit);
      context.announce(describe(room, figure));
    }
    board.invalidate();
    for (const part of parts) part.show();
  }

  return {
    update,
    pictures: () => picturesOf(context, figure, training),
    numbers() {
      const { limit } = figure.scene;
      return {
        ...(limit.status === "converged" && { x: [...limit.x] }),
        ...(training.end && { trained: [...training.end] }),
      };
    },
    dispose() {
      trainer.dispose();
      watcher.disconnect();
      for (const part of [board, ...parts]) part.dispose();
    },
  };
}

/**
 * Writes the words of the view; returns the sentence about the answer.
 * @param {ReturnType<typeof frame>} room
 * @param {Figure} figure
 */
function describe(room, { scene }) {
  const kind = kinds[scene.network.name];
  room.start.hidden = kind === undefined;
  if (kind) {
    room.formula.replaceChildren(mathml(kind.formula, kind.spoken));
    room.says.textContent = `${kind.says} Weights are shown in units of α.`;
  }
  room.sentence.textContent = sentenceOf(scene);
  return room.sentence.textContent;
}

/**
 * @param {Context} context
 * @param {Figure} figure
 * @param {Training} training
 * @returns {import("../types.js").Picture[]}
 */
function picturesOf(context, { scene, plane, sweep }, training) {
  const whole = viewOf(640, plane.half);
  return [
    {
      name: "line",
      width: 640,
      height: 640,
      draw: (surface) => drawPlane(surface, context.palette(), scene, whole, curvesOf(scene, whole), training),
    },
    { name: "scales", width: 480, height: 320, draw: (surface) => drawSweep(surface, context.palette(), sweep) },
  ];
}

/**
 * The places of the view's parts.
 * @param {HTMLElement} container
 */
function frame(container) {
  container.innerHTML = `
    <div class="line">
      <div class="board"><div class="plane"></div><p class="sentence"></p>
        <p class="caption">Along each blue curve the cost Φ is the same. The start decides what Φ is, and training ends
        at the cheapest point of the line: where the outermost curve just touches it.</p></div>
      <div class="side">
        <section class="start">
          <h3>Drag the starting weights</h3>
          <div class="pads"></div>
          <p class="formula"></p>
          <p class="caption says"></p>
        </section>
        <section>
          <h3>The answer at every scale</h3>
          <div class="chart"></div>
        </section>
      </div>
    </div>`;
  return partsOf(container, "plane", "start", "pads", "formula", "says", "chart", "sentence");
}
