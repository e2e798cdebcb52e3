/**
 * What is dragged on the line: the two weights of each unknown, the scale, the line itself, and the start of plain x.
 */

import { makeHandle } from "../../drawing/handle.js";
import { plain } from "../../drawing/numbers.js";
import { makeStage } from "../../drawing/stage.js";
import { lineThrough } from "./geometry.js";
import { drawPad, kinds, padView, reach, snapped } from "./pad.js";
import { gripsOf } from "./plane.js";
import { drawSweep, scaleUnder } from "./sweep.js";

/**
 * @typedef {import("../../types.js").Context} Context
 * @typedef {import("./figure.js").Figure} Figure
 */

// How far from the origin a start of plain x may be dragged.
const FARTHEST = 3;

/**
 * The square in which the two weights of one coordinate are dragged.
 * @param {HTMLElement} container
 * @param {Context} context
 * @param {number} coordinate
 * @param {() => Figure} read
 */
export function makePad(container, context, coordinate, read) {
  const scene = () => read().scene;
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
    range: {
      value: () => pair()[0],
      ends: () => [kind().signed ? -reach : 0, reach],
      page: 0.5,
      put: (first) => put(first, pair()[1]),
    },
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
 * @param {() => Figure} read
 */
export function makeChart(container, context, read) {
  const stage = makeStage(container, {
    label: "Both unknowns of the answer against the scale of the start",
    height: (width) => Math.round(Math.min(260, 0.7 * width)),
    draw: (surface) => drawSweep(surface, context.palette(), read().sweep),
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
 * @param {() => Figure} read
 */
export function makeGrip(container, context, end, read) {
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
    const [a1, a2, b] = [...scene.system.A, ...scene.system.b].map((entry) => plain(entry));
    const words = `${a1} x1 plus ${a2} x2 equals ${b}`;
    handle.place(plane.across(x), plane.down(y), words);
  }
  return { show: place, dispose: handle.dispose };
}

/**
 * The handle of x(0) itself, where the network is x = θ.
 * @param {HTMLElement} container
 * @param {Context} context
 * @param {() => Figure} read
 */
export function makeStart(container, context, read) {
  /** @param {number} x @param {number} y */
  function put(x, y) {
    const size = Math.max(1e-5, Math.min(FARTHEST, Math.max(Math.abs(x), Math.abs(y))));
    const tidy = (/** @type {number} */ value) => Math.round((100 * Math.max(-FARTHEST, Math.min(FARTHEST, value))) / size) / 100 + 0;
    context.set({ scale: Number(size.toPrecision(3)), u1: tidy(x), u2: tidy(y) });
  }
  const handle = makeHandle(container, {
    label: "The start",
    dragged: (across, down) => put(...read().plane.point(across, down)),
    nudged: (right, up) => put(read().scene.start[0] + 0.05 * right, read().scene.start[1] + 0.05 * up),
    range: {
      value: () => read().scene.start[0],
      ends: () => [-FARTHEST, FARTHEST],
      page: 0.5,
      put: (first) => put(first, read().scene.start[1]),
    },
  });
  return {
    show() {
      const { scene, plane } = read();
      handle.element.hidden = scene.network.name !== "Direct";
      const [x, y] = scene.start;
      handle.place(plane.across(x), plane.down(y), `x1 = ${plain(x)}, x2 = ${plain(y)}`);
    },
    dispose: handle.dispose,
  };
}
