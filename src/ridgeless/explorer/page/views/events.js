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
import { makePlayer } from "./motion/player.js";
import { partsOf } from "./parts.js";
import { deepNetworkKnob, depthKnob, equationsKnob, scaleKnob, wholeDepth } from "./shared_knobs.js";
import { smallSystems, systemOf } from "./small_systems.js";

/**
 * @typedef {import("../types.js").State} State
 * @typedef {import("../types.js").System} System
 * @typedef {import("../types.js").Network} Network
 * @typedef {import("../types.js").Surface} Surface
 * @typedef {import("./events/scene.js").Scene} Scene
 * @typedef {import("./events/scene.js").Recording} Recording
 */

const JOURNEY_MS = 9000;
const MOST_EQUATIONS = 60;
const MOST_UNKNOWNS = 400;

/** @param {System} system */
const accepts = ({ equations, unknowns }) =>
  unknowns > equations && equations <= MOST_EQUATIONS && unknowns <= MOST_UNKNOWNS;

/** @type {import("../types.js").View} */
export const view = {
  name: "events",
  title: "Events",
  question: "From a tiny start the unknowns leave 0 one at a time. Which one is next, and when?",
  knobs: [
    scaleKnob(
      [1e-40, 0.3],
      "The smaller the start, the longer training rests before each event, and the sharper it jumps.",
      0.1,
    ),
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
    depthKnob("How many weights are multiplied. The order of events stays; they become sharper."),
    deepNetworkKnob("How each unknown is made of weights."),
    equationsKnob(accepts),
  ],
  defaults: { scale: 1e-10, moment: 1, depth: 2, network: "Difference", system: "staircase" },
  settled(state) {
    const depth = wholeDepth(state);
    return state.network === "Direct" ? { depth, network: "Difference" } : { depth };
  },
  mount,
  recipe(state, systems) {
    const network = networkOf(state);
    const scale = Math.max(Number(state.scale), smallestScale(network.depth));
    return recipeOf(systemOf(state, systems, accepts, smallSystems.staircase), network, scale);
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
  /** What is drawn: the curves before, until the new ones have come far enough. */
  let drawn = { scene, recording };
  const player = makePlayer(JOURNEY_MS);
  /** The moment that the player has set: another one comes from the reader, who takes over. */
  let played = 1;
  const share = () => (player.isPlaying() ? player.share() : Number(context.state.moment));
  const stages = makeStages(room, context, () => ({ ...drawn, moment: share() * scene.until }));
  const loop = makeLoop({ work: (until) => recording.follow(until), show });
  const button = makeButton(
    room.buttons,
    "Play",
    () => play(!player.isPlaying()),
    "Watch the events from this moment, or from the beginning.",
  );
  drags(stages[0].element, (across) => {
    player.stop();
    context.set({ moment: momentUnder(stages[0].size().width, scene, across) });
  });

  /** @param {boolean} on */
  function play(on) {
    played = Number(context.state.moment);
    if (on) player.start(played < 1 ? played : 0);
    else player.stop();
    loop.wake();
  }

  /** @param {number} passed */
  function show(passed) {
    const reach = recording.ended ? 1 : recording.at[recording.at.length - 1] / scene.until;
    const isMoving = player.isPlaying();
    player.pass(passed, reach);
    if (recording.ended || reach >= share()) drawn = { scene, recording };
    if (isMoving) context.set({ moment: (played = Number(player.share().toPrecision(4))) });
    else draw();
    return player.isPlaying();
  }

  /** @param {number} moment */
  const wordsAt = (moment) => `${sentenceOf(scene, moment)} ${differenceOf(drawn.scene, drawn.recording, moment)}`;

  function draw() {
    for (const stage of stages) stage.invalidate();
    button.textContent = player.isPlaying() ? "Stop" : "Play";
    room.sentence.textContent = wordsAt(share() * scene.until);
  }

  /** @param {State} state */
  function change(state) {
    const before = scene;
    scene = sceneOf(
      systemOf(state, context.systems, accepts, smallSystems.staircase),
      networkOf(state),
      Number(state.scale),
    );
    recording = record(scene);
    if (!isAlike(before, scene)) drawn = { scene, recording };
    room.remark.textContent = remarkOf(scene, Number(state.scale));
    room.from.textContent = `training from α = ${plain(scene.scale, 2)}`;
    if (shown === "" && !prefersStill() && Number(state.moment) === 1) play(true);
  }

  return {
    update(state) {
      const key = ["system", "network", "depth", "scale"].map((name) => state[name]).join();
      if (key !== shown) {
        change(state);
        shown = key;
      }
      if (state.moment !== played) player.stop();
      draw();
      loop.wake();
      context.announce(wordsAt(Number(state.moment) * scene.until));
    },
    pictures: () => {
      const moment = share() * scene.until;
      const draw = (/** @type {Surface} */ surface) => drawStairs(surface, context.palette(), scene, recording, moment);
      return [{ name: "events", width: 860, height: 460, draw }];
    },
    numbers: () => ({ x: [...scene.path.x], times: scene.path.at.slice(1).map((at) => at * scene.unit) }),
    dispose() {
      loop.dispose();
      for (const stage of stages) stage.dispose();
    },
  };
}

/**
 * Whether two scenes differ in their scale alone, so that the curves of one may stand for the other's for a moment.
 * @param {Scene | null} one
 * @param {Scene} other
 */
function isAlike(one, other) {
  return (
    one?.system === other.system && one.network.name === other.network.name && one.network.depth === other.network.depth
  );
}

/**
 * @param {ReturnType<typeof frame>} room
 * @param {import("../types.js").Context} context
 * @param {() => {scene: Scene, recording: Recording, moment: number}} read
 */
function makeStages(room, context, read) {
  /** @param {typeof drawStairs} draw */
  const drawing = (draw) => (/** @type {Surface} */ surface) => {
    const { scene, recording, moment } = read();
    draw(surface, context.palette(), scene, recording, moment);
  };
  return [
    makeStage(room.stairs, {
      label: "The unknowns along time: predicted stairs, and training beside them",
      height: (width) => Math.round(Math.max(300, Math.min(430, 0.6 * width))),
      draw: drawing(drawStairs),
    }),
    makeStage(room.pressure, {
      label: "How near every unknown is to leaving 0",
      height: () => 170,
      draw: drawing(drawPressure),
    }),
  ];
}

/**
 * The places of the view's parts.
 * @param {HTMLElement} container
 */
function frame(container) {
  container.innerHTML = `
    <div class="events">
      <div class="row"><div class="buttons"></div>
        <p class="legend"><span><i class="dashes"></i>predicted</span>
          <span><i class="stroke"></i><span class="from"></span></span>
          <span>+x enters, −x leaves</span></p></div>
      <div class="stairs"></div>
      <p class="sentence"></p>
      <p class="caption remark"></p>
      <h3>What decides who is next</h3>
      <p class="caption reason">While training rests, the pressure on each unknown grows evenly. An unknown leaves 0 when its
        pressure reaches an edge of the band, 1 or −1. Bars are predicted, circles are training.</p>
      <div class="pressure"></div>
    </div>`;
  return partsOf(container, "buttons", "from", "stairs", "sentence", "remark", "pressure");
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
