/**
 * The product of L ≥ 3 layers from any start: x = c·∏_j √(c² + μ_j²) and dc/dz = ∏_j √(c² + μ_j²), where c is the smallest
 * layer and the μ_j² = w_j² − c² are conserved.
 */

import { layerIntegral } from "../layer_integral.js";

/** @typedef {import("../types.js").Mirror} Mirror @typedef {import("../types.js").MirrorValues} MirrorValues */

/**
 * @typedef {object} LayeredCoordinate The map of one coordinate, in the unit of its largest layer.
 * @property {number} upper The z at which x → +∞; ∞ where x stays negative.
 * @property {number} lower x → −∞ at z = −lower; ∞ where x stays positive.
 * @property {number} sign +1 or −1 where the sign of x is locked, 0 where it is open.
 * @property {number} knee The |x| beyond which x grows faster than in proportion to c.
 * @property {(z: number, rise: number, fall: number) => number} layerAt c, with its sign.
 * @property {(x: number) => number} layerOf c, with its sign.
 * @property {(c: number) => number} entry x
 * @property {(c: number) => number} slope dx/dz
 * @property {(c: number, to: {z: number, rise: number, fall: number}) => void} position
 */

/**
 * @param {number[]} layers At least three weights, of which at most one is 0.
 * @param {number} [turn] It is −1 for a product that is subtracted.
 * @returns {LayeredCoordinate}
 */
export function layeredCoordinate(layers, turn = 1) {
  const sizes = layers.map(Math.abs).sort((one, other) => one - other);
  const depth = layers.length;
  const unit = sizes[depth - 1];
  const side = layers.reduce((sign, weight) => (weight < 0 ? -sign : sign), turn);
  const start = (side * sizes[0]) / unit;
  const imbalances = sizes.slice(1).map((w) => Math.sqrt(((w - sizes[0]) / unit) * ((w + sizes[0]) / unit)));
  const integral = sharedIntegral(imbalances);
  const rate = unit ** (2 - depth);
  const { isOpen, total } = integral;
  const near = integral.above(Math.abs(start));
  const offset = isOpen ? Math.sign(start) * integral.below(Math.abs(start)) : 0;
  const far = isOpen ? total + Math.abs(offset) : Infinity;
  const [upper, lower] = start >= 0 ? [rate * near, rate * far] : [rate * far, rate * near];
  const valueUnit = unit ** depth;
  const slopeUnit = unit ** (2 * depth - 2);
  return {
    upper,
    lower,
    sign: isOpen ? 0 : Math.sign(start),
    knee: valueUnit * integral.product(0) * imbalances[0],
    layerAt(z, rise, fall) {
      if (!isOpen) {
        const slack = start > 0 ? rise : fall;
        return Math.sign(start) * unit * integral.solveAbove(slack / rate);
      }
      const middle = offset + z / rate;
      const [sign, toEnd] = middle >= 0 ? [1, rise / rate] : [-1, fall / rate];
      const t = Math.abs(middle) < toEnd ? integral.solveBelow(Math.abs(middle)) : integral.solveAbove(toEnd);
      return sign * unit * t;
    },
    layerOf: (x) => Math.sign(x) * unit * integral.solveProduct(Math.abs(x) / valueUnit),
    entry: (c) => (c / unit) * integral.product(Math.abs(c / unit)) * valueUnit,
    slope(c) {
      const t = Math.abs(c / unit);
      return slopeUnit * integral.product(t) ** 2 * (1 + integral.elasticity(t));
    },
    position(c, to) {
      const t = Math.abs(c / unit);
      const above = rate * integral.above(t);
      if (!isOpen) {
        to.rise = start > 0 ? above : Infinity;
        to.fall = start > 0 ? Infinity : above;
        to.z = start > 0 ? upper - above : above - lower;
        return;
      }
      const below = rate * integral.below(t);
      const width = rate * total;
      to.rise = c >= 0 ? above : width + below;
      to.fall = c >= 0 ? width + below : above;
      if (below < above) to.z = Math.sign(c) * below - rate * offset;
      else to.z = c >= 0 ? upper - above : above - lower;
    },
  };
}

/** @type {Map<string, import("../layer_integral.js").LayerIntegral>} */
const integrals = new Map();
const MOST_KEPT = 64;

/**
 * The integral of some imbalances, of which all coordinates of a constant start have the same.
 *
 * @param {number[]} imbalances
 */
function sharedIntegral(imbalances) {
  const key = imbalances.join();
  const kept = integrals.get(key);
  if (kept) return kept;
  if (integrals.size >= MOST_KEPT) integrals.clear();
  const made = layerIntegral(imbalances);
  integrals.set(key, made);
  return made;
}

/**
 * @param {Int32Array} index The coordinates.
 * @param {LayeredCoordinate[]} maps Of each of them.
 * @returns {Mirror}
 */
export function layered(index, maps) {
  const place = { z: 0, rise: 0, fall: 0 };

  /** @param {number} k @param {number} i @param {number} c @param {MirrorValues} to */
  function fill(k, i, c, to) {
    to.slope[i] = maps[k].slope(c);
    to.size[i] = Math.abs(maps[k].entry(c)) + maps[k].knee;
  }

  return {
    index,
    isEndless: false,
    ends: (k) => maps[k],
    forward(at, to) {
      index.forEach((i, k) => {
        const c = maps[k].layerAt(at.z[i], at.rise[i], at.fall[i]);
        to.x[i] = maps[k].entry(c);
        fill(k, i, c, to);
      });
    },
    inverse(x, to) {
      index.forEach((i, k) => {
        const c = maps[k].layerOf(x[i]);
        maps[k].position(c, place);
        [to.z[i], to.rise[i], to.fall[i]] = [place.z, place.rise, place.fall];
        fill(k, i, c, to);
      });
    },
    energy(at, to) {
      index.forEach((i, k) => {
        const begin = maps[k].layerAt(0, maps[k].upper, maps[k].lower);
        const c = maps[k].layerAt(at.z[i], at.rise[i], at.fall[i]);
        to[i] = ((c - begin) * (c + begin)) / 2;
      });
    },
  };
}
