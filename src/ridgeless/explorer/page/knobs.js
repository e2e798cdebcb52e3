/**
 * Controls made from the list of knobs of a view. Each says its value in plain numbers and explains itself on focus.
 */

import { plain } from "./drawing/numbers.js";
import { within } from "./state.js";

/**
 * @typedef {import("./types.js").Knob} Knob
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").System} System
 * @typedef {(change: Partial<State>) => void} Setter
 * @typedef {{element: HTMLElement, show: (state: State) => void}} Control
 */

/**
 * Controls in their order, those of a group folded under its name.
 * @param {Knob[]} knobs
 * @param {HTMLElement} panel
 * @param {Setter} set
 * @param {System[]} systems
 * @returns {Control[]}
 */
export function fillPanel(knobs, panel, set, systems) {
  panel.replaceChildren();
  /** @type {Map<string, HTMLElement>} */
  const groups = new Map();
  return knobs.map((knob, place) => {
    const control = makeControl(knob, `${knob.key}-${place}`, set, systems);
    const group = knob.group === undefined ? panel : (groups.get(knob.group) ?? makeGroup(knob.group, panel));
    if (knob.group !== undefined) groups.set(knob.group, group);
    group.append(control.element);
    return control;
  });
}

/**
 * @param {string} name
 * @param {HTMLElement} panel
 */
function makeGroup(name, panel) {
  const group = document.createElement("details");
  group.className = "group";
  const summary = document.createElement("summary");
  summary.textContent = name;
  group.append(summary);
  panel.append(group);
  return group;
}

/**
 * @param {Knob} knob
 * @param {string} name Of no other control.
 * @param {Setter} set
 * @param {System[]} systems
 * @returns {Control}
 */
function makeControl(knob, name, set, systems) {
  const element = document.createElement("div");
  element.className = `knob ${knob.kind}`;
  element.dataset.key = knob.key;
  const label = document.createElement("label");
  label.htmlFor = `knob-${name}`;
  label.textContent = knob.label;
  if (knob.symbol) {
    const symbol = document.createElement("i");
    symbol.textContent = ` ${knob.symbol}`;
    label.append(symbol);
  }
  const make = { slider, logarithmic: slider, choice, system: choice, switch: checkbox, number: typed }[knob.kind];
  const input = make(knob.kind === "system" ? { ...knob, choices: titles(knob, systems) } : knob, set);
  input.field.id = label.htmlFor;
  input.field.setAttribute("aria-describedby", `help-${name}`);
  const help = document.createElement("p");
  help.className = "help";
  help.id = `help-${name}`;
  help.textContent = knob.help;
  element.append(...(knob.kind === "switch" ? [input.field, label] : [label, ...input.extra, input.field]), help);
  return {
    element,
    show(state) {
      element.hidden = knob.shown ? !knob.shown(state) : false;
      input.show(state);
    },
  };
}

/**
 * @param {Knob} knob
 * @param {System[]} systems
 */
function titles(knob, systems) {
  const fitting = systems.filter(knob.accepts ?? (() => true));
  return fitting.map(({ name, title }) => ({ value: name, title, also: {} }));
}

/**
 * @typedef {{field: HTMLElement, extra: HTMLElement[], show: (state: State) => void}} Input
 */

/**
 * @param {Knob} knob
 * @param {Setter} set
 * @returns {Input}
 */
function slider(knob, set) {
  const logarithmic = knob.kind === "logarithmic";
  /** @param {number} value */
  const place = (value) => (logarithmic ? Math.log10(value) : value);
  const field = document.createElement("input");
  field.type = "range";
  field.min = String(place(knob.minimum ?? 0));
  field.max = String(place(knob.maximum ?? 1));
  field.step = String(knob.step ?? 0.01);
  const output = document.createElement("output");
  field.addEventListener("input", () => {
    const value = logarithmic ? Number((10 ** Number(field.value)).toPrecision(4)) : Number(field.value);
    set({ [knob.key]: within(knob, value) });
  });
  return {
    field,
    extra: [output],
    show(state) {
      const value = Number(state[knob.key]);
      const words = knob.format ? knob.format(value, state) : plain(value);
      if (document.activeElement !== field || Math.abs(Number(field.value) - place(value)) > Number(field.step)) {
        field.value = String(place(value));
      }
      output.textContent = words;
      field.setAttribute("aria-valuetext", words);
    },
  };
}

/**
 * @param {Knob} knob
 * @param {Setter} set
 * @returns {Input}
 */
function choice(knob, set) {
  const field = document.createElement("select");
  const choices = knob.choices ?? [];
  for (const each of choices) field.append(new Option(each.title, String(each.value)));
  field.addEventListener("change", () => {
    const chosen = choices[field.selectedIndex];
    set({ ...chosen.also, [knob.key]: chosen.value });
  });
  return {
    field,
    extra: [],
    show(state) {
      field.selectedIndex = choices.findIndex((each) => each.value === state[knob.key]);
    },
  };
}

/**
 * @param {Knob} knob
 * @param {Setter} set
 * @returns {Input}
 */
function checkbox(knob, set) {
  const field = document.createElement("input");
  field.type = "checkbox";
  field.addEventListener("change", () => set({ [knob.key]: field.checked }));
  return {
    field,
    extra: [],
    show(state) {
      field.checked = Boolean(state[knob.key]);
    },
  };
}

/**
 * @param {Knob} knob
 * @param {Setter} set
 * @returns {Input}
 */
function typed(knob, set) {
  const field = document.createElement("input");
  field.type = "number";
  field.min = String(knob.minimum ?? "");
  field.max = String(knob.maximum ?? "");
  field.step = String(knob.step ?? "any");
  field.addEventListener("change", () => {
    const value = Number(field.value);
    if (field.value !== "" && Number.isFinite(value)) set({ [knob.key]: within(knob, value) });
  });
  return {
    field,
    extra: [],
    show(state) {
      if (document.activeElement !== field) field.value = String(state[knob.key]);
    },
  };
}
