/** x = a³·tan(az)/cos²(az): the product of three layers that start at (a, a, 0). */

/** @typedef {import("../types.js").Mirror} Mirror */

// Beyond this, asinh(y) = log(2 y) to the last bit.
const FAR = 40;
const ROOT = Math.sqrt(3);

/**
 * @param {Int32Array} index The coordinates.
 * @param {Float64Array} scale a > 0 of each of them.
 * @returns {Mirror}
 */
export function tangent(index, scale) {
  /**
   * c = a·tan(az), the smallest layer, from the nearer end of the interval or from the middle.
   *
   * @param {number} a @param {number} z @param {number} rise @param {number} fall
   */
  function layerAt(a, z, rise, fall) {
    if (Math.abs(a * z) < 0.75) return a * Math.tan(a * z);
    if (rise < fall) return rise > 0 ? a / Math.tan(a * rise) : Infinity;
    return fall > 0 ? -a / Math.tan(a * fall) : -Infinity;
  }

  /** @param {number} a @param {number} c @param {number} i @param {import("../types.js").MirrorValues} to */
  function fill(a, c, i, to) {
    const inner = a * a + c * c;
    to.slope[i] = (a * a + 3 * c * c) * inner;
    to.size[i] = Math.abs(c) * inner + a * a * a;
  }

  return {
    index,
    isEndless: false,
    ends: (k) => ({ upper: Math.PI / 2 / scale[k], lower: Math.PI / 2 / scale[k], sign: 0 }),
    forward(at, to) {
      for (let k = 0; k < index.length; k++) {
        const i = index[k];
        const a = scale[k];
        const c = layerAt(a, at.z[i], at.rise[i], at.fall[i]);
        to.x[i] = c * (a * a + c * c);
        fill(a, c, i, to);
      }
    },
    inverse(x, to) {
      for (let k = 0; k < index.length; k++) {
        const i = index[k];
        const a = scale[k];
        const c = smallestLayer(Math.abs(x[i]), a);
        const near = Math.atan2(a, c) / a;
        const middle = Math.atan2(c, a) / a;
        const end = Math.PI / 2 / a;
        const isUp = x[i] >= 0;
        to.z[i] = isUp ? middle : -middle;
        to.rise[i] = isUp ? near : end + middle;
        to.fall[i] = isUp ? end + middle : near;
        fill(a, c, i, to);
      }
    },
    energy(at, to) {
      for (let k = 0; k < index.length; k++) {
        const i = index[k];
        to[i] = layerAt(scale[k], at.z[i], at.rise[i], at.fall[i]) ** 2 / 2;
      }
    },
  };
}

/**
 * The root of a²c + c³ = x ≥ 0: c = (2/√3)·a·sinh(asinh(3√3·x/(2a³))/3).
 *
 * @param {number} x
 * @param {number} a
 * @returns {number}
 */
function smallestLayer(x, a) {
  if (x === 0) return 0;
  const logY = Math.log(x) + Math.log(1.5 * ROOT) - 3 * Math.log(a);
  if (logY < FAR) return (2 / ROOT) * a * Math.sinh(Math.asinh(Math.exp(logY)) / 3);
  const third = (logY + Math.LN2) / 3;
  return (1 / ROOT) * -Math.expm1(-2 * third) * Math.exp(Math.log(a) + third);
}
