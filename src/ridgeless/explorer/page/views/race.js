/** Training methods race from the same start: paths, progress, and where each ends beside the prediction. */

import { makeStage } from "../drawing/stage.js";
import { DEFAULTS } from "../mathematics/flows/training.js";
import { makeButton } from "./motion/buttons.js";
import { partsOf } from "./parts.js";
import { makeClock } from "./race/clock.js";
import { makeContest, startOf } from "./race/contest.js";
import { accepts, defaults, knobs, namesOf, settled } from "./race/knobs.js";
import { drawEnds, drawLosses, drawPaths } from "./race/pictures.js";
import { recipeOf } from "./race/recipe.js";
import { makeTable } from "./race/table.js";
import { sentenceOf } from "./race/words.js";
import { smallSystems, systemOf } from "./small_systems.js";

/**
 * @typedef {import("../types.js").State} State
 * @typedef {import("../types.js").System} System
 * @typedef {import("../types.js").Network} Network
 * @typedef {import("./race/contest.js").Contest} Contest
 */

/** @type {import("../types.js").View} */
export const view = {
  name: "race",
  title: "Race",
  question: "Many ways to train begin at the same weights. Do they end at the same solution?",
  knobs,
  defaults,
  settled,
  mount,
  recipe(state, systems) {
    const { system, network, theta0, options } = taskOf(state, systems);
    const scale = state.start === "even" ? Number(state.scale) : null;
    return recipeOf({ system, network, theta0, options: { ...DEFAULTS, ...options }, names: namesOf(state), scale });
  },
};

/**
 * @param {State} state
 * @param {Record<string, System>} systems
 */
function taskOf(state, systems) {
  const system = systemOf(state, systems, accepts, smallSystems.pair);
  const name = /** @type {Network["name"]} */ (state.network);
  const network = { name, depth: name === "Direct" ? 1 : Number(state.depth) };
  const start = { scale: Number(state.scale), isEven: state.start === "even", seed: Number(state.seed) };
  const options = Object.fromEntries(
    ["stepSize", "momentum", "batch", "seed", "stepDecay"].map((key) => [key, Number(state[key])]),
  );
  return { system, network, theta0: startOf(network, system.unknowns, start), options };
}

/**
 * @param {HTMLElement} container
 * @param {import("../types.js").Context} context
 * @returns {import("../types.js").Mounted}
 */
function mount(container, context) {
  const room = frame(container);
  let contest = /** @type {Contest} */ (/** @type {unknown} */ (null));
  let shown = "";
  const stages = makeStages(room, context, () => contest);
  const table = makeTable(room.table, (names) => context.set({ runners: names.join(".") }));
  const clock = makeClock({
    runners: () => contest.runners,
    show: draw,
    ended: () => context.announce(sentenceOf(contest, true)),
  });
  makeButton(room.buttons, "Rewind", rewind, "All methods go back to the same start.");
  const pause = makeButton(room.buttons, "Pause", clock.toggle, "Stop the clock, or let it go on.");
  makeButton(room.buttons, "New seed", () => context.set(reseeded(context.state)), "Another random start.");

  function rewind() {
    const { system, network, theta0, options } = taskOf(context.state, context.systems);
    contest = makeContest(system, network, theta0, options, namesOf(context.state));
    clock.restart();
    draw();
  }

  function draw() {
    for (const stage of stages) stage.invalidate();
    table.show(contest, context.palette());
    pause.disabled = clock.isOver();
    pause.textContent = clock.isPaused() ? "Go on" : "Pause";
    room.sentence.textContent = sentenceOf(contest, clock.isOver());
  }

  return {
    update(state) {
      const key = Object.keys(defaults)
        .map((name) => state[name])
        .join();
      if (key !== shown) {
        shown = key;
        rewind();
      }
      draw();
    },
    pictures: () => picturesOf(contest, context),
    numbers: () => ({
      x: [...contest.limit.x],
      ...Object.fromEntries(contest.runners.map(({ name, x }) => [name, [...x()]])),
    }),
    dispose() {
      clock.dispose();
      for (const stage of stages) stage.dispose();
    },
  };
}

/** @param {State} state */
const reseeded = (state) => ({ seed: (Number(state.seed) + 1) % 1_000_000, start: "random" });

/**
 * @param {ReturnType<typeof frame>} room
 * @param {import("../types.js").Context} context
 * @param {() => Contest} read
 */
function makeStages(room, context, read) {
  return [
    makeStage(room.paths, {
      label: "The paths of all methods from the common start",
      height: (width) => Math.round(Math.min(460, Math.max(300, 0.78 * width))),
      draw: (surface) => drawPaths(surface, context.palette(), read()),
    }),
    makeStage(room.losses, {
      label: "How far every method is from solving, against steps",
      height: (width) => Math.round(Math.min(300, Math.max(220, 0.62 * width))),
      draw: (surface) => drawLosses(surface, context.palette(), read()),
    }),
    makeStage(room.ends, {
      label: "Where on the solutions every method ends",
      height: () => 68 + 17 * Math.max(3, read()?.runners.length ?? 3),
      draw: (surface) => drawEnds(surface, context.palette(), read()),
    }),
  ];
}

/**
 * @param {Contest} contest
 * @param {import("../types.js").Context} context
 * @returns {import("../types.js").Picture[]}
 */
function picturesOf(contest, context) {
  return [
    { name: "paths", width: 640, height: 480, draw: (surface) => drawPaths(surface, context.palette(), contest) },
    { name: "progress", width: 640, height: 360, draw: (surface) => drawLosses(surface, context.palette(), contest) },
    { name: "ends", width: 640, height: 180, draw: (surface) => drawEnds(surface, context.palette(), contest) },
  ];
}

/**
 * The places of the view's parts.
 * @param {HTMLElement} container
 */
function frame(container) {
  container.innerHTML = `
    <div class="race">
      <div class="row"><div class="buttons"></div>
        <p class="legend"><span><i class="diamond"></i>where gradient flow must end</span>
          <span><i class="ring"></i>the same, corrected for finite steps</span></p></div>
      <div class="pair">
        <div class="paths"></div>
        <div class="side"><div class="losses"></div>
          <h3>Where they end, seen from near</h3><div class="ends"></div></div>
      </div>
      <p class="sentence"></p>
      <div class="table"></div>
      <p class="caption">Distances are shares of the size of x. Where gradient flow ends is foretold from the start alone.
        Of gradient descent at depth 2, all equations at once or a few at a time, a theorem says what its finite steps did
        to the start: read off the trained weights, it explains the end and does not foretell it. Momentum has such a law
        too, in the manual. “None” is what this page has no theorem for, and measures. Without a network, all that step
        along gradients end where gradient flow does.</p>
    </div>`;
  return partsOf(container, "buttons", "paths", "losses", "ends", "sentence", "table");
}
