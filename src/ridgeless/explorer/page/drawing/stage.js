/** A canvas that fills its container and is drawn anew, once a frame at most, when it has to be. */

import { canvasSurface } from "./canvas.js";

/**
 * @typedef {object} Stage
 * @property {HTMLElement} element Positioned, so that handles can be put on it.
 * @property {() => {width: number, height: number}} size In CSS pixels.
 * @property {() => void} invalidate Asks for a drawing in the next frame.
 * @property {() => void} dispose
 */

/**
 * @param {HTMLElement} container
 * @param {{label: string, height: (width: number) => number, draw: (surface: import("../types.js").Surface) => void}}
 *   options `label` describes the picture to a screen reader.
 * @returns {Stage}
 */
export function makeStage(container, options) {
  const element = document.createElement("div");
  element.className = "stage";
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", options.label);
  element.append(canvas);
  container.append(element);
  let asked = 0;

  const size = () => {
    const width = Math.max(1, Math.floor(element.clientWidth));
    return { width, height: Math.max(1, Math.round(options.height(width))) };
  };
  function draw() {
    asked = 0;
    const { width, height } = size();
    const surface = canvasSurface(canvas, width, height);
    surface.clear();
    options.draw(surface);
  }
  function invalidate() {
    if (asked === 0) asked = requestAnimationFrame(draw);
  }
  const watcher = new ResizeObserver(invalidate);
  watcher.observe(element);
  return {
    element,
    size,
    invalidate,
    dispose() {
      watcher.disconnect();
      cancelAnimationFrame(asked);
      element.remove();
    },
  };
}
