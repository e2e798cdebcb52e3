/** One equation, two unknowns: the start moves the answer along the line of solutions. */

import { makeHandle } from "../drawing/handle.js";
import { mathml } from "../drawing/mathml.js";
import { plain } from "../drawing/numbers.js";
import { makeStage } from "../drawing/stage.js";
import { lineThrough } from "./line/geometry.js";
import { knobs, settled } from "./line/knobs.js";
import { drawPad, kinds, padView, snapped } from "./line/pad.js";
import { curvesOf, drawPlane, gripsOf, halfSideOf, viewOf } from "./line/plane.js";
import { recipeOf } from "./line/recipe.js";
import { limitsAt, sceneOf } from "./line/scene.js";
import { drawSweep, scales, scaleUnder } from "./line/sweep.js";
import { makeTrainer } from "./line/training.js";
import { sentenceOf } from "./line/words.js";

/**
 * @typedef {import("../types.js").State} State
 * @typedef {import("../types.js").Context} Context
 * @typedef {import("../types.js").Surface} Surface
 * @typedef {import("./line/plane.js").Training} Training
 */

/** @type {import("../types.js").View} */
export const view = {
  name: "line",
  title: "The line",
  question: "Every point of the thick line is a solution. Drag the start, and watch which one training picks.",
  knobs,
  defaults: { network: "Difference", depth: 2, scale: 0.1, u1: 1, v1: 1, u2: 1, v2: 1, a1: 2, a2: 3, b: 3 },
  settled,
  mount,
  recipe: recipeOf,
};

/**
 * @param {HTMLElement} container
 * @param {Context} context
 * @returns {import("../types.js").Mounted}
 */
function mount(container, context) {
  const room = frame(container);
  let scene = sceneOf(context.state);
  let plane = viewOf(1, halfSideOf(scene));
  /** @type {import("./line/plane.js").Curves | null} */
  let curves = null;
  /** @type {Training} */
  let training = { path: { xs: new Float64Array(), ys: new Float64Array() }, ended: false };
  let [shown, swept] = ["", ""];
  /** @type {number[] | null} Where training has ended. */
  let trained = null;
  /** @type {Float64Array[]} */
  let sweep = [];

  const board = makeStage(room.plane, {
    label: "The plane of the two unknowns",
    height: (width) => width,
    draw: (surface) => drawPlane(surface, context.palette(), scene, plane, curves, training),
  });
  const trainer = makeTrainer(
    (now) => {
      training = now;
      board.invalidate();
    },
    (run) => (trained = run.status === "converged" ? [...run.x] : null),
  );
  const pads = [0, 1].map((coordinate) => makePad(room.pads, context, coordinate, () => scene));
  const chart = makeChart(room.chart, context, () => sweepOf(sweep, scene));
  const grips = [0, 1].map((end) => makeGrip(board.element, context, end, () => ({ scene, plane })));
  const start = makeStart(board.element, context, () => ({ scene, plane }));
  const watcher = new ResizeObserver(() => update(context.state));
  watcher.observe(board.element);

  /** @param {State} state */
  function update(state) {
    const { width } = board.size();
    const key = JSON.stringify([width, ...Object.keys(view.defaults).map((name) => state[name])]);
    if (key !== shown) {
      shown = key;
      scene = sceneOf(state);
      plane = viewOf(width, halfSideOf(scene));
      curves = curvesOf(scene, plane);
      trained = null;
      trainer.restart(scene, 0.5 / plane.unit);
      const kept = JSON.stringify(Object.keys(view.defaults).map((name) => (name === "scale" ? 0 : state[name])));
      if (kept !== swept) [swept, sweep] = [kept, limitsAt(state, scales)];
      describe(state);
    }
    board.invalidate();
    for (const part of [...pads, ...grips, start, chart]) part.show();
  }

  /** @param {State} state */
  function describe(state) {
    const kind = kinds[String(state.network)];
    room.start.hidden = kind === undefined;
    if (kind) {
      room.formula.replaceChildren(mathml(kind.formula, kind.spoken));
      room.says.textContent = `${kind.says} Weights are shown in units of α.`;
    }
    const words = sentenceOf(scene);
    room.sentence.textContent = words;
    context.announce(words);
  }

  return {
    update,
    pictures: () => [
      {
        name: "line",
        width: 640,
        height: 640,
        draw(surface) {
          const whole = viewOf(640, plane.half);
          drawPlane(surface, context.palette(), scene, whole, curvesOf(scene, whole), training);
        },
      },
      {
        name: "scales",
        width: 480,
        height: 320,
        draw: (surface) => drawSweep(surface, context.palette(), sweepOf(sweep, scene)),
      },
    ],
    numbers: () => ({
      ...(scene.limit.status === "converged" && { x: [...scene.limit.x] }),
      ...(trained && { trained }),
    }),
    dispose() {
      trainer.dispose();
      watcher.disconnect();
      for (const part of [board, ...pads, chart]) part.dispose();
    },
  };
}

