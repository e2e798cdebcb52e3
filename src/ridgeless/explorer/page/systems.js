/** The systems that Python packed into the page. */

import { analysis } from "./mathematics/pictures.js";

/**
 * @typedef {import("./types.js").System} System
 * @typedef {{kind: "float64" | "masks", data: string, low?: number, high?: number}} Packed Numbers as base64: whole
 *   float64 in little-endian order, or masks with one bit for each pixel.
 */

/**
 * By name, in the order in which they are offered. A matrix is unpacked when it is first asked for.
 * @returns {Record<string, System>}
 */
export function readSystems() {
  /** @type {Record<string, System>} */
  const systems = {};
  for (const packed of JSON.parse(document.getElementById("systems")?.textContent ?? "[]")) {
    const { equations, unknowns } = packed;
    /** @type {Float64Array | null} */
    let matrix = null;
    systems[packed.name] = {
      ...packed,
      b: unpack(packed.b, equations),
      truth: packed.truth === null ? null : unpack(packed.truth, unknowns),
      get A() {
        matrix ??= packed.A.kind === "masks" ? measured(packed) : unpack(packed.A, equations * unknowns);
        return matrix;
      },
    };
  }
  return systems;
}

/**
 * @param {Packed} packed
 * @param {number} length
 * @returns {Float64Array}
 */
function unpack(packed, length) {
  const view = new DataView(bytesOf(packed).buffer);
  return Float64Array.from({ length }, (_, i) => view.getFloat64(8 * i, true));
}

/**
 * A camera's A, row by row the coefficients of a mask.
 * @param {{A: Packed, equations: number, unknowns: number, image: NonNullable<System["image"]>}} packed
 */
function measured({ A, equations, unknowns, image }) {
  const bytes = bytesOf(A);
  const { low = 0, high = 1 } = A;
  const matrix = new Float64Array(equations * unknowns);
  for (let row = 0; row < equations; row += 1) {
    const mask = Float64Array.from({ length: unknowns }, (_, pixel) => {
      const bit = row * unknowns + pixel;
      return (bytes[bit >> 3] >> (7 - (bit & 7))) & 1 ? high : low;
    });
    matrix.set(analysis(image.basis, mask, image.rows, image.columns), row * unknowns);
  }
  return matrix;
}

/** @param {Packed} packed */
const bytesOf = (packed) => Uint8Array.from(atob(packed.data), (letter) => letter.charCodeAt(0));
