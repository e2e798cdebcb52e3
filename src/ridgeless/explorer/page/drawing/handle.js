/**
 * A handle on a picture: dragged by pointer, moved by arrow keys, and read out by screen readers. It is an element of
 * its own over the canvas, so that it can have the focus.
 *
 * @typedef {object} Handle
 * @property {HTMLElement} element
 * @property {(x: number, y: number, words: string) => void} place In pixels of its container; `words` say its value.
 * @property {() => void} dispose
 */

/**
 * @param {HTMLElement} container Positioned; pixels are counted from its corner.
 * @param {{label: string, colour?: string, axis?: "horizontal" | "vertical" | "both",
 *   dragged: (x: number, y: number) => void, nudged: (across: number, up: number) => void,
 *   released?: () => void}} options `nudged` is told arrow keys, in steps of 1, or of 0.1 with Shift.
 * @returns {Handle}
 */
export function makeHandle(container, options) {
  const element = document.createElement("div");
  element.className = "handle";
  element.tabIndex = 0;
  element.setAttribute("role", "slider");
  element.setAttribute("aria-label", options.label);
  element.setAttribute("aria-valuenow", "0");
  container.append(element);
  const grip = { x: 0, y: 0 };
  const place = { x: 0, y: 0 };

  /** @param {PointerEvent} event */
  function pressed(event) {
    const box = container.getBoundingClientRect();
    grip.x = event.clientX - box.left - place.x;
    grip.y = event.clientY - box.top - place.y;
    element.setPointerCapture(event.pointerId);
    element.classList.add("held");
    element.focus({ preventScroll: true });
    event.preventDefault();
  }
  /** @param {PointerEvent} event */
  function moved(event) {
    if (!element.hasPointerCapture(event.pointerId)) return;
    const box = container.getBoundingClientRect();
    options.dragged(event.clientX - box.left - grip.x, event.clientY - box.top - grip.y);
  }
  function released() {
    element.classList.remove("held");
    options.released?.();
  }
  /** @param {KeyboardEvent} event */
  function typed(event) {
    const step = event.shiftKey ? 0.1 : 1;
    /** @type {Record<string, [number, number]>} */
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    options.nudged(...move);
  }
  element.addEventListener("pointerdown", pressed);
  element.addEventListener("pointermove", moved);
  element.addEventListener("lostpointercapture", released);
  element.addEventListener("keydown", typed);
  return {
    element,
    place(x, y, words) {
      place.x = x;
      place.y = y;
      element.style.transform = `translate(${x}px, ${y}px)`;
      element.setAttribute("aria-valuetext", words);
    },
    dispose: () => element.remove(),
  };
}
