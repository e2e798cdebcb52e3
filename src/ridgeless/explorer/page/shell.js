/** What stands around a view: tabs, its question, its knobs, the theme, and the address. */

import { dress, paletteOf } from "./drawing/colours.js";
import { makeControl } from "./knobs.js";
import { addressOf, defaultsOf, parseState } from "./state.js";

/**
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").View} View
 * @typedef {import("./types.js").Mounted} Mounted
 */

/**
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
 */
export function openShell(views, systems, solve) {
  let state = parseState(location.hash, views);
  /** @type {Mounted | null} */
  let mounted = null;
  /** @type {import("./knobs.js").Control[]} */
  let controls = [];
  let shown = "";
  let written = location.hash;
  const preference = matchMedia("(prefers-color-scheme: dark)");

  const theme = () => (state.theme === "auto" ? (preference.matches ? "dark" : "light") : /** @type {"light" | "dark"} */ (state.theme));
  const context = {
    get state() {
      return state;
    },
    set,
    systems,
    solve,
    palette: () => paletteOf(theme()),
    announce: (/** @type {string} */ text) => void (place("announcement").textContent = text),
  };

  /** @param {Partial<State>} change */
  function set(change) {
    state = /** @type {State} */ ({ ...state, ...change });
    refresh();
  }

  function refresh() {
    dress(document.documentElement, paletteOf(theme()));
    if (state.view !== shown) showView();
    for (const control of controls) control.show(state);
    mounted?.update(state);
    const address = addressOf(state, views);
    if (address !== written) {
      written = address;
      write(address);
    }
  }

  function showView() {
    mounted?.dispose();
    const view = views.find((each) => each.name === state.view) ?? views[0];
    shown = view.name;
    state.view = view.name;
    place("question").textContent = view.question;
    document.title = `${view.title} · ridgeless explorer`;
    const picture = place("picture");
    picture.replaceChildren();
    picture.dataset.view = view.name;
    controls = view.knobs.map((knob) => makeControl(knob, set));
    place("knobs").replaceChildren(...controls.map((control) => control.element));
    mounted = view.mount(picture, context);
    for (const tab of place("tabs").children) {
      if (tab instanceof HTMLElement && tab.dataset.view === view.name) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
  }

  for (const view of views) {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.dataset.view = view.name;
    tab.textContent = view.title;
    tab.addEventListener("click", () => {
      state = { ...defaultsOf(views, view.name), theme: state.theme };
      refresh();
    });
    place("tabs").append(tab);
  }
  preference.addEventListener("change", refresh);
  addEventListener("hashchange", () => {
    if (location.hash === written) return;
    written = location.hash;
    state = parseState(location.hash, views);
    refresh();
  });
  refresh();
  return { context, mounted: () => mounted, view: () => views.find((each) => each.name === shown) ?? views[0] };
}

let waiting = 0;

/**
 * Browsers refuse an address that changes more often than some hundred times in half a minute.
 * @param {string} address
 */
function write(address) {
  clearTimeout(waiting);
  waiting = setTimeout(() => history.replaceState(null, "", address), 150);
}
