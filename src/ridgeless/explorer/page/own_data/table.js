/** A table of numbers as text: comma, semicolon, tab or blanks between them, with or without a line of names. */

import { Refusal } from "./checks.js";

const namesOfB = ["b", "y", "rhs", "target", "response", "outcome"];

/**
 * @param {string} text
 * @returns {import("./checks.js").Found}
 */
export function tableOf(text) {
  const lines = text
    .split(/\r\n|\r|\n/)
    .map((line, index) => ({ words: line.trim(), number: index + 1 }))
    .filter(({ words }) => words !== "" && !words.startsWith("#") && !words.startsWith("%"));
  if (lines.length === 0) throw new Refusal("The table is empty. Paste one equation a line: the numbers of A, then b.");
  const separator = separatorOf(lines[0].words);
  const table = lines.map(({ words, number }) => ({
    cells: words.split(separator).map((cell) => cell.trim()),
    number,
  }));
  const names = isOfNames(table[0].cells) ? table.shift()?.cells : undefined;
  if (table.length === 0) throw new Refusal("There are names, and no numbers below them.");
  refuseThousands(table.flatMap(({ cells }) => cells));
  const width = table[0].cells.length;
  if (width < 3) {
    throw new Refusal(
      `The first equation has ${width} ${width === 1 ? "number" : "numbers"}. It needs three: two of A, and b.`,
    );
  }
  const last = names ? columnOfB(names) : width - 1;
  const [A, b] = [new Float64Array(table.length * (width - 1)), new Float64Array(table.length)];
  table.forEach(({ cells, number }, row) => {
    if (cells.length !== width) {
      throw new Refusal(`Line ${number} has ${cells.length} numbers, and the first equation has ${width}.`);
    }
    let at = row * (width - 1);
    cells.forEach((cell, column) => {
      const value = numberFrom(cell);
      if (Number.isNaN(value)) throw new Refusal(`Line ${number} has “${cell}” where a number should be.`);
      if (column === last) b[row] = value;
      else A[at++] = value;
    });
  });
  return { rows: table.length, columns: width - 1, A, b };
}

/**
 * Commas inside of numbers are decimal ones, unless they could all stand between thousands.
 * @param {string[]} cells
 */
function refuseThousands(cells) {
  const withComma = cells.filter((cell) => /\d,\d/.test(cell));
  const ofThousands = /^"?[-−+]?[1-9]\d{0,2}(,\d{3})+"?$/;
  if (withComma.length === 0 || !withComma.every((cell) => ofThousands.test(cell))) return;
  const first = withComma[0].replace(/"/g, "");
  const [large, small] = [first.replace(/,/g, ""), first.replace(",", ".")];
  throw new Refusal(`“${first}” may be ${large} or ${small}. Write numbers with a point, and without commas.`);
}

/** @param {string} line */
function separatorOf(line) {
  if (line.includes("\t")) return /\t/;
  if (line.includes(";")) return /;/;
  return line.includes(",") ? /,/ : /\s+/;
}

/**
 * Whether a line names the columns. A line of numbers with one that cannot be read is an equation, which must not be
 * dropped in silence.
 * @param {string[]} cells
 */
function isOfNames(cells) {
  return cells.every((cell) => Number.isNaN(numberFrom(cell))) || cells.some(isNameOfB);
}

/** @param {string} name */
const isNameOfB = (name) => namesOfB.includes(name.replace(/"/g, "").toLowerCase());

/**
 * A number with a point or a comma; NaN for what is none.
 * @param {string} cell
 */
function numberFrom(cell) {
  const plain = cell
    .replace(/^"(.*)"$/, "$1")
    .replace("−", "-")
    .replace(/^([^.]*),([^.,]*)$/, "$1.$2");
  return plain.trim() === "" ? NaN : Number(plain);
}

/**
 * The column that is b: that with one of its names, or else the last.
 * @param {string[]} names
 */
function columnOfB(names) {
  const found = names.findIndex(isNameOfB);
  return found < 0 ? names.length - 1 : found;
}
