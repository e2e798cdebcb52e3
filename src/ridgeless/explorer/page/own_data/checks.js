/** What a reader's data have to be; everything else is refused in a sentence that says what to change. */

/**
 * @typedef {{rows: number, columns: number, A: Float64Array, b: Float64Array, truth?: Float64Array | null}} Found
 * @typedef {import("../types.js").System} System
 */

/** Why data are refused, in words for the reader. */
export class Refusal extends Error {}

const mostEntries = 2_000_000;

/**
 * @param {Found} found
 * @returns {System}
 */
export function systemFrom({ rows, columns, A, b, truth = null }) {
  if (rows === 0 || columns === 0) throw new Refusal("There are no numbers in it.");
  if (b.length !== rows)
    throw new Refusal(`A has ${rows} rows, and b has ${b.length} entries. They have to be equally many.`);
  if (truth !== null && truth.length !== columns) {
    throw new Refusal(
      `A has ${columns} columns, and the truth has ${truth.length} entries. They have to be equally many.`,
    );
  }
  if (columns < 2)
    throw new Refusal("There is one unknown only, so there is nothing to pick. A needs two columns at least.");
  if (rows >= columns) {
    throw new Refusal(
      `There are ${rows} equations for ${columns} unknowns. The page is about fewer equations than unknowns, which ` +
        "have many solutions.",
    );
  }
  if (rows * columns > mostEntries) {
    throw new Refusal(
      `A has ${rows}×${columns} entries, which is too much to solve while you drag. Use the library in Python.`,
    );
  }
  refuseStrange(A, columns);
  if (!b.every(Number.isFinite)) throw new Refusal("b has an entry that is not a finite number.");
  if (A.every((entry) => entry === 0)) throw new Refusal("Every entry of A is 0.");
  return {
    name: "yours",
    title: `Your data: ${rows} ${rows === 1 ? "equation" : "equations"}, ${columns} unknowns`,
    equations: rows,
    unknowns: columns,
    A,
    b,
    truth,
    image: null,
    python: null,
    toml: null,
  };
}

/**
 * @param {Float64Array} A
 * @param {number} columns
 */
function refuseStrange(A, columns) {
  const place = A.findIndex((entry) => !Number.isFinite(entry));
  if (place < 0) return;
  const [row, column] = [Math.floor(place / columns) + 1, (place % columns) + 1];
  throw new Refusal(`The entry of A in row ${row}, column ${column} is not a finite number.`);
}
