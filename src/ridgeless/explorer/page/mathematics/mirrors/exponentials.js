/** x = exp(p + c z) − exp(m − c z): every network of depth 2. */

/** @typedef {import("../types.js").Mirror} Mirror */

// Beyond this, asinh(r) = log(2 r) to the last bit.
const FAR = 20;

/**
 * Two branches: the sign of x is open. With g = (p + m)/2 and t = (p − m)/2 + c z, x = 2·exp(g)·sinh(t).
 *
 * @param {Int32Array} index The coordinates.
 * @param {Float64Array} middle g of each of them.
 * @param {Float64Array} tilt (p − m)/2 of each of them.
 * @param {number} rate c
 * @returns {Mirror}
 */
export function exponentialPair(index, middle, tilt, rate) {
  return {
    index,
    isEndless: true,
    ends: () => ({ upper: Infinity, lower: Infinity, sign: 0 }),
    forward(at, to) {
      for (let k = 0; k < index.length; k++) {
        const i = index[k];
        const t = tilt[k] + rate * at.z[i];
        const size = Math.abs(t);
        const growth = Math.exp(middle[k] + size);
        const shrink = Math.exp(-2 * size);
        to.x[i] = growth * (size < 0.5 ? -Math.expm1(-2 * size) : 1 - shrink) * (t < 0 ? -1 : 1);
        to.size[i] = growth * (1 + shrink);
        to.slope[i] = rate * to.size[i];
      }
    },
    inverse(x, to) {
      for (let k = 0; k < index.length; k++) {
        const i = index[k];
        const size = Math.abs(x[i]);
        const logRatio = Math.log(size / 2) - middle[k];
        const angle = logRatio > FAR ? logRatio + Math.LN2 : Math.asinh(Math.exp(logRatio));
        const z = ((x[i] < 0 ? -angle : angle) - tilt[k]) / rate;
        to.z[i] = z;
        to.rise[i] = -z;
        to.fall[i] = z;
        to.size[i] = Math.hypot(size, 2 * Math.exp(middle[k]));
        to.slope[i] = rate * to.size[i];
      }
    },
    energy(at, to) {
      // 2·exp(g)·(cosh t − cosh t₀)/c, as a product of two sinh.
      for (let k = 0; k < index.length; k++) {
        const i = index[k];
        const moved = rate * at.z[i];
        const sum = 2 * tilt[k] + moved;
        const halves = (Math.abs(sum) + Math.abs(moved)) / 2;
        const size = Math.exp(middle[k] + halves) * Math.expm1(-Math.abs(sum)) * Math.expm1(-Math.abs(moved));
        to[i] = (size * Math.sign(sum) * Math.sign(moved)) / rate;
      }
    },
  };
}

/**
 * One branch: x = sign·exp(p + sign·c z) keeps its sign.
 *
 * @param {Int32Array} index The coordinates.
 * @param {Float64Array} sign +1 or −1 for each of them.
 * @param {Float64Array} height p of each of them.
 * @param {number} rate c
 * @returns {Mirror}
 */
export function exponential(index, sign, height, rate) {
  return {
    index,
    isEndless: true,
    ends: (k) => ({ upper: Infinity, lower: Infinity, sign: sign[k] }),
    forward(at, to) {
      for (let k = 0; k < index.length; k++) {
        const i = index[k];
        const size = Math.exp(height[k] + sign[k] * rate * at.z[i]);
        to.x[i] = sign[k] * size;
        to.size[i] = size;
        to.slope[i] = rate * size;
      }
    },
    inverse(x, to) {
      for (let k = 0; k < index.length; k++) {
        const i = index[k];
        const size = sign[k] * x[i];
        const z = (sign[k] * (Math.log(size) - height[k])) / rate;
        to.z[i] = z;
        to.rise[i] = -z;
        to.fall[i] = z;
        to.size[i] = size;
        to.slope[i] = rate * size;
      }
    },
    energy(at, to) {
      for (let k = 0; k < index.length; k++) {
        const i = index[k];
        to[i] = (Math.exp(height[k]) * Math.expm1(sign[k] * rate * at.z[i])) / rate;
      }
    },
  };
}
