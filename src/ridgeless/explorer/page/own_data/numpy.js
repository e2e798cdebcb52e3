/** Archives of NumPy (.npz): a zip of .npy files, stored or compressed. */

import { Refusal } from "./checks.js";

/** @typedef {{shape: number[], values: Float64Array}} NumpyArray */

const namesOfA = ["A", "X", "matrix", "design"];
const namesOfB = ["b", "y", "rhs", "right_hand_side", "target", "response", "outcome"];

/**
 * @param {ArrayBuffer} file
 * @returns {Promise<import("./checks.js").Found>}
 */
export async function arraysOf(file) {
  try {
    return await contentOf(file);
  } catch (error) {
    // What is cut off or changed ends reading in many ways.
    throw error instanceof Refusal ? error : new Refusal("The archive is damaged.");
  }
}

/**
 * @param {ArrayBuffer} file
 * @returns {Promise<import("./checks.js").Found>}
 */
async function contentOf(file) {
  const arrays = new Map();
  for (const entry of entriesOf(new DataView(file))) {
    const name = entry.name.replace(/\.npy$/, "");
    if ([...namesOfA, ...namesOfB, "truth"].includes(name)) arrays.set(name, await read(file, entry));
  }
  const A = find(arrays, namesOfA, "A");
  const b = find(arrays, namesOfB, "b");
  const truth = arrays.get("truth");
  if (A.shape.length !== 2)
    throw new Refusal(`A has ${A.shape.length} dimensions, and needs two: equations and unknowns.`);
  const [rows, columns] = A.shape;
  return { rows, columns, A: A.values, b: b.values, truth: truth ? truth.values : null };
}

/**
 * @param {Map<string, NumpyArray>} arrays
 * @param {string[]} names
 * @param {string} wanted
 * @returns {NumpyArray}
 */
function find(arrays, names, wanted) {
  for (const name of names) {
    const found = arrays.get(name);
    if (found) return found;
  }
  throw new Refusal(`The archive has no array named ${wanted}. In Python: np.savez("system.npz", A=A, b=b).`);
}

/** @typedef {{name: string, method: number, size: number, from: number}} Entry */

/**
 * The files of a zip archive, from the directory at its end.
 * @param {DataView} zip
 * @returns {Entry[]}
 */
function entriesOf(zip) {
  let end = zip.byteLength - 22;
  while (end >= 0 && zip.getUint32(end, true) !== 0x06054b50) end -= 1;
  if (end < 0) throw new Refusal("This is no archive of NumPy (.npz).");
  const entries = [];
  let at = zip.getUint32(end + 16, true);
  for (let left = zip.getUint16(end + 10, true); left > 0; left -= 1) {
    if (zip.getUint32(at, true) !== 0x02014b50) throw new Refusal("The archive is damaged.");
    const [nameLength, extraLength, remarkLength] = [28, 30, 32].map((offset) => zip.getUint16(at + offset, true));
    const name = new TextDecoder().decode(new Uint8Array(zip.buffer, at + 46, nameLength));
    const header = zip.getUint32(at + 42, true);
    const from = header + 30 + zip.getUint16(header + 26, true) + zip.getUint16(header + 28, true);
    entries.push({ name, method: zip.getUint16(at + 10, true), size: zip.getUint32(at + 20, true), from });
    at += 46 + nameLength + extraLength + remarkLength;
  }
  return entries;
}

/**
 * @param {ArrayBuffer} file
 * @param {Entry} entry
 * @returns {Promise<NumpyArray>}
 */
async function read(file, { name: path, method, size, from }) {
  const name = path.replace(/\.npy$/, "");
  const stored = new Uint8Array(file, from, size);
  if (method === 0) return arrayOf(stored, name);
  const stream = new Blob([stored]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return arrayOf(new Uint8Array(await new Response(stream).arrayBuffer()), name);
}

/** @typedef {(view: DataView, at: number, little: boolean) => number} Reader */

/** @type {Record<string, Reader>} */
const kinds = {
  f8: (view, at, little) => view.getFloat64(at, little),
  f4: (view, at, little) => view.getFloat32(at, little),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  i4: (view, at, little) => view.getInt32(at, little),
  i2: (view, at, little) => view.getInt16(at, little),
  i1: (view, at) => view.getInt8(at),
  u8: (view, at, little) => Number(view.getBigUint64(at, little)),
  u4: (view, at, little) => view.getUint32(at, little),
  u2: (view, at, little) => view.getUint16(at, little),
  u1: (view, at) => view.getUint8(at),
  b1: (view, at) => view.getUint8(at),
};

/**
 * How numbers of a kind are read, such as "<f8" or ">i4", and how many bytes each takes.
 * @param {string} kind
 * @param {string} name
 * @returns {[number, (view: DataView, at: number) => number]}
 */
function readerOf(kind, name) {
  const reader = kinds[kind.slice(1)];
  if (reader) return [Number(kind.slice(2)), (view, at) => reader(view, at, kind[0] !== ">")];
  if (/^[<>]c/.test(kind)) {
    throw new Refusal(`${name} is complex, which this page does not take. In Python: rl.explore(rl.LinearSystem(A, b)).`);
  }
  if (/^[<>]f/.test(kind)) throw new Refusal(`${name} holds numbers of the kind ${kind}. In Python: ${name}.astype(float).`);
  throw new Refusal(`${name} holds ${kind}, which are no numbers.`);
}

/**
 * @param {Uint8Array} bytes A .npy file.
 * @param {string} name
 * @returns {NumpyArray}
 */
function arrayOf(bytes, name) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || bytes[0] !== 0x93) throw new Refusal(`${name} in the archive is no array of NumPy.`);
  const wide = bytes[6] > 1;
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const begin = (wide ? 12 : 10) + length;
  const header = new TextDecoder("latin1").decode(bytes.subarray(wide ? 12 : 10, begin));
  const kind = /'descr':\s*'([^']*)'/.exec(header)?.[1] ?? "objects";
  const [bytesEach, reader] = readerOf(kind, name);
  const shape = (/'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? "")
    .split(",")
    .filter((part) => part.trim())
    .map(Number);
  const count = shape.reduce((product, size) => product * size, 1);
  if (view.byteLength < begin + count * bytesEach) throw new Refusal(`${name} in the archive ends too early.`);
  const values = Float64Array.from({ length: count }, (_, i) => reader(view, begin + i * bytesEach));
  const byColumns = /'fortran_order':\s*True/.test(header) && shape.length === 2;
  return { shape, values: byColumns ? transposed(values, shape[0], shape[1]) : values };
}

/**
 * @param {Float64Array} values Column by column.
 * @param {number} rows
 * @param {number} columns
 */
function transposed(values, rows, columns) {
  return Float64Array.from({ length: values.length }, (_, i) => values[(i % columns) * rows + Math.floor(i / columns)]);
}
