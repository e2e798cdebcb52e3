/** Potentials that act coordinate by coordinate, put together from mirror maps. */

/** @typedef {import("./types.js").Potential} Potential @typedef {import("./types.js").Mirror} Mirror */
/** @typedef {import("./types.js").MirrorValues} MirrorValues */

/**
 * Arrays for the values of mirror maps; frozen coordinates keep x = 0.
 *
 * @param {number} size
 * @returns {MirrorValues}
 */
export function mirrorValues(size) {
  const array = () => new Float64Array(size);
  return { x: array(), z: array(), rise: array(), fall: array(), slope: array(), size: array() };
}

/**
 * The potential whose mirror map is given by parts; coordinates in no part are frozen at 0.
 *
 * @param {Mirror[]} parts
 * @param {number} size d
 * @returns {Potential}
 */
export function separable(parts, size) {
  const ends = endsOf(parts, size);
  const frozen = new Uint8Array(size).fill(1);
  for (const part of parts) for (const i of part.index) frozen[i] = 0;

  /** @param {ArrayLike<number>} z @param {import("./types.js").Position} to */
  function place(z, to) {
    for (let i = 0; i < size; i++) {
      to.z[i] = z[i];
      to.rise[i] = ends.counted[i] ? ends.upper[i] - z[i] : -z[i];
      to.fall[i] = ends.counted[i] ? ends.lower[i] + z[i] : z[i];
    }
  }

  /** @param {ArrayLike<number>} z */
  function forward(z) {
    const values = mirrorValues(size);
    place(z, values);
    for (const part of parts) part.forward(values, values);
    return values;
  }

  /** @param {Float64Array} x */
  function inverse(x) {
    const values = mirrorValues(size);
    for (const part of parts) part.inverse(x, values);
    for (let i = 0; i < size; i++) if (isOutside(x[i], i)) values.z[i] = NaN;
    return values;
  }

  /** @param {number} entry @param {number} i */
  function isOutside(entry, i) {
    return frozen[i] ? entry !== 0 : ends.signs[i] * entry < 0;
  }

  /** @param {Float64Array} x */
  function values(x) {
    const at = inverse(x);
    const energy = new Float64Array(size);
    for (const part of parts) part.energy(at, energy);
    return x.map((entry, i) => {
      if (isOutside(entry, i)) return Infinity;
      // At a locked 0 z is infinite, and x·z is 0.
      return Math.max((entry === 0 ? 0 : entry * at.z[i]) - energy[i], 0);
    });
  }

  return {
    size,
    parts,
    frozen,
    start: forward(new Float64Array(size)).x,
    upper: ends.upper,
    lower: ends.lower,
    signs: ends.signs,
    place,
    values,
    value: (x) => values(x).reduce((sum, value) => sum + value, 0),
    gradient: (x) => inverse(x).z,
    conjugate(z) {
      const at = forward(z);
      const energy = new Float64Array(size);
      for (const part of parts) part.energy(at, energy);
      return energy.reduce((sum, value) => sum + value, 0);
    },
    coordinates: (z) => forward(z).x,
    slopes: (z) => forward(z).slope,
  };
}

/**
 * The ends of each interval of z, the locked signs, and for which coordinates distances are counted from the ends: maps
 * without ends count them from 0.
 *
 * @param {Mirror[]} parts
 * @param {number} size
 */
function endsOf(parts, size) {
  const upper = new Float64Array(size).fill(Infinity);
  const lower = new Float64Array(size).fill(Infinity);
  const signs = new Int8Array(size);
  const counted = new Uint8Array(size);
  for (const part of parts) {
    part.index.forEach((i, k) => {
      const own = part.ends(k);
      upper[i] = own.upper;
      lower[i] = own.lower;
      signs[i] = own.sign;
      counted[i] = part.isEndless ? 0 : 1;
    });
  }
  return { upper, lower, signs, counted };
}
