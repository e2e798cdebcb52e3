/** The systems that Python packed into the page. */

/**
 * @typedef {import("./types.js").System} System
 * @typedef {{kind: "float64" | "bits", data: string, low?: number, high?: number}} Packed Numbers as base64: whole
 *   float64 in little-endian order, or one bit for each entry of a matrix that has two values.
 */

/**
 * By name, in the order in which they are offered.
 * @returns {Record<string, System>}
 */
export function readSystems() {
  const text = document.getElementById("systems")?.textContent ?? "[]";
  /** @type {Record<string, System>} */
  const systems = {};
  for (const packed of JSON.parse(text)) {
    systems[packed.name] = {
      ...packed,
      A: unpack(packed.A, packed.equations * packed.unknowns),
      b: unpack(packed.b, packed.equations),
      truth: packed.truth === null ? null : unpack(packed.truth, packed.unknowns),
    };
  }
  return systems;
}

/**
 * @param {Packed} packed
 * @param {number} length
 * @returns {Float64Array}
 */
export function unpack(packed, length) {
  const bytes = Uint8Array.from(atob(packed.data), (letter) => letter.charCodeAt(0));
  if (packed.kind === "float64") {
    const view = new DataView(bytes.buffer);
    return Float64Array.from({ length }, (_, i) => view.getFloat64(8 * i, true));
  }
  const { low = 0, high = 1 } = packed;
  return Float64Array.from({ length }, (_, i) => ((bytes[i >> 3] >> (7 - (i & 7))) & 1 ? high : low));
}
