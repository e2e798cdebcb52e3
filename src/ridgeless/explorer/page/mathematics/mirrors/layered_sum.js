/** The difference of two products of layers: x = f₁(z) + f₂(z), the subtracted one as a product that starts at −c₀. */

/** @typedef {import("../types.js").Mirror} Mirror @typedef {import("./layered.js").LayeredCoordinate} LayeredCoordinate */

const MOST_STEPS = 200;
const LEAP = 4;
const LAST_STEP = 1e-9;

/**
 * @param {Int32Array} index The coordinates.
 * @param {[LayeredCoordinate, LayeredCoordinate][]} pairs Of each of them.
 * @returns {Mirror}
 */
export function layeredSum(index, pairs) {
  const sums = pairs.map(([one, other]) => sumOf(one, other));
  return {
    index,
    isEndless: false,
    ends: (k) => sums[k],
    forward(at, to) {
      index.forEach((i, k) => {
        const point = sums[k].at(at.z[i], at.rise[i], at.fall[i]);
        [to.x[i], to.slope[i], to.size[i]] = [point.x, point.slope, point.size];
      });
    },
    inverse(x, to) {
      index.forEach((i, k) => {
        const found = sums[k].solve(x[i]);
        const point = sums[k].at(found.z, found.rise, found.fall);
        [to.z[i], to.rise[i], to.fall[i]] = [found.z, found.rise, found.fall];
        [to.slope[i], to.size[i]] = [point.slope, point.size];
      });
    },
    energy(at, to) {
      index.forEach((i, k) => {
        to[i] = sums[k].at(at.z[i], at.rise[i], at.fall[i]).energy - sums[k].energyAtStart;
      });
    },
  };
}

/** @param {LayeredCoordinate} one @param {LayeredCoordinate} other */
function sumOf(one, other) {
  const upper = Math.min(one.upper, other.upper);
  const lower = Math.min(one.lower, other.lower);
  const isOpen = upper < Infinity && lower < Infinity;

  /** @param {LayeredCoordinate} map @param {number} z @param {number} rise @param {number} fall */
  const layerOf = (map, z, rise, fall) =>
    map.layerAt(
      z,
      rise < fall ? rise + (map.upper - upper) : map.upper - z,
      rise < fall ? map.lower + z : fall + (map.lower - lower),
    );

  /** @param {number} z @param {number} rise @param {number} fall */
  function at(z, rise, fall) {
    const [c1, c2] = [layerOf(one, z, rise, fall), layerOf(other, z, rise, fall)];
    const [x1, x2] = [one.entry(c1), other.entry(c2)];
    return {
      x: x1 + x2,
      slope: one.slope(c1) + other.slope(c2),
      size: Math.abs(x1) + Math.abs(x2) + one.knee + other.knee,
      energy: (c1 * c1 + c2 * c2) / 2,
    };
  }

  const middle = isOpen ? (upper - lower) / 2 : 0;
  const atMiddle = at(middle, upper - middle, lower + middle);

  /**
   * A safeguarded Newton's method in the logarithm of the distance to the nearer end.
   *
   * @param {number} x
   */
  function solve(x) {
    const isUp = isOpen ? x >= atMiddle.x : upper < Infinity;
    const side = isUp ? 1 : -1;
    /** @param {number} slack */
    const placeOf = (slack) => {
      const z = isUp ? upper - slack : slack - lower;
      return { z, rise: isUp ? slack : upper - z, fall: isUp ? lower + z : slack };
    };
    if (!isOpen && !(side * x > 0)) return { z: -side * Infinity, rise: Infinity, fall: Infinity };
    const knee = isOpen ? atMiddle.size : Math.abs(x) / 20;
    const wanted = Math.asinh((side * x) / knee);
    let [low, high] = [-Infinity, isOpen ? Math.log((upper + lower) / 2) : Infinity];
    let logSlack = isOpen ? high : Math.log(isUp ? upper : lower);
    for (let step = 0; step < MOST_STEPS; step++) {
      const place = placeOf(Math.exp(logSlack));
      const point = at(place.z, place.rise, place.fall);
      const excess = Math.asinh((side * point.x) / knee) - wanted;
      if (excess > 0) low = logSlack;
      if (excess < 0) high = logSlack;
      const root = Math.hypot(point.x, knee);
      let move = (excess * root) / (Math.exp(logSlack) * point.slope);
      move = Number.isFinite(move) ? Math.min(Math.max(move, -LEAP), LEAP) : Math.sign(excess) * LEAP;
      const next = logSlack + move;
      const isLast = Math.abs(move) <= LAST_STEP;
      logSlack = isLast || (next > low && next < high) || !Number.isFinite(low + high) ? next : (low + high) / 2;
      if (isLast || high - low < 1e-15 * Math.abs(high)) break;
    }
    return centred(placeOf(Math.exp(logSlack)), x);
  }

  /**
   * Near the middle z is refined by itself, since its distance to an end has fewer of its digits.
   *
   * @param {{z: number, rise: number, fall: number}} place
   * @param {number} x
   */
  function centred(place, x) {
    if (!isOpen || Math.abs(place.z - middle) > (upper + lower) / 8) return place;
    let z = place.z;
    for (let step = 0; step < 2; step++) {
      const point = at(z, upper - z, lower + z);
      z -= (point.x - x) / point.slope;
    }
    return { z, rise: upper - z, fall: lower + z };
  }

  const sign = isOpen ? 0 : upper < Infinity ? 1 : -1;
  return { upper, lower, sign, at, solve, energyAtStart: at(0, upper, lower).energy };
}
