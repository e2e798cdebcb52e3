/** How wide words are, before they are drawn: by letters, as an SVG document has no font to measure them with. */

// Shares of the size of bold letters in DejaVu Sans, which is wider than the other fonts of the page.
const WIDTHS = /** @type {[RegExp, number][]} */ ([
  [/[iljI.,:' ]/, 0.4],
  [/[ftr()-]/, 0.5],
  [/[mwMW]/, 1.11],
  [/[A-HJ-LN-VX-Z]/, 0.86],
]);
const OTHERS = 0.72;
// Smaller letters cannot be read.
const SMALLEST = 9;

/**
 * Pixels that words take at most.
 * @param {string} words
 * @param {number} size Of the letters.
 */
export function widthOf(words, size) {
  let sum = 0;
  for (const letter of words) sum += WIDTHS.find(([kind]) => kind.test(letter))?.[1] ?? OTHERS;
  return size * sum;
}

/**
 * The size at which words fit into so many pixels: the wanted one, or less where they are too long.
 * @param {string} words
 * @param {number} wanted
 * @param {number} room
 */
export const sizeFor = (words, wanted, room) => Math.max(SMALLEST, Math.min(wanted, room / widthOf(words, 1)));
