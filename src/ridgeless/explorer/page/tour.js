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
const seen = "ridgeless explorer: tour seen";

/**
 * Makes the button of the tour, and opens it where a reader comes for the first time.
 * @param {Shell} shell
 * @param {readonly View[]} views
 * @param {boolean} first Whether the page was opened without an address.
 */
export function prepareTour(shell, views, first) {
  const known = steps.filter(({ state }) => views.some((view) => view.name === state.view));
  const start = () => {
    remember();
    showStep({ shell, views, known }, 0);
  };
  place("tour-button").addEventListener("click", start);
  if (first && !remembered()) start();
}

/**
 * @param {{shell: Shell, views: readonly View[], known: import("./tour/steps.js").Step[]}} tour
 * @param {number} index
 */
function showStep(tour, index) {
  const { shell, views, known } = tour;
  const card = place("tour");
  const step = known[index];
  const travel = makeTravel(shell, step);
  /** @type {[string, () => void, boolean][]} */
  const buttons = [["Leave", close, false]];
  if (index > 0) buttons.push(["Back", () => go(index - 1), false]);
  if (index + 1 < known.length) buttons.push(["Next", () => go(index + 1), true]);

  /** @param {number} target */
  function go(target) {
    travel.stop();
    showStep(tour, target);
  }
  function close() {
    travel.stop();
    card.hidden = true;
    mark("");
    place("tour-button").focus();
  }

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
  shell.open(
    /** @type {import("./types.js").State} */ ({ ...defaultsOf(views, step.state.view), ...step.state, theme }),
  );
  mark(step.key);
  /** @type {HTMLElement | null} */ (row.lastElementChild)?.focus({ preventScroll: true });
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
    if (knob instanceof HTMLElement) knob.classList.toggle("pointed", knob.dataset.key === key);
  }
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