/**
 * @param {Float64Array[]} limits
 * @param {import("./line/scene.js").Scene} scene
 * @returns {import("./line/sweep.js").Sweep}
 */
function sweepOf(limits, { scale, limit, shortest, sparsest }) {
  const now = limit.status === "converged" ? limit.x : null;
  const size = Math.max(...[...shortest, ...sparsest, ...(now ?? [])].map(Math.abs));
  return { limits, scale, now, size };
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
  const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (container.querySelector(`.${name}`));
  return {
    plane: part("plane"),
    start: part("start"),
    pads: part("pads"),
    formula: part("formula"),
    says: part("says"),
    chart: part("chart"),
    sentence: part("sentence"),
  };
}

/**
 * The square in which the two weights of one coordinate are dragged.
 * @param {HTMLElement} container
 * @param {Context} context
 * @param {number} coordinate
 * @param {() => import("./line/scene.js").Scene} scene
 */
function makePad(container, context, coordinate, scene) {
  const kind = () => kinds[scene().network.name] ?? kinds.Difference;
  const network = () => scene().network.name;
  const keys = [`u${coordinate + 1}`, `v${coordinate + 1}`];
  const stage = makeStage(container, {
    label: `The weights of unknown ${coordinate + 1}`,
    height: (width) => width,
    draw: (surface) => {
      const { signs, frozen } = scene().potential;
      const locked = Boolean(signs[coordinate] || frozen[coordinate]);
      drawPad(surface, context.palette(), { kind: kind(), network: network(), coordinate, locked });
    },
  });
  const pair = () => keys.map((key) => Number(context.state[key]));
  /** @param {number} first @param {number} second */
  function put(first, second) {
    const [u, v] = snapped(kind(), network(), first, kind().single ? pair()[1] : second);
    context.set({ [keys[0]]: u, [keys[1]]: v });
  }
  const handle = makeHandle(stage.element, {
    label: `Start of x${coordinate + 1}`,
    dragged: (across, down) => put(...padView(kind(), stage.size().width).weights(across, down)),
    nudged: (right, up) => put(pair()[0] + 0.1 * right, pair()[1] + 0.1 * up),
  });
  return {
    show() {
      const { width } = stage.size();
      const [u, v] = pair();
      const pad = padView(kind(), width);
      const names = kind().names.map((name) => name.replace("?", "₁₂"[coordinate]));
      const words = kind().single
        ? `${names[0]} = ${plain(u)} α`
        : `${names[0]} = ${plain(u)} α, ${names[1]} = ${plain(v)} α`;
      handle.place(pad.across(u), pad.down(kind().single ? pad.low : v), words);
      handle.element.classList.toggle("hint", coordinate === 0 && u === 1 && v === 1);
      stage.invalidate();
    },
    dispose: stage.dispose,
  };
}

