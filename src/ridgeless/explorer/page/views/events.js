/** Ever smaller starts: the unknowns leave 0 one at a time, at moments that can be predicted. */

import { plain } from "../drawing/numbers.js";
import { makeStage } from "../drawing/stage.js";
import { drawPressure } from "./events/pressure.js";
import { recipeOf } from "./events/recipe.js";
import { record, sceneOf, smallestScale } from "./events/scene.js";
import { drawStairs, momentUnder } from "./events/stairs.js";
import { differenceOf, remarkOf, sentenceOf } from "./events/words.js";
import { makeButton } from "./motion/buttons.js";
import { makeLoop, prefersStill } from "./motion/loop.js";
import { smallSystems, systemOf } from "./small_systems.js";

/**
 * @typedef {import("../types.js").State} State
 * @typedef {import("../types.js").System} System
 * @typedef {import("../types.js").Network} Network
 * @typedef {import("./events/scene.js").Scene} Scene
 * @typedef {import("./events/scene.js").Recording} Recording
 */

const JOURNEY_MS = 9000;
const MOST_EQUATIONS = 60;
const MOST_UNKNOWNS = 400;

/** @param {System} system */
const accepts = ({ equations, unknowns }) => unknowns > equations && equations <= MOST_EQUATIONS && unknowns <= MOST_UNKNOWNS;

/** @type {import("../types.js").View} */
export const view = {
  name: "events",
  title: "Events",
  question: "From a tiny start the unknowns leave 0 one at a time. Which one is next, and when?",
  knobs: [
    {
      key: "scale",
      label: "Scale of the start",
      symbol: "α",
      kind: "logarithmic",
      minimum: 1e-40,
      maximum: 0.3,
      step: 0.1,
      help: "The smaller the start, the longer training rests before each event, and the sharper it jumps.",
    },
    {
      key: "moment",
      label: "Moment",
      kind: "slider",
      minimum: 0,
      maximum: 1,
      step: 0.001,
      help: "Where in time the picture stands. You can also drag across the picture.",
      format: (value) => `${Math.round(100 * value)} %`,
    },
    {
      key: "depth",
      label: "Depth",
      symbol: "D",
      kind: "slider",
      minimum: 2,
      maximum: 6,
      step: 1,
      help: "How many weights are multiplied. The order of events stays; they become sharper.",
    },
    {
      key: "network",
      label: "Network",
      kind: "choice",
      choices: [
        { value: "Difference", title: "Difference: x = u^D − v^D" },
        { value: "Product", title: "Product: x = w₁·w₂·…·w_D" },
        { value: "Power", title: "Power: x = u^D, never negative" },
        { value: "TwoBranch", title: "Two branches: a product minus another" },
      ],
      help: "How each unknown is made of weights.",
    },
    { key: "system", label: "Equations", kind: "system", accepts, help: "The equations that training has to solve." },
  ],
  defaults: { scale: 1e-10, moment: 1, depth: 2, network: "Difference", system: "staircase" },
  settled(state) {
    const depth = Math.max(2, Math.round(Number(state.depth)));
    return state.network === "Direct" ? { depth, network: "Difference" } : { depth };
  },
  mount,
  recipe(state, systems) {
    const network = networkOf(state);
    const scale = Math.max(Number(state.scale), smallestScale(network.depth));
    return recipeOf(state, systemOf(state, systems, accepts, smallSystems.staircase), network, scale);
  },
};

/**
 * @param {State} state
 * @returns {Network}
 */
function networkOf(state) {
  return { name: /** @type {Network["name"]} */ (state.network), depth: Number(state.depth) };
}

/**
 * @param {HTMLElement} container
 * @param {import("../types.js").Context} context
 * @returns {import("../types.js").Mounted}
 */
