/**
 * A handle on a picture: dragged by pointer, moved by arrow keys, and read out by screen readers. It is an element of
 * its own over the canvas, so that it can have the focus.
 *
 * @typedef {object} Handle
 * @property {HTMLElement} element
 * @property {(x: number, y: number, words: string) => void} place In pixels of its container; `words` say its value.
 * @property {() => void} dispose
 *
 * @typedef {object} Range The number that Home, End and the page keys move; without one, the page keys nudge up and down.
 * @property {() => number} value
 * @property {() => [number, number]} ends The least and the largest.
 * @property {number} page How far a page key goes.
 * @property {(value: number) => void} put
 */

// Nudges in a press of a page key.
const PAGE = 10;

/**
 * @param {HTMLElement} container Positioned; pixels are counted from its corner.
 * @param {{label: string, colour?: string, axis?: "horizontal" | "vertical" | "both",
 *   dragged: (x: number, y: number) => void, nudged: (across: number, up: number) => void,
 *   released?: () => void, range?: Range}} options `nudged` is told arrow keys, in steps of 1, or of 0.1 with Shift.
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
    if (!options.range) Object.assign(moves, { PageUp: [0, PAGE * step], PageDown: [0, -PAGE * step] });
    const move = moves[event.key];
    const jump = options.range && jumpOf(options.range, event.key);
    if (!move && jump === undefined) return;
    event.preventDefault();
    if (move) options.nudged(...move);
    else if (jump !== undefined) options.range?.put(jump);
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
      if (options.range) tell(element, options.range);
    },
    dispose: () => element.remove(),
  };
}

/**
 * Where a key of a slider leads; undefined for other keys.
 * @param {Range} range
 * @param {string} key
 */
function jumpOf({ value, ends, page }, key) {
  const [least, most] = ends();
  /** @type {Record<string, number>} */
  const jumps = {
    Home: least,
    End: most,
    PageUp: Math.min(most, value() + page),
    PageDown: Math.max(least, value() - page),
  };
  return jumps[key];
}

/**
 * @param {HTMLElement} element
 * @param {Range} range
 */
function tell(element, { value, ends }) {
  const [least, most] = ends();
  element.setAttribute("aria-valuemin", String(least));
  element.setAttribute("aria-valuemax", String(most));
  element.setAttribute("aria-valuenow", String(value()));
}
