/** Where the page begins; in a worker, the same script answers requests. */

import { pythonOf, showPython, showToml } from "./code.js";
import { savePng, saveSvg, svgOf } from "./export.js";
import { askForData } from "./own_data.js";
import { selfTest } from "./selftest.js";
import { openShell, place } from "./shell.js";
import { answer } from "./solver_worker.js";
import { defaultsOf } from "./state.js";
import { readSystems } from "./systems.js";
import { prepareTour } from "./tour.js";
import { views } from "./views/all.js";
import { smallSystems } from "./views/small_systems.js";
import { openWorkers, serve } from "./worker.js";

/** @typedef {import("./shell.js").Shell} Shell */

if (typeof document === "undefined") serve(answer);
else open();

function open() {
  const script = place("program").textContent ?? "";
  const address = JSON.parse(place("address").textContent ?? '""');
  const asked = new URLSearchParams(location.hash.slice(1)).has("selftest");
  const first = location.hash.length < 2 && address === "";
  const shell = openShell(views, { ...readSystems(), ...smallSystems }, openWorkers(script, answer, "limit"), address);
  fillTake(shell);
  Object.assign(globalThis, { explorer: handlesOf(shell) });
  prepareTour(shell, views, first);
  if (asked) document.documentElement.dataset.selftest = selfTest(JSON.parse(place("reference").textContent ?? "null"));
}

/**
 * For the browser's console, and for tests: the state, what is computed from it, and the code that computes it.
 * @param {Shell} shell
 */
function handlesOf(shell) {
  const recipe = () => shell.view().recipe(shell.context.state, shell.context.systems);
  return {
    state: () => ({ ...shell.context.state }),
    set: shell.context.set,
    knobs: () => shell.view().knobs,
    numbers: () => shell.mounted().numbers?.() ?? {},
    python: () => {
      const found = recipe();
      return found && pythonOf(found);
    },
    study: () => {
      const found = recipe();
      return found?.toml ? { toml: found.toml, files: found.files ?? {} } : null;
    },
    svg: () =>
      shell
        .mounted()
        .pictures()
        .map((picture) => svgOf(picture, shell.context.palette())),
  };
}

/**
 * The buttons with which a reader takes something home.
 * @param {Shell} shell
 */
function fillTake(shell) {
  const { context } = shell;
  const recipe = () => shell.view().recipe(context.state, context.systems);
  /** @type {[string, string, () => void][]} */
  const buttons = [
    [
      "Python",
      "Copy as Python: what is on the screen, computed by the library",
      () => showPython(recipe(), location.href),
    ],
    ["TOML", "Copy as TOML: the same as a study", () => showToml(recipe())],
    ["SVG", "Save the pictures as SVG", () => saveSvg(shell.mounted().pictures(), context.palette())],
    ["PNG", "Save the pictures as PNG", () => savePng(shell.mounted().pictures(), context.palette())],
    ["Your own A and b…", "Use a system of your own", () => askForData((system) => useSystem(shell, system))],
  ];
  for (const [name, help, act] of buttons) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.title = help;
    button.addEventListener("click", act);
    place("take").append(button);
  }
}

// How many systems of the reader's own the page has seen.
let count = 0;

/**
 * Shows a reader's own system: one equation for two unknowns on the line, all others as many unknowns.
 * @param {Shell} shell
 * @param {import("./types.js").System} system
 */
function useSystem({ context, open: show, systemsChanged }, system) {
  const { theme } = context.state;
  if (system.equations === 1 && system.unknowns === 2) {
    const [a1, a2] = system.A;
    show({ ...defaultsOf(views, "line"), a1, a2, b: system.b[0], theme });
    return;
  }
  // Answers are kept by the name of a system: a new one of the reader's has a name of its own.
  const before = Object.keys(context.systems).filter((name) => /^yours\d+$/.test(name));
  const name = `yours${(count += 1)}`;
  context.systems[name] = { ...system, name };
  for (const old of before) delete context.systems[old];
  systemsChanged();
  show({ ...defaultsOf(views, "unknowns"), system: name, theme });
}
