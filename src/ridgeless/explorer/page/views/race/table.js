/** The methods of a race: which take part, how far each has come, and how far its end is from what was predicted. */

import { plain } from "../../drawing/numbers.js";
import { methods } from "../../mathematics/flows/all.js";
import { addPart } from "../motion/buttons.js";
import { distance } from "./contest.js";
import { colourOf, distanceWords } from "./pictures.js";

/**
 * @typedef {import("../../types.js").Palette} Palette
 * @typedef {import("./contest.js").Contest} Contest
 */

const STATES = /** @type {Record<string, string>} */ ({
  running: "running",
  converged: "solved",
  diverged: "diverged",
  stalled: "stopped short",
  "out of steps": "never settled",
});
const HELP = /** @type {Record<string, string>} */ ({
  flow: "Training with infinitely small steps: what theorems speak of.",
  descent: "One step against the gradient, again and again.",
  stochastic: "Each step looks at a few equations, drawn at random.",
  momentum: "Steps remember the ones before: a heavy ball.",
  adam: "Every weight has a step length of its own.",
  sign: "Every weight moves by the same amount, up or down.",
  normalised: "Every step is equally long, whatever the gradient.",
});
// Steps that are sums of gradients: without a network they stay in the row space of A, and end where gradient flow does.
const LINEAR = ["descent", "stochastic", "momentum", "normalised"];
const HEADS = ["Method", "State", "Steps", "From flow’s end", "From its theorem"];

/**
 * @param {HTMLElement} container
 * @param {(names: string[]) => void} choose
 */
export function makeTable(container, choose) {
  const table = addPart(container, "table", "runners");
  const head = addPart(addPart(table, "thead", ""), "tr", "");
  for (const words of HEADS) addPart(head, "th", "", words).setAttribute("scope", "col");
  const body = addPart(table, "tbody", "");
  const rows = methods.map((method) => {
    const row = addPart(body, "tr", "");
    const name = addPart(row, "th", "");
    name.setAttribute("scope", "row");
    const label = addPart(name, "label", "");
    label.title = HELP[method.name];
    const box = document.createElement("input");
    box.type = "checkbox";
    const swatch = document.createElement("span");
    swatch.className = "swatch";
    label.append(box, swatch, method.title);
    box.addEventListener("change", () => {
      choose(rows.filter((each) => each.box.checked).map((each) => each.method.name));
    });
    const cells = HEADS.slice(1).map(() => addPart(row, "td", ""));
    return { method, row, box, swatch, cells };
  });

  return {
    /**
     * @param {Contest} contest
     * @param {Palette} palette
     */
    show(contest, palette) {
      rows.forEach(({ method, row, box, swatch, cells }, place) => {
        const runner = contest.runners.find(({ name }) => name === method.name);
        box.checked = runner !== undefined;
        row.className = runner ? "" : "absent";
        swatch.style.background = colourOf(palette, place);
        const words = runner === undefined ? ["", "", "", ""] : wordsOf(contest, runner);
        words.forEach((text, k) => void (cells[k].textContent !== text && (cells[k].textContent = text)));
      });
    },
  };
}

/**
 * @param {Contest} contest
 * @param {import("./contest.js").Runner} runner
 */
function wordsOf({ limit, network }, runner) {
  const status = runner.status();
  const isLost = status === "diverged";
  const known = limit.status === "converged";
  const away = known && !isLost ? distanceWords(distance(runner.x(), limit.x)) : "–";
  return [STATES[status], plain(Math.round(runner.steps()), 5), away, ownWords(runner, network, away, status)];
}

/**
 * @param {import("./contest.js").Runner} runner
 * @param {Contest["network"]} network
 * @param {string} away from the end of gradient flow
 * @param {string} status
 */
function ownWords({ name, corrected, x }, network, away, status) {
  if (status === "running") return "";
  if (name === "flow" || (network.name === "Direct" && LINEAR.includes(name))) return away;
  if (corrected) return distanceWords(distance(x(), corrected));
  return status === "diverged" ? "–" : "none";
}
