/** A table of numbers as text: comma, semicolon, tab or blanks between them, with or without a line of names. */

import { Refusal } from "./checks.js";

const namesOfB = ["b", "y", "rhs", "target", "response", "outcome"];
const namesOfRows = ["id", "index", "row", "rows", "name", "names", "sample", "nr", "no", "#"];
const isMissing = (/** @type {string} */ cell) => /^"?(na|nan|null|none)?"?$/i.test(cell);

/** @typedef {{cells: string[], number: number}} Line Its cells, and its number in the text. */

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
  const all = lines.map(({ words, number }) => ({
    cells: words.split(separator).map((cell) => cell.trim()),
    number,
  }));
  const header = isOfNames(all[0].cells) ? all[0].cells : undefined;
  const below = header ? all.slice(1) : all;
  if (below.length === 0) throw new Refusal("There are names, and no numbers below them.");
  const { names, table } = withoutRowNames(header, below);
  refuseThousands(table.flatMap(({ cells }) => cells));
  const width = table[0].cells.length;
  if (width < 3) {
    throw new Refusal(
      `The first equation has ${width} ${width === 1 ? "number" : "numbers"}. It needs three: two of A, and b.`,
    );
  }
  return numbersOf(table, width, names ? columnOfB(names) : width - 1);
}

/**
 * @param {Line[]} table
 * @param {number} width
 * @param {number} last The column of b.
 * @returns {import("./checks.js").Found}
 */
function numbersOf(table, width, last) {
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
 * The table without a first column that names the rows, as R and pandas write it.
 * @param {string[] | undefined} names
 * @param {Line[]} table
 * @returns {{names: string[] | undefined, table: Line[]}}
 */
function withoutRowNames(names, table) {
  const width = table[0].cells.length;
  const isShort = names !== undefined && names.length === width - 1;
  const first = table.map(({ cells }) => cells[0]);
  const isQuoted = table.every(({ cells }) => /^".*"$/.test(cells[0]) && !cells.slice(1).some((cell) => /^"/.test(cell)));
  const isText = first.every((cell) => /^"?[^-+−.\d]/.test(cell) && Number.isNaN(numberFrom(cell)) && !isMissing(cell));
  const isNameless = names !== undefined && !isShort && /^"?(unnamed: \d+)?"?$/i.test(names[0]);
  const isCounted = isShort && first.length > 1 && isCount(first);
  if (names && names.length !== width && !(isShort && (isQuoted || isText || isCounted))) {
    throw new Refusal(`The names are ${names.length}, and the first equation has ${width} numbers.`);
  }
  if (!isQuoted && !isText && !isNameless && !isCounted) {
    refuseUnsure(names?.[0], first);
    return { names, table };
  }
  return {
    names: isShort ? names : names?.slice(1),
    table: table.map(({ cells, number }) => ({ cells: cells.slice(1), number })),
  };
}

/**
 * Whether cells count on from 0 or 1.
 * @param {string[]} cells
 */
function isCount(cells) {
  const begin = numberFrom(cells[0]);
  return (begin === 0 || begin === 1) && cells.every((cell, row) => numberFrom(cell) === begin + row);
}

/**
 * A first column that is called like one of names, and holds numbers, may be either.
 * @param {string | undefined} name
 * @param {string[]} first
 */
function refuseUnsure(name, first) {
  if (name === undefined || !namesOfRows.includes(name.replace(/"/g, "").toLowerCase())) return;
  throw new Refusal(
    `The first column is called “${name}” and begins with ${first[0]}: it may name the rows, or be an unknown. ` +
      "Remove it, or give it another name.",
  );
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
  if (cells.some(isNameOfB)) return true;
  return cells.every((cell) => Number.isNaN(numberFrom(cell))) && !cells.every(isMissing);
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
    .replaceAll("−", "-")
    .replace(/^([^.]*),([^.,]*)$/, "$1.$2");
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
}

/**
 * The column that is b: that with one of its names, or else the last.
 * @param {string[]} names
 */
function columnOfB(names) {
  const last = names.length - 1;
  const found = names.findIndex(isNameOfB);
  if (found >= 0 && found < last && names.every((name) => /^"?[a-z]"?$/i.test(name))) {
    throw new Refusal(
      `“${names[found]}” may be the right-hand side, or a column in the order of the alphabet. Put b last, or give the ` +
        "other columns longer names.",
    );
  }
  return found < 0 ? last : found;
}
