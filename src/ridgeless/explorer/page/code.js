/** "Copy as Python" and "copy as TOML": what is on the screen, computed by the library. */

import { openDialog, paragraph } from "./dialog.js";
import { save } from "./export.js";

/**
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Recipe} Recipe
 * @typedef {import("./types.js").System} System
 */

/**
 * A program that prints the x which is on the screen.
 * @param {Recipe} recipe
 * @returns {string}
 */
export function pythonOf(recipe) {
  return ["import numpy as np", "import ridgeless as rl", "", ...recipe.lines, `print(${recipe.result})`, ""].join(
    "\n",
  );
}

/**
 * @param {Recipe | null} recipe
 * @param {string} address
 */
export function showPython(recipe, address) {
  if (recipe === null) {
    openDialog(
      "Copy as Python",
      [paragraph("The library has no network with these weights. Choose a whole depth.")],
      [],
    );
    return;
  }
  const words = `It prints the x of this page. The page itself: ${address}`;
  showText("Copy as Python", pythonOf(recipe), words, {});
}

/** @param {Recipe | null} recipe */
export function showToml(recipe) {
  if (recipe === null || recipe.toml === null) {
    openDialog("Copy as TOML", [paragraph("The networks of a study have whole depths. Choose one.")], []);
    return;
  }
  const files = recipe.files ?? {};
  const names = Object.keys(files);
  const beside = names.length > 0 ? ` It reads ${names.join(", ")}, which has to lie beside it.` : "";
  showText("Copy as TOML", recipe.toml, `Save it as study.toml and type: ridgeless study study.toml.${beside}`, files);
}

/**
 * @param {string} title
 * @param {string} text
 * @param {string} words
 * @param {Record<string, string>} files
 */
function showText(title, text, words, files) {
  const area = document.createElement("textarea");
  area.readOnly = true;
  area.spellcheck = false;
  area.value = text;
  area.setAttribute("aria-label", title);
  const saving = Object.entries(files).map(([name, content]) => ({
    name: `Save ${name}`,
    act: () => save(name, new Blob([content], { type: "text/plain" })),
  }));
  const note = paragraph(words, "caption");
  openDialog(title, [area, note], [...saving, { name: "Copy", primary: true, act: () => void copy(area, note) }]);
  area.focus();
  area.select();
}

/**
 * @param {HTMLTextAreaElement} area
 * @param {HTMLElement} note
 */
async function copy(area, note) {
  area.select();
  try {
    await navigator.clipboard.writeText(area.value);
    note.textContent = "Copied.";
  } catch {
    note.textContent = "This browser does not let the page copy. The text is selected: press Ctrl+C.";
  }
}
