/** The tour: six steps, each with one knob that moves by itself, and one surprise. */

import { place } from "./shell.js";
import { defaultsOf } from "./state.js";
import { steps } from "./tour/steps.js";

/**
 * @typedef {import("./shell.js").Shell} Shell
 * @typedef {import("./types.js").View} View
 */

const TRAVEL_MS = 3200;
const WAIT_MS = 600;
// Between a knob and the card below it, in pixels.
const ROOM = 10;
const seen = "ridgeless explorer: tour seen";

/**
 * What the tour keeps.
 * @typedef {object} Tour
 * @property {Shell} shell
 * @property {readonly View[]} views
 * @property {import("./tour/steps.js").Step[]} known
 * @property {import("./types.js").State | null} opened What the step of now began with; null while it begins.
 * @property {() => void} stop Ends the travel of its knob.
 */

// Where these have changed, the page shows something else than the step speaks of.
const SUBJECT = ["view", "system", "a1", "a2", "b"];

/**
 * Makes the button of the tour, and opens it where a reader comes for the first time.
 * @param {Shell} shell
 * @param {readonly View[]} views
 * @param {boolean} first Whether the page was opened without an address.
 */
export function prepareTour(shell, views, first) {
  const known = steps.filter(({ state }) => views.some((view) => view.name === state.view));
  /** @type {Tour} */
  const tour = { shell, views, known, opened: null, stop() {} };
  const start = () => {
    remember();
    showStep(tour, 0);
  };
  place("tour-button").addEventListener("click", start);
  listen(tour);
  if (first && !remembered()) start();
}

/**
 * Escape closes the tour, and so does what leads away from it: another view, or equations of the reader's own.
 * @param {Tour} tour
 */
function listen(tour) {
  document.addEventListener("keydown", ({ key }) => {
    // A dialog above the page takes the key for itself.
    if (key === "Escape" && document.querySelector("dialog[open]") === null) close(tour);
  });
  tour.shell.listen((state) => {
    const { opened } = tour;
    if (opened !== null && SUBJECT.some((key) => state[key] !== opened[key])) close(tour);
  });
}

/** @param {Tour} tour */
function close(tour) {
  const card = place("tour");
  if (card.hidden) return;
  tour.stop();
  const hadFocus = card.contains(document.activeElement);
  card.hidden = true;
  document.body.style.paddingBottom = "";
  mark("");
  if (hadFocus) place("tour-button").focus();
}

/**
 * @param {Tour} tour
 * @param {number} index
 */
function showStep(tour, index) {
  const { shell, views, known } = tour;
  const card = place("tour");
  const step = known[index];
  const travel = makeTravel(shell, step);
  tour.stop();
  /** @type {[string, () => void, boolean][]} */
  const buttons = [["Leave", () => close(tour), false]];
  if (index > 0) buttons.push(["Back", () => showStep(tour, index - 1), false]);
  if (index + 1 < known.length) buttons.push(["Next", () => showStep(tour, index + 1), true]);

  const count = element("p", `Step ${index + 1} of ${known.length}`, "caption");
  const row = element("div", "", "buttons");
  for (const [name, act, primary] of buttons) {
    const button = element("button", name, primary ? "primary" : "");
    button.addEventListener("click", act);
    row.append(button);
  }
  card.replaceChildren(count, element("h3", step.title), element("p", step.text), row);
  card.hidden = false;
  const { theme } = shell.context.state;
  tour.opened = null;
  shell.open(
    /** @type {import("./types.js").State} */ ({ ...defaultsOf(views, step.state.view), ...step.state, theme }),
  );
  tour.opened = shell.context.state;
  mark(step.key);
  // A tour that begins by itself inside another page does not take the focus from it.
  if (document.hasFocus()) /** @type {HTMLElement | null} */ (row.lastElementChild)?.focus({ preventScroll: true });
  const still = keepUncovered(card);
  tour.stop = () => {
    travel.stop();
    still();
  };
  travel.begin();
}

/**
 * Moves the knob of a step along its way, unless the reader has taken it.
 * @param {Shell} shell
 * @param {import("./tour/steps.js").Step} step
 */
function makeTravel(shell, { key, from, to, logarithmic }) {
  let [asked, began, last] = [0, 0, from];
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  /** @param {number} now */
  function frame(now) {
    if (began === 0) began = now + WAIT_MS;
    const share = still ? 1 : Math.min(1, Math.max(0, (now - began) / TRAVEL_MS));
    const eased = share * share * (3 - 2 * share);
    if (Number(shell.context.state[key]) !== last) return;
    const value = logarithmic ? from * (to / from) ** eased : from + eased * (to - from);
    last = share === 1 ? to : Number(value.toPrecision(3));
    if (share > 0) shell.context.set({ [key]: last });
    last = Number(shell.context.state[key]);
    if (share < 1) asked = requestAnimationFrame(frame);
  }
  return {
    begin() {
      shell.context.set({ [key]: from });
      last = Number(shell.context.state[key]);
      asked = requestAnimationFrame(frame);
    },
    stop: () => cancelAnimationFrame(asked),
  };
}

/**
 * Shows which knob a step is about.
 * @param {string} key
 */
function mark(key) {
  for (const knob of document.querySelectorAll(".knob")) {
    if (!(knob instanceof HTMLElement)) continue;
    const isPointed = knob.dataset.key === key;
    knob.classList.toggle("pointed", isPointed);
    if (isPointed) knob.closest("details")?.setAttribute("open", "");
  }
}

/**
 * A picture that gets its height, or a sentence that grows, as that of a race does at its end, moves the knob below it: it
 * is followed until the reader acts.
 * @param {HTMLElement} card
 * @returns {() => void} Ends it.
 */
function keepUncovered(card) {
  const watcher = new ResizeObserver(() => uncover(card));
  watcher.observe(place("picture"));
  const end = () => watcher.disconnect();
  for (const act of ["pointerdown", "wheel", "keydown"]) addEventListener(act, end, { once: true, passive: true });
  return end;
}

/**
 * On a narrow screen the card lies over the page: what it speaks of is moved above it.
 * @param {HTMLElement} card
 */
function uncover(card) {
  if (getComputedStyle(card).position !== "fixed") return;
  const knob = document.querySelector(".knob.pointed");
  if (knob === null) return;
  const hidden = knob.getBoundingClientRect().bottom - card.getBoundingClientRect().top + ROOM;
  const below = document.documentElement.scrollHeight - innerHeight - scrollY;
  // The last knobs have nothing below them to scroll over.
  document.body.style.paddingBottom = hidden > below ? `${hidden - below}px` : "";
  if (hidden > 0) scrollBy({ top: hidden, behavior: "instant" });
}

/**
 * @param {string} tag
 * @param {string} words
 * @param {string} [kind]
 */
function element(tag, words, kind = "") {
  const made = document.createElement(tag);
  made.textContent = words;
  made.className = kind;
  if (made instanceof HTMLButtonElement) made.type = "button";
  return made;
}

function remembered() {
  try {
    return localStorage.getItem(seen) !== null;
  } catch {
    return false;
  }
}

function remember() {
  try {
    localStorage.setItem(seen, "yes");
  } catch {
    // A page that may store nothing shows the tour each time.
  }
}
