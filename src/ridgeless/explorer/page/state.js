/**
 * The one state of the page: flat, whole, and written into the address, so that a link reproduces what is on the
 * screen.
 *
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").View} View
 * @typedef {import("./types.js").Knob} Knob
 */

/** What every view shares. A view may have other defaults for network, depth and scale in its own `defaults`. */
export const shared = Object.freeze({ view: "line", theme: "auto" });

/**
 * The state before anything is touched: that of the view which is shown, over those of the others.
 * @param {readonly View[]} views
 * @param {string} [name] Of the view that is shown.
 * @returns {State}
 */
export function defaultsOf(views, name = shared.view) {
  /** @type {State} */
  const state = { ...shared };
  for (const view of views) Object.assign(state, view.defaults);
  const shown = views.find((view) => view.name === name);
  if (shown) Object.assign(state, shown.defaults, { view: name });
  return state;
}

/**
 * The state that an address stands for. Unknown keys and choices are passed over; a number beyond the range of its knob
 * is moved to its nearest end.
 * @param {string} hash With or without its "#".
 * @param {readonly View[]} views
 * @returns {State}
 */
export function parseState(hash, views) {
  const words = new URLSearchParams(hash.replace(/^#/, ""));
  const asked = words.get("view");
  const state = defaultsOf(views, views.find(({ name }) => name === asked)?.name ?? shared.view);
  const knobs = knobsOf(views, String(state.view));
  for (const [key, text] of words) {
    if (key === "view" || !Object.hasOwn(state, key)) continue;
    const value = read(text, state[key]);
    const knob = knobs.get(key);
    if (value === null || !allowed(key, value, knob)) continue;
    state[key] = knob && typeof value === "number" ? within(knob, value) : value;
  }
  return state;
}

/**
 * The address of a state: the view, and what differs from its defaults.
 * @param {State} state
 * @param {readonly View[]} views
 */
export function addressOf(state, views) {
  const defaults = defaultsOf(views, String(state.view));
  const words = new URLSearchParams({ view: String(state.view) });
  for (const key of Object.keys(state)) {
    if (key !== "view" && state[key] !== defaults[key]) words.set(key, String(state[key]));
  }
  return `#${words}`;
}

/**
 * A knob's value, moved to the nearest that it can have.
 * @param {Knob} knob
 * @param {number} value
 */
export function within(knob, value) {
  return Math.min(knob.maximum ?? Infinity, Math.max(knob.minimum ?? -Infinity, value));
}

/**
 * @param {readonly View[]} views
 * @param {string} name
 * @returns {Map<string, Knob>}
 */
function knobsOf(views, name) {
  const found = new Map();
  for (const view of views) {
    for (const knob of view.knobs) if (view.name === name || !found.has(knob.key)) found.set(knob.key, knob);
  }
  return found;
}

/**
 * @param {string} text
 * @param {string | number | boolean} like
 * @returns {string | number | boolean | null}
 */
function read(text, like) {
  if (typeof like === "boolean") return text === "true" ? true : text === "false" ? false : null;
  if (typeof like === "string") return text;
  const value = Number(text);
  return text.trim() !== "" && Number.isFinite(value) ? value : null;
}

/**
 * @param {string} key
 * @param {string | number | boolean} value
 * @param {Knob | undefined} knob
 */
function allowed(key, value, knob) {
  if (key === "theme") return ["auto", "light", "dark"].includes(String(value));
  return !knob?.choices || knob.choices.some((choice) => choice.value === value);
}
