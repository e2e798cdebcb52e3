/** The places of the view's parts, and the words that fill them. */

import { makeStage } from "../../drawing/stage.js";
import { addPart } from "../motion/buttons.js";
import { drawErrors, drawNorms, scaleUnder } from "./sweep.js";
import { proofOf, sentenceOf } from "./words.js";

/** @typedef {import("../../types.js").Context} Context @typedef {import("./solver.js").Answer} Answer */
/** @typedef {import("../../drawing/stage.js").Stage} Stage @typedef {import("./sweep.js").Sweep} Sweep */

/**
 * @typedef {object} Room
 * @property {HTMLElement} element
 * @property {HTMLElement} buttons
 * @property {HTMLElement} legend
 * @property {HTMLElement} picture
 * @property {HTMLElement} sentence
 * @property {HTMLElement} proof
 * @property {HTMLElement} errorsPart
 * @property {HTMLElement} errors
 * @property {HTMLElement} norms
 */

/** @param {HTMLElement} container @returns {Room} */
export function furnish(container) {
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
  addPart(normsPart, "h3", "", "Two norms, as multiples of the least possible");
  const norms = addPart(normsPart, "div", "chart");
  return { element, buttons, legend, picture, sentence, proof, errorsPart, errors, norms };
}

/**
 * Both charts, on which the scale can be dragged.
 *
 * @param {Room} room
 * @param {Context} context
 * @param {() => Sweep} read
 * @returns {Stage[]}
 */
export function makeCharts(room, context, read) {
  const charts = [
    { place: room.errors, label: "Distance from the truth against the scale", draw: drawErrors },
    { place: room.norms, label: "Two norms of the answer against the scale", draw: drawNorms },
  ];
  return charts.map(({ place, label, draw }) => {
    const stage = makeStage(place, {
      label,
      height: (width) => Math.round(Math.max(170, Math.min(230, 0.5 * width))),
      draw: (surface) => draw(surface, context.palette(), read()),
    });
    drags(stage.element, (across) => context.set({ scale: scaleUnder(stage.size().width, across) }));
    return stage;
  });
}

/**
 * @param {HTMLElement} element
 * @param {(across: number) => void} moved
 */
function drags(element, moved) {
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
 * Says what was found.
 *
 * @param {Room} room
 * @param {Answer} found
 */
export function tell(room, found) {
  room.sentence.textContent = sentenceOf(found);
  room.proof.textContent = proofOf(found);
  room.element.dataset.status = found.limit.status;
  room.element.dataset.milliseconds = found.milliseconds.toFixed(2);
}
