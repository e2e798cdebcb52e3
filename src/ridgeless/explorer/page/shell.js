/** What stands around a view: tabs, its question, its knobs, the theme, and the address. */

import { dress, paletteOf } from "./drawing/colours.js";
import { fillPanel } from "./knobs.js";
import { addressOf, defaultsOf, parseState } from "./state.js";

/**
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").View} View
 * @typedef {import("./types.js").Mounted} Mounted
 *
 * @typedef {object} Shell What the rest of the page may ask of it.
 * @property {import("./types.js").Context} context
 * @property {() => View} view The one that is shown.
 * @property {() => Mounted} mounted Its picture.
 * @property {(state: State) => void} open Shows another state.
 * @property {() => void} systemsChanged Offers the systems of the context anew.
 */

/**
 * An element of page.html.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function place(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no element ${id}.`);
  return found;
}

/**
 * Shows the view that the address names, and keeps state, address, knobs and picture together.
 * @param {readonly View[]} views
 * @param {Record<string, import("./types.js").System>} systems
 * @param {(request: object) => Promise<any>} solve
 * @param {string} first The address to begin with, where the page has been opened without one.
 * @returns {Shell}
 */
export function openShell(views, systems, solve, first) {
  let state = settled(parseState(location.hash.length > 1 ? location.hash : first, views));
  let [view, written] = [views[0], ""];
  /** @type {Mounted | null} */
  let mounted = null;
  /** @type {import("./knobs.js").Control[]} */
  let controls = [];
  const preference = matchMedia("(prefers-color-scheme: dark)");
  const palette = () => {
    const dark = state.theme === "auto" ? preference.matches : state.theme === "dark";
    return paletteOf(dark ? "dark" : "light");
  };
  const context = {
    get state() {
      return state;
    },
    set,
    systems,
    solve,
    palette,
    announce: announcer(),
  };

  /**
   * @param {State} wanted
   * @returns {State}
   */
  function settled(wanted) {
    const shown = views.find((each) => each.name === wanted.view) ?? views[0];
    const whole = { ...wanted, view: shown.name, ...knownSystems(shown, wanted, systems) };
    return /** @type {State} */ ({ ...whole, ...shown.settled?.(whole) });
  }

  /** @param {Partial<State>} change */
  function set(change) {
    open(/** @type {State} */ ({ ...state, ...change }));
  }

  /** @param {State} wanted */
  function open(wanted) {
    state = settled(wanted);
    dress(document.documentElement, palette());
    place("theme-button").textContent = `Theme: ${state.theme}`;
    if (mounted === null || state.view !== view.name) showView();
    for (const control of controls) control.show(state);
    mounted?.update(state);
    const address = addressOf(state, views);
    if (address !== written) writeLater((written = address));
  }

  function showView() {
    mounted?.dispose();
    view = views.find((each) => each.name === state.view) ?? views[0];
    place("question").textContent = view.question;
    document.title = `${view.title} · ridgeless explorer`;
    const picture = place("picture");
    picture.replaceChildren();
    picture.dataset.view = view.name;
    systemsChanged();
    mounted = view.mount(picture, context);
    for (const tab of place("tabs").querySelectorAll("button")) {
      if (tab.dataset.view === view.name) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
  }

  function systemsChanged() {
    controls = fillPanel(view.knobs, place("knobs"), set, Object.values(systems));
    for (const control of controls) control.show(state);
  }

  /** @type {Map<string, State>} What a view showed when it was left. */
  const left = new Map();
  fillTabs(views, (name) => {
    left.set(view.name, state);
    open({ ...(left.get(name) ?? defaultsOf(views, name)), theme: state.theme });
  });
  place("theme-button").addEventListener("click", () => {
    set({ theme: { auto: "dark", dark: "light", light: "auto" }[String(state.theme)] });
  });
  preference.addEventListener("change", () => open(state));
  addEventListener("hashchange", () => {
    if (location.hash === written) return;
    open(parseState(location.hash, views));
  });
  open(state);
  return {
    context,
    view: () => view,
    mounted: () => /** @type {Mounted} */ (mounted),
    open,
    systemsChanged,
  };
}

/**
 * The systems that the knobs of a view stand at. A link may name a system that came from its sender's own file: then it
 * is that of the view's defaults, or else the first that the view accepts.
 * @param {View} view
 * @param {State} state
 * @param {Record<string, import("./types.js").System>} systems
 */
function knownSystems(view, state, systems) {
  /** @type {State} */
  const change = {};
  for (const { key, kind, accepts = () => true } of view.knobs) {
    if (kind !== "system") continue;
    const named = [state[key], view.defaults[key]].map((name) => systems[String(name)]);
    const fitting = [...named, ...Object.values(systems)].find((system) => system && accepts(system));
    if (fitting) change[key] = fitting.name;
  }
  return change;
}

/**
 * @param {readonly View[]} views
 * @param {(name: string) => void} choose
 */
function fillTabs(views, choose) {
  for (const view of views) {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.dataset.view = view.name;
    tab.textContent = view.title;
    tab.addEventListener("click", () => choose(view.name));
    place("tabs").append(tab);
  }
}

/** Says only the last of many sentences, when a knob has come to rest. */
function announcer() {
  let waiting = 0;
  return (/** @type {string} */ text) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => void (place("announcement").textContent = text), 600);
  };
}

let writing = 0;

/**
 * Browsers refuse an address that changes more often than some hundred times in half a minute.
 * @param {string} address
 */
function writeLater(address) {
  clearTimeout(writing);
  writing = setTimeout(() => {
    if (parent !== window) parent.postMessage({ ridgelessAddress: address.slice(1) }, "*");
    try {
      history.replaceState(null, "", address);
    } catch {
      // A page inside another, as in a notebook, has no address of its own to write.
    }
  }, 150);
}
