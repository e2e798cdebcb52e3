/** The fully connected linear network: what its start keeps for ever, and what training makes of the rest. */

import { makeHandle } from "../drawing/handle.js";
import { plain } from "../drawing/numbers.js";
import { makeStage } from "../drawing/stage.js";
import { defaults, knobs, REACH, settled } from "./deep/knobs.js";
import { drawGap, drawPlane, drawValues, planeOf } from "./deep/pictures.js";
import { recipeOf } from "./deep/recipe.js";
import { record } from "./deep/recording.js";
import { taskOf } from "./deep/task.js";
import { sentenceOf } from "./deep/words.js";
import { makeButton } from "./motion/buttons.js";
import { makeLoop, prefersStill } from "./motion/loop.js";
import { makePlayer } from "./motion/player.js";
import { partsOf } from "./parts.js";

/**
 * @typedef {import("../types.js").State} State
 * @typedef {import("./deep/task.js").Task} Task
 * @typedef {import("./deep/recording.js").Recording} Recording
 * @typedef {import("./deep/recording.js").Look} Look
 * @typedef {import("./deep/pictures.js").Shown} Shown
 * @typedef {import("../types.js").Surface} Surface
 */

const JOURNEY_MS = 2600;
const AT_ONCE_MS = 12;

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
  const player = makePlayer(JOURNEY_MS);
  const read = () => {
    const count = Math.ceil(player.share() * recording.looks.length);
    const isWhole = recording.run().status === "converged" && !player.isPlaying();
    return { task, looks: recording.looks.slice(0, Math.max(1, count)), all: recording.looks, isWhole };
  };
  const stages = makeStages(room, context, read, () => target.show());
  const loop = makeLoop({ work: (until) => recording.follow(until), show });
  makeButton(room.buttons, "Train again", play, "From the same start.");
  makeButton(room.buttons, "New seed", () => context.set(reseeded(context.state)), "Other random layers.");
  const target = makeTarget(stages[0], context, () => ({ task, looks: recording.looks }));

  function play() {
    if (!prefersStill()) player.start();
    draw();
    loop.wake();
  }

  /** @param {number} passed */
  function show(passed) {
    player.pass(passed, 1);
    draw();
    return player.isPlaying();
  }

  function draw() {
    for (const stage of stages) stage.invalidate();
    room.sentence.textContent = player.isPlaying() ? "Training is on its way." : sentenceOf(task, recording);
  }

  return {
    update(state) {
      const key = Object.keys(defaults)
        .map((name) => state[name])
        .join();
      if (key !== shown) {
        const isFirst = shown === "";
        shown = key;
        task = taskOf(state, context.systems);
        recording = record(task);
        // Short trainings are whole before the next frame, so that the picture follows a knob without flicker.
        recording.follow(performance.now() + AT_ONCE_MS);
        player.stop();
        if (isFirst) play();
      }
      draw();
      loop.wake();
      context.announce(sentenceOf(task, recording));
    },
    pictures: () =>
      picturesOf(context, { task, looks: recording.looks, all: recording.looks, isWhole: recording.ended }),
    numbers: () => ({ x: [...(task.prediction.x ?? recording.run().x)], trained: [...recording.run().x] }),
    dispose() {
      loop.dispose();
      target.dispose();
      for (const stage of stages) stage.dispose();
    },
  };
}

/** @param {State} state */
const reseeded = (state) => ({ seed: (Number(state.seed) + 1) % 1_000_000 });

/**
 * @param {ReturnType<typeof frame>} room
 * @param {import("../types.js").Context} context
 * @param {() => Shown} read
 * @param {() => void} drawn Called after the plane, whose size may have changed.
 */
function makeStages(room, context, read, drawn) {
  /** @param {(surface: Surface, palette: import("../types.js").Palette, shown: Shown) => void} draw */
  const drawing = (draw) => (/** @type {Surface} */ surface) => draw(surface, context.palette(), read());
  return [
    makeStage(room.plane, {
      label: "The path of x: what the equations see of it, and what they do not",
      height: (width) => Math.round(Math.min(540, Math.max(320, 1.1 * width))),
      draw(surface) {
        drawPlane(surface, context.palette(), read());
        drawn();
      },
    }),
    makeStage(room.values, {
      label: "The singular values of every layer along time",
      height: () => 290,
      draw: drawing(drawValues),
    }),
    makeStage(room.gap, {
      label: "The distance to the shortest solution, split by cause",
      height: () => 170,
      draw: drawing(drawGap),
    }),
  ];
}

/**
 * The handle of the target, which lies on the solutions.
 * @param {import("../drawing/stage.js").Stage} stage
 * @param {import("../types.js").Context} context
 * @param {() => {task: Task, looks: Look[]}} read
 */
function makeTarget(stage, context, read) {
  const pixels = () => planeOf(stage.size().width, stage.size().height, read().task, read().looks);
  const least = () => (read().task.axes.isLine ? -REACH : 0);
  const value = () => Math.max(least(), Number(context.state.target));
  /** @param {number} wanted */
  function aim(wanted) {
    context.set({ target: Math.round(100 * Math.min(REACH, Math.max(least(), wanted))) / 100 });
  }
  const handle = makeHandle(stage.element, {
    label: "The target",
    dragged: (_, down) => aim(pixels().y.invert(down)),
    // It moves along one line, so that both pairs of arrow keys mean the same.
    nudged: (right, up) => aim(value() + 0.05 * (right + up)),
    range: { value, ends: () => [least(), REACH], page: 0.5, put: aim },
  });
  return {
    show() {
      const { axes, target, kind, prediction } = read().task;
      const { x, y } = pixels();
      handle.element.hidden = kind !== "landing" || prediction.x === null;
      handle.element.classList.toggle("hint", Number(context.state.target) === defaults.target);
      const words = `${plain(axes.unseen(target))} beside the shortest solution`;
      handle.place(x.at(axes.seen(target)), y.at(axes.unseen(target)), words);
    },
    dispose: handle.dispose,
  };
}

/**
 * @param {import("../types.js").Context} context
 * @param {Shown} shown
 * @returns {import("../types.js").Picture[]}
 */
function picturesOf(context, shown) {
  return [
    { name: "plane", width: 560, height: 520, draw: (surface) => drawPlane(surface, context.palette(), shown) },
    { name: "layers", width: 560, height: 320, draw: (surface) => drawValues(surface, context.palette(), shown) },
    { name: "causes", width: 560, height: 170, draw: (surface) => drawGap(surface, context.palette(), shown) },
  ];
}

/**
 * The places of the view's parts.
 * @param {HTMLElement} container
 */
function frame(container) {
  container.innerHTML = `
    <div class="deep">
      <div class="row"><div class="buttons"></div>
        <p class="legend"><span><i class="diamond"></i>where the theorem says it ends</span>
          <span><i class="stroke"></i>training</span></p></div>
      <div class="pair">
        <div><div class="plane"></div></div>
        <div class="side"><div class="values"></div>
          <h3>What keeps x away from the shortest solution</h3><div class="gap"></div></div>
      </div>
      <p class="sentence"></p>
      <p class="caption">x = W₁W₂…w. The first layer moves along the equations alone, whatever the step. What it has in the
        null space at the start it keeps for ever, and the later layers multiply it. Dashed: the size that all layers
        reach from a tiny start.</p>
    </div>`;
  return partsOf(container, "buttons", "plane", "values", "gap", "sentence");
}
