/** Files for the reader: pictures as SVG and PNG, and texts. */

import { canvasSurface } from "./drawing/canvas.js";
import { svgSurface } from "./drawing/svg.js";

/**
 * @typedef {import("./types.js").Picture} Picture
 * @typedef {import("./types.js").Palette} Palette
 */

const density = 3;

/**
 * A picture as an SVG document.
 * @param {Picture} picture
 * @param {Palette} palette
 * @returns {string}
 */
export function svgOf(picture, palette) {
  const surface = svgSurface(picture.width, picture.height);
  picture.draw(surface);
  return surface.document(picture.name, palette.background);
}

/**
 * @param {readonly Picture[]} pictures
 * @param {Palette} palette
 */
export function saveSvg(pictures, palette) {
  for (const picture of pictures)
    save(`${picture.name}.svg`, new Blob([svgOf(picture, palette)], { type: "image/svg+xml" }));
}

/**
 * @param {readonly Picture[]} pictures
 * @param {Palette} palette
 */
export function savePng(pictures, palette) {
  for (const picture of pictures) {
    const canvas = document.createElement("canvas");
    const surface = canvasSurface(canvas, picture.width, picture.height, density);
    surface.rectangle(0, 0, picture.width, picture.height, { fill: palette.background });
    picture.draw(surface);
    canvas.toBlob((blob) => blob && save(`${picture.name}.png`, blob), "image/png");
  }
}

/**
 * Hands a file to the browser, which asks the reader where it goes, or puts it among the downloads.
 * @param {string} name
 * @param {Blob} content
 */
export function save(name, content) {
  const link = document.createElement("a");
  link.download = name;
  link.href = URL.createObjectURL(content);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