function mount(container, context) {
  const room = frame(container);
  let [scene, recording, shown] = /** @type {[Scene, Recording, string]} */ (/** @type {unknown} */ ([null, null, ""]));
  /** The recording that is drawn: the last one, until the new one has got far enough. */
  let drawn = recording;
  let drawnScene = scene;
  /** Where the play stands, from 0 to 1; null where nothing plays. */
  let playing = /** @type {number | null} */ (null);

  const moment = () => (playing ?? Number(context.state.moment)) * scene.until;
  const stairs = makeStage(room.stairs, {
    label: "The unknowns along time: predicted stairs, and training beside them",
    height: (width) => Math.round(Math.max(300, Math.min(430, 0.6 * width))),
    draw: (surface) => drawStairs(surface, context.palette(), drawnScene, drawn, moment()),
  });
  const pressure = makeStage(room.pressure, {
    label: "How near every unknown is to leaving 0",
    height: () => 170,
    draw: (surface) => drawPressure(surface, context.palette(), drawnScene, drawn, moment()),
  });
  const loop = makeLoop({ work: (until) => recording.follow(until), show });
  const button = makeButton(room.buttons, "Play", () => play(playing === null), "Watch the events from the beginning.");
  drags(stairs.element, (across) => {
    play(false);
    context.set({ moment: momentUnder(stairs.size().width, scene, across) });
  });

  /** @param {boolean} on */
  function play(on) {
    playing = on ? 0 : null;
    button.textContent = on ? "Stop" : "Play";
    draw();
    loop.wake();
  }

  /** @param {number} passed */
  function show(passed) {
    const reached = recording.ended ? 1 : recording.at[recording.at.length - 1] / scene.until;
    if (playing !== null) {
      playing = Math.min(reached, playing + passed / JOURNEY_MS);
      if (playing >= Number(context.state.moment)) play(false);
    }
    // Until the new curve has come to the moment, the one before stays on the screen.
    if (recording.ended || reached * scene.until >= moment()) [drawn, drawnScene] = [recording, scene];
    draw();
    return playing !== null;
  }

  function draw() {
    stairs.invalidate();
    pressure.invalidate();
    room.sentence.textContent = wordsAt(moment());
  }

  /** @param {number} at in units of time */
  function wordsAt(at) {
    return `${sentenceOf(scene, at)} ${differenceOf(drawnScene, drawn, at)}`;
  }

  /** @param {State} state */
  function update(state) {
    const network = networkOf(state);
    const key = ["system", "network", "depth", "scale"].map((name) => state[name]).join();
    if (key !== shown) {
      const isFirst = shown === "";
      shown = key;
      const before = scene;
      scene = sceneOf(systemOf(state, context.systems, accepts, smallSystems.staircase), network, Number(state.scale));
      recording = record(scene);
      const isAlike = !isFirst && before.system === scene.system && before.network.name === scene.network.name;
      if (!isAlike || before.network.depth !== scene.network.depth) [drawn, drawnScene] = [recording, scene];
      room.remark.textContent = remarkOf(scene, Number(state.scale));
      room.legend.textContent = `training from α = ${plain(scene.scale, 2)}`;
      if (isFirst && !prefersStill() && Number(state.moment) === 1) play(true);
    }
    draw();
    loop.wake();
    context.announce(wordsAt(Number(state.moment) * scene.until));
  }

  return {
    update,
    pictures: () => [
      {
        name: "events",
        width: 860,
        height: 460,
        draw: (surface) => drawStairs(surface, context.palette(), scene, recording, moment()),
      },
    ],
    numbers: () => ({ x: [...scene.path.x], times: scene.path.at.slice(1).map((at) => at * scene.unit) }),
    dispose() {
      loop.dispose();
      stairs.dispose();
      pressure.dispose();
    },
  };
}

/**
 * The places of the view's parts.
 * @param {HTMLElement} container
 */
function frame(container) {
  container.innerHTML = `
    <div class="events">
      <div class="row"><div class="buttons"></div>
        <p class="legend"><span class="dashes"></span>predicted <span class="stroke"></span><span class="of"></span></p></div>
      <div class="stairs"></div>
      <p class="sentence"></p>
      <p class="caption remark"></p>
      <h3>What decides who is next</h3>
      <p class="caption">While training rests, the pressure on each unknown grows evenly. An unknown leaves 0 when its
        pressure reaches an edge of the band, 1 or −1. Bars are predicted, circles are training.</p>
      <div class="pressure"></div>
    </div>`;
  const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (container.querySelector(`.${name}`));
  return {
    buttons: part("buttons"),
    legend: part("of"),
    stairs: part("stairs"),
    sentence: part("sentence"),
    remark: part("remark"),
    pressure: part("pressure"),
  };
}

/**
 * Tells where a pointer is while it is pressed on an element.
 * @param {HTMLElement} element
 * @param {(across: number) => void} moved
 */
function drags(element, moved) {
  element.classList.add("draggable");
  /** @param {PointerEvent} event */
  function drag(event) {
    if (event.type === "pointerdown") element.setPointerCapture(event.pointerId);
    if (!element.hasPointerCapture(event.pointerId)) return;
    moved(event.clientX - element.getBoundingClientRect().left);
  }
  element.addEventListener("pointerdown", drag);
  element.addEventListener("pointermove", drag);
}
