/** x = x₀ + rate·z: plain regression. */

/** @typedef {import("../types.js").Mirror} Mirror */

/**
 * @param {Int32Array} index The coordinates.
 * @param {ArrayLike<number>} start x₀ of each of them.
 * @param {number} rate
 * @returns {Mirror}
 */
export function line(index, start, rate) {
  return {
    index,
    isEndless: true,
    ends: () => ({ upper: Infinity, lower: Infinity, sign: 0 }),
    forward(at, to) {
      index.forEach((i, k) => {
        to.x[i] = start[k] + rate * at.z[i];
        to.slope[i] = rate;
        to.size[i] = Infinity;
      });
    },
    inverse(x, to) {
      index.forEach((i, k) => {
        to.z[i] = (x[i] - start[k]) / rate;
        to.rise[i] = -to.z[i];
        to.fall[i] = to.z[i];
        to.slope[i] = rate;
        to.size[i] = Infinity;
      });
    },
    energy(at, to) {
      index.forEach((i, k) => {
        to[i] = (start[k] + (rate * at.z[i]) / 2) * at.z[i];
      });
    },
  };
}
