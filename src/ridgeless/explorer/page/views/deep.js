/** The fully connected linear network: what its start keeps for ever, and what training makes of the rest. */

import { makeHandle } from "../drawing/handle.js";
import { plain } from "../drawing/numbers.js";
import { makeStage } from "../drawing/stage.js";
import { defaults, knobs, settled } from "./deep/knobs.js";
import { drawGap, drawPlane, drawValues, planeOf } from "./deep/pictures.js";
import { recipeOf } from "./deep/recipe.js";
import { record } from "./deep/recording.js";
import { taskOf } from "./deep/task.js";
import { sentenceOf } from "./deep/words.js";
import { makeButton } from "./motion/buttons.js";
import { makeLoop, prefersStill } from "./motion/loop.js";

/**
 * @typedef {import("../types.js").State} State
 * @typedef {import("./deep/task.js").Task} Task
 * @typedef {import("./deep/recording.js").Recording} Recording
 */

const JOURNEY_MS = 2600;

/** @type {import("../types.js").View} */
export const view = {
  name: "deep",
  title: "Deep linear",
  question: "Layers of plain matrices, multiplied. Drag the target: a start can be chosen that ends at any solution.",
  knobs,
  defaults,
  settled,
  mount,
  recipe: (state, systems) => recipeOf(taskOf(state, systems)),
};

/**
 * @param {HTMLElement} container
 * @param {import("../types.js").Context} context
 * @returns {import("../types.js").Mounted}
 */
function mount(container, context) {
  const room = frame(container);
  let [task, recording, shown] = /** @type {[Task, Recording, string]} */ (/** @type {unknown} */ ([null, null, ""]));
  /** Which part of the training is on the screen, from 0 to 1; 1 where nothing plays. */
  let share = 1;

  const looks = () => recording.looks.slice(0, Math.max(1, Math.ceil(share * recording.looks.length)));
  const plane = makeStage(room.plane, {
    label: "The path of x: what the equations see of it, and what they do not",
    height: (width) => Math.round(Math.min(480, Math.max(320, 0.95 * width))),
    draw(surface) {
      drawPlane(surface, context.palette(), task, looks(), recording.looks);
      placeHandle();
    },
  });
  const values = makeStage(room.values, {
    label: "The singular values of every layer along time",
    height: () => 250,
    draw: (surface) => drawValues(surface, context.palette(), task, looks(), recording.looks),
  });
  const gap = makeStage(room.gap, {
    label: "The distance to the shortest solution, split by cause",
    height: () => 150,
    draw: (surface) => drawGap(surface, context.palette(), looks()[looks().length - 1]),
  });
  const loop = makeLoop({ work: (until) => recording.follow(until), show });
  makeButton(room.buttons, "Train again", () => play(), "From the same start.");
  makeButton(room.buttons, "New seed", () => context.set({ seed: (Number(context.state.seed) + 1) % 1_000_000 }), "Other random layers.");
  const handle = makeHandle(plane.element, {
    label: "The target",
    dragged: (_, down) => aim(pixels().y.invert(down)),
    nudged: (__, up) => aim(Number(context.state.target) + 0.05 * up),
  });

  const pixels = () => planeOf(plane.size().width, plane.size().height, task, recording.looks);

  /** @param {number} target */
  function aim(target) {
    context.set({ target: Math.round(100 * Math.min(3, Math.max(task.axes.isLine ? -3 : 0, target))) / 100 });
  }

  function placeHandle() {
    handle.element.hidden = task.kind !== "landing";
    handle.element.classList.toggle("hint", Number(context.state.target) === defaults.target);
    const { x, y } = pixels();
    const [across, down] = [x.at(task.axes.seen(task.target)), y.at(task.axes.unseen(task.target))];
    handle.place(across, down, `${plain(task.axes.unseen(task.target))} beside the shortest solution`);
  }

  function play() {
    share = prefersStill() ? 1 : 0;
    draw();
    loop.wake();
  }

  /** @param {number} passed */
  function show(passed) {
    if (share < 1) share = Math.min(1, share + passed / JOURNEY_MS);
    draw();
    return share < 1;
  }

  function draw() {
    for (const stage of [plane, values, gap]) stage.invalidate();
    room.sentence.textContent = share < 1 ? "Training is on its way." : sentenceOf(task, recording);
  }

  /** @param {State} state */
  function update(state) {
    const key = Object.keys(defaults).map((name) => state[name]).join();
    if (key !== shown) {
      const isFirst = shown === "";
      shown = key;
      task = taskOf(state, context.systems);
      recording = record(task);
      // Short trainings are whole before the next frame, so that the picture follows a knob without flicker.
      recording.follow(performance.now() + 12);
      share = 1;
      if (isFirst) play();
    }
    draw();
    loop.wake();
    context.announce(sentenceOf(task, recording));
  }

  return {
    update,
    pictures: () => [
      { name: "plane", width: 560, height: 520, draw: (surface) => drawPlane(surface, context.palette(), task, recording.looks, recording.looks) },
      { name: "layers", width: 560, height: 320, draw: (surface) => drawValues(surface, context.palette(), task, recording.looks, recording.looks) },
      { name: "causes", width: 560, height: 170, draw: (surface) => drawGap(surface, context.palette(), recording.looks[recording.looks.length - 1]) },
    ],
    numbers: () => ({ x: [...(task.prediction.x ?? recording.run().x)], trained: [...recording.run().x] }),
    dispose() {
      loop.dispose();
      handle.dispose();
      for (const stage of [plane, values, gap]) stage.dispose();
    },
  };
}

/**
 * The places of the view's parts.
 * @param {HTMLElement} container
 */
function frame(container) {
  container.innerHTML = `
    <div class="deep">
      <div class="row"><div class="buttons"></div>
        <p class="legend"><span class="diamond"></span>where the theorem says it ends
          <span class="stroke"></span>training</p></div>
      <div class="pair">
        <div><div class="plane"></div></div>
        <div class="side"><div class="values"></div>
          <h3>What keeps x away from the shortest solution</h3><div class="gap"></div></div>
      </div>
      <p class="sentence"></p>
      <p class="caption">x = W₁W₂…w. The first layer moves along the equations alone, whatever the step. What it has in the null space
        at the start it keeps for ever, and the later layers multiply it. Dashed: the size that all layers reach from a
        tiny start.</p>
    </div>`;
  const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (container.querySelector(`.${name}`));
  return {
    buttons: part("buttons"),
    plane: part("plane"),
    values: part("values"),
    gap: part("gap"),
    sentence: part("sentence"),
  };
}
