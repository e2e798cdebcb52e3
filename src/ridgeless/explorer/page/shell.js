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
 * @property {(listener: (state: State) => void) => void} listen Calls the listener after each change of the state.
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
 * What the shell keeps.
 * @typedef {object} Inner
 * @property {readonly View[]} views
 * @property {State} state
 * @property {View} view
 * @property {Mounted | null} mounted
 * @property {import("./knobs.js").Control[]} controls
 * @property {string} written The address of now.
 * @property {MediaQueryList} preference
 * @property {((state: State) => void)[]} listeners
 * @property {import("./types.js").Context} context
 */

/**
 * Shows the view that the address names, and keeps state, address, knobs and picture together.
 * @param {readonly View[]} views
 * @param {Record<string, import("./types.js").System>} systems
 * @param {(request: object) => Promise<any>} solve
 * @param {string} first The address to begin with, where the page has been opened without one.
 * @returns {Shell}
 */
export function openShell(views, systems, solve, first) {
  const wanted = parseState(location.hash.length > 1 ? location.hash : first, views);
  const preference = matchMedia("(prefers-color-scheme: dark)");
  const context = {
    get state() {
      return inner.state;
    },
    set: (/** @type {Partial<State>} */ change) => open(inner, /** @type {State} */ ({ ...inner.state, ...change })),
    systems,
    solve,
    palette: () => paletteFor(inner),
    announce: announcer(),
  };
  /** @type {Inner} */
  const inner = {
    ...{ views, state: wanted, view: views[0], mounted: null, controls: [], written: "" },
    ...{ preference, listeners: [], context },
  };
  listen(inner);
  open(inner, wanted);
  return {
    context,
    view: () => inner.view,
    mounted: () => /** @type {Mounted} */ (inner.mounted),
    open: (state) => open(inner, state),
    systemsChanged: () => fillKnobs(inner),
    listen: (listener) => void inner.listeners.push(listener),
  };
}

/**
 * Shows a state: its view, the knobs, the picture and the address.
 * @param {Inner} inner
 * @param {State} wanted
 */
function open(inner, wanted) {
  inner.state = settled(inner, wanted);
  dress(document.documentElement, paletteFor(inner));
  place("theme-button").textContent = `Theme: ${inner.state.theme}`;
  if (inner.mounted === null || inner.state.view !== inner.view.name) showView(inner);
  for (const control of inner.controls) control.show(inner.state);
  inner.mounted?.update(inner.state);
  for (const listener of inner.listeners) listener(inner.state);
  const address = addressOf(inner.state, inner.views);
  if (address !== inner.written) writeLater((inner.written = address));
}

/**
 * The nearest state that can be shown.
 * @param {Inner} inner
 * @param {State} wanted
 * @returns {State}
 */
function settled({ views, context }, wanted) {
  const shown = views.find((each) => each.name === wanted.view) ?? views[0];
  const whole = { ...wanted, view: shown.name, ...knownSystems(shown, wanted, context.systems) };
  return /** @type {State} */ ({ ...whole, ...shown.settled?.(whole) });
}

/** @param {Inner} inner */
function showView(inner) {
  inner.mounted?.dispose();
  const view = inner.views.find((each) => each.name === inner.state.view) ?? inner.views[0];
  inner.view = view;
  place("question").textContent = view.question;
  document.title = `${view.title} · ridgeless explorer`;
  const picture = place("picture");
  picture.replaceChildren();
  picture.dataset.view = view.name;
  fillKnobs(inner);
  inner.mounted = view.mount(picture, inner.context);
  for (const tab of place("tabs").querySelectorAll("button")) {
    if (tab.dataset.view !== view.name) {
      tab.removeAttribute("aria-current");
      continue;
    }
    tab.setAttribute("aria-current", "page");
    scrollStripTo(tab);
  }
}

/**
 * Brings a tab into sight. `scrollIntoView` would scroll the notebook around the page, too.
 * @param {HTMLElement} tab
 */
function scrollStripTo(tab) {
  const strip = place("tabs");
  const [inner, outer] = [tab.getBoundingClientRect(), strip.getBoundingClientRect()];
  if (inner.left < outer.left) strip.scrollLeft -= outer.left - inner.left;
  else if (inner.right > outer.right) strip.scrollLeft += inner.right - outer.right;
}

/** @param {Inner} inner */
function fillKnobs(inner) {
  const { view, context } = inner;
  inner.controls = fillPanel(view.knobs, place("knobs"), context.set, Object.values(context.systems));
  for (const control of inner.controls) control.show(inner.state);
}

/** @param {Inner} inner */
function paletteFor({ state, preference }) {
  const dark = state.theme === "auto" ? preference.matches : state.theme === "dark";
  return paletteOf(dark ? "dark" : "light");
}

/**
 * Follows the tabs, the switch of the theme, the system's own theme, and the address.
 * @param {Inner} inner
 */
function listen(inner) {
  /** @type {Map<string, State>} What a view showed when it was left. */
  const left = new Map();
  fillTabs(inner.views, (name) => {
    left.set(inner.view.name, inner.state);
    open(inner, { ...(left.get(name) ?? defaultsOf(inner.views, name)), theme: inner.state.theme });
  });
  place("theme-button").addEventListener("click", () => {
    inner.context.set({ theme: { auto: "dark", dark: "light", light: "auto" }[String(inner.state.theme)] });
  });
  inner.preference.addEventListener("change", () => open(inner, inner.state));
  addEventListener("hashchange", () => {
    if (location.hash !== inner.written) open(inner, parseState(location.hash, inner.views));
  });
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
 * Browsers refuse an address that changes more often than some hundred times in half a minute. An address that has been
 * followed in the meantime stays, and is shown when the browser tells of it.
 * @param {string} address
 */
function writeLater(address) {
  clearTimeout(writing);
  const before = location.hash;
  writing = setTimeout(() => {
    if (location.hash !== before) return;
    if (parent !== window) parent.postMessage({ ridgelessAddress: address.slice(1) }, "*");
    try {
      history.replaceState(null, "", address);
    } catch {
      // A page inside another, as in a notebook, has no address of its own to write.
    }
  }, 150);
}
