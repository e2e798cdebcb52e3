/** Controls made from the list of knobs of a view. Each says its value in plain numbers and explains itself on focus. */

import { plain } from "./drawing/numbers.js";
import { within } from "./state.js";

/**
 * @typedef {import("./types.js").Knob} Knob
 * @typedef {import("./types.js").State} State
 * @typedef {(change: Partial<State>) => void} Setter
 * @typedef {{element: HTMLElement, show: (state: State) => void}} Control
 */

/**
 * @param {Knob} knob
 * @param {Setter} set
 * @returns {Control}
 */
export function makeControl(knob, set) {
  const element = document.createElement("div");
  element.className = `knob ${knob.kind}`;
  const label = document.createElement("label");
  label.htmlFor = `knob-${knob.key}`;
  label.textContent = knob.label;
  if (knob.symbol) {
    const symbol = document.createElement("i");
    symbol.textContent = ` ${knob.symbol}`;
    label.append(symbol);
  }
  const make = { slider, logarithmic: slider, choice, switch: checkbox, number: typed }[knob.kind];
  const input = make(knob, set);
  input.field.id = label.htmlFor;
  input.field.title = knob.help;
  input.field.setAttribute("aria-describedby", `help-${knob.key}`);
  const help = document.createElement("p");
  help.className = "help";
  help.id = `help-${knob.key}`;
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
  field.addEventListener("change", () => set({ [knob.key]: choices[field.selectedIndex].value }));
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
