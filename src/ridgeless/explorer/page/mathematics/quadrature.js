/** Gauss–Legendre quadrature. */

const MOST_STEPS = 100;

/**
 * Nodes and weights on [−1, 1], by Newton's method on Legendre's polynomial (Abramowitz and Stegun 1964, 25.4.29).
 *
 * @param {number} count
 * @returns {[Float64Array, Float64Array]}
 */
export function gaussLegendre(count) {
  const nodes = new Float64Array(count);
  const weights = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    let t = Math.cos((Math.PI * (k + 0.75)) / (count + 0.5));
    let slope = 1;
    for (let step = 0; step < MOST_STEPS; step++) {
      let [before, value] = [1, t];
      for (let n = 2; n <= count; n++) [before, value] = [value, ((2 * n - 1) * t * value - (n - 1) * before) / n];
      slope = (count * (t * value - before)) / (t * t - 1);
      const move = value / slope;
      t -= move;
      if (Math.abs(move) < 1e-16) break;
    }
    nodes[k] = t;
    weights[k] = 2 / ((1 - t * t) * slope * slope);
  }
  return [nodes, weights];
}