/**
 * The answer against the scale, on which the scale can be dragged.
 * @param {HTMLElement} container
 * @param {Context} context
 * @param {() => import("./line/sweep.js").Sweep} read
 */
function makeChart(container, context, read) {
  const stage = makeStage(container, {
    label: "Both unknowns of the answer against the scale of the start",
    height: (width) => Math.round(Math.min(260, 0.7 * width)),
    draw: (surface) => drawSweep(surface, context.palette(), read()),
  });
  const { element } = stage;
  element.classList.add("draggable");
  /** @param {PointerEvent} event */
  function drag(event) {
    if (event.type === "pointerdown") element.setPointerCapture(event.pointerId);
    if (!element.hasPointerCapture(event.pointerId)) return;
    context.set({ scale: scaleUnder(stage.size().width, event.clientX - element.getBoundingClientRect().left) });
  }
  element.addEventListener("pointerdown", drag);
  element.addEventListener("pointermove", drag);
  return { show: stage.invalidate, dispose: stage.dispose };
}

/**
 * A handle near one end of the line of solutions: it turns the line about the other.
 * @param {HTMLElement} container
 * @param {Context} context
 * @param {number} end
 * @param {() => {scene: import("./line/scene.js").Scene, plane: import("./line/plane.js").PlaneView}} read
 */
function makeGrip(container, context, end, read) {
  /** @type {[number, number] | null} */
  let anchor = null;
  const points = () => gripsOf(read().scene, read().plane);
  /** @param {[number, number]} point */
  function turn(point) {
    anchor ??= points()[1 - end] ?? null;
    const { a1, a2 } = context.state;
    const changed = anchor && lineThrough(anchor, point, Math.max(Math.abs(Number(a1)), Math.abs(Number(a2))));
    if (changed) context.set(changed);
  }
  const handle = makeHandle(container, {
    label: "The line of solutions",
    dragged: (across, down) => turn(read().plane.point(across, down)),
    nudged(right, up) {
      const point = points()[end];
      if (point) turn([point[0] + 0.05 * right, point[1] + 0.05 * up]);
      anchor = null;
    },
    released() {
      anchor = null;
      handle.element.classList.remove("held");
      place();
    },
  });
  handle.element.classList.add("square");
  function place() {
    const found = points()[end];
    handle.element.hidden = found === undefined;
    if (found === undefined) return;
    const { plane, scene } = read();
    const [x, y] = found;
    const words = `${plain(scene.system.A[0])} x1 plus ${plain(scene.system.A[1])} x2 equals ${plain(scene.system.b[0])}`;
    handle.place(plane.across(x), plane.down(y), words);
  }
  return { show: place };
}

/**
 * The handle of x(0) itself, where the network is x = θ.
 * @param {HTMLElement} container
 * @param {Context} context
 * @param {() => {scene: import("./line/scene.js").Scene, plane: import("./line/plane.js").PlaneView}} read
 */
function makeStart(container, context, read) {
  /** @param {number} x @param {number} y */
  function put(x, y) {
    const size = Math.max(1e-5, Math.min(3, Math.max(Math.abs(x), Math.abs(y))));
    const tidy = (/** @type {number} */ value) => Math.round((100 * Math.max(-3, Math.min(3, value))) / size) / 100 + 0;
    context.set({ scale: Number(size.toPrecision(3)), u1: tidy(x), u2: tidy(y) });
  }
  const handle = makeHandle(container, {
    label: "The start",
    dragged: (across, down) => put(...read().plane.point(across, down)),
    nudged: (right, up) => put(read().scene.start[0] + 0.05 * right, read().scene.start[1] + 0.05 * up),
  });
  return {
    show() {
      const { scene, plane } = read();
      handle.element.hidden = scene.network.name !== "Direct";
      const [x, y] = scene.start;
      handle.place(plane.across(x), plane.down(y), `x1 = ${plain(x)}, x2 = ${plain(y)}`);
    },
  };
}
