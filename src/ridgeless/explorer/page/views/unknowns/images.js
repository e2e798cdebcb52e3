/** Unknowns that stand for a picture: the answer beside the truth, and what both ends of the scale see. */

import { synthesis } from "../../mathematics/pictures.js";

/**
 * @typedef {import("../../types.js").Surface} Surface
 * @typedef {import("../../types.js").Palette} Palette
 * @typedef {import("../../types.js").System} System
 * @typedef {import("./stems.js").Stems} Stems
 *
 * @typedef {{left: number, top: number, side: number, words: string, x: Float64Array | null, isNow: boolean}} Place
 */

const GAP = 16;
const WORDS = 24;
const NARROW = 560;

/**
 * The height that the pictures need.
 *
 * @param {number} width
 */
export function heightOf(width) {
  if (width < NARROW) return Math.round(2 * ((width - GAP) / 2 + WORDS) + 4);
  return Math.round((width - 2 * GAP) / 2.5 + WORDS + 4);
}

/**
 * @param {Surface} surface
 * @param {Palette} palette
 * @param {System} system
 * @param {Stems} stems
 */
export function drawImages(surface, palette, system, stems) {
  const { image } = system;
  if (!image) return;
  const range = rangeOf(system, stems);
  for (const { left, top, side, words, x, isNow } of places(surface.width, stems)) {
    const colour = isNow ? palette.prediction : palette.muted;
    surface.text(left, top + 12, words, { fill: colour, size: 13, bold: isNow, baseline: "middle" });
    const [y, frame] = [top + WORDS, { stroke: isNow ? palette.prediction : palette.faint, width: isNow ? 2 : 1 }];
    if (x) surface.raster(left, y, side, side, rasterOf(synthesis(image.basis, x, image.rows, image.columns), image, range));
    surface.rectangle(left, y, side, side, frame);
  }
}

/**
 * Two large pictures and two small ones; four of one size where there is less room.
 *
 * @param {number} width
 * @param {Stems} stems
 * @returns {Place[]}
 */
function places(width, { x, truth, lazy, vanishing }) {
  const isNarrow = width < NARROW;
  const large = isNarrow ? (width - GAP) / 2 : (width - 2 * GAP) / 2.5;
  const small = isNarrow ? large : (large - WORDS) / 2;
  const third = isNarrow ? 0 : 2 * (large + GAP);
  const below = large + WORDS;
  const all = [
    { left: 0, top: 0, side: large, words: "training, from scale α", x, isNow: true },
    { left: large + GAP, top: 0, side: large, words: "the photograph", x: truth, isNow: false },
    { left: third, top: isNarrow ? below : 0, side: small, words: "a very large start", x: lazy, isNow: false },
    { left: isNarrow ? large + GAP : third, top: isNarrow ? below : small + WORDS, side: small, words: "a vanishing start", x: vanishing, isNow: false },
  ];
  return truth ? all : all.filter(({ words }) => words !== "the photograph");
}

/**
 * The brightness that is black and the one that is white: those of the truth, which all pictures share.
 *
 * @param {System} system
 * @param {Stems} stems
 * @returns {[number, number]}
 */
function rangeOf({ image }, { truth, lazy, x }) {
  const known = truth ?? lazy ?? x;
  if (!known || !image) return [0, 1];
  const pixels = synthesis(image.basis, known, image.rows, image.columns);
  return [Math.min(...pixels), Math.max(...pixels)];
}

/**
 * @param {Float64Array} pixels
 * @param {{rows: number, columns: number}} image
 * @param {[number, number]} range
 */
function rasterOf(pixels, { rows, columns }, [low, high]) {
  const rgba = new Uint8ClampedArray(4 * rows * columns);
  pixels.forEach((value, i) => {
    const grey = (255 * (value - low)) / (high - low || 1);
    rgba.set([grey, grey, grey, 255], 4 * i);
  });
  return { rows, columns, rgba };
}
