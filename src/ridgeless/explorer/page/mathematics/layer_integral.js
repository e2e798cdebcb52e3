/**
 * The integral of dt / ∏_j √(t² + μ_j²), which is how far z has moved when the smallest of several layers is t.
 *
 * Gauss–Legendre in log t between the smallest and the largest μ, in t below and in 1/t above: in each of these variables
 * the integrand is smooth, so that one formula per panel is exact to rounding.
 */

import { gaussLegendre } from "./quadrature.js";

/**
 * @typedef {object} LayerIntegral
 * @property {boolean} isOpen Whether the integral from 0 is finite: no μ_j is 0.
 * @property {number} total From 0 to ∞; ∞ where it diverges.
 * @property {(t: number) => number} above From t to ∞.
 * @property {(t: number) => number} below From 0 to t; ∞ where it diverges.
 * @property {(integral: number) => number} solveAbove The t whose `above` is given.
 * @property {(integral: number) => number} solveBelow The t whose `below` is given.
 * @property {(t: number) => number} product ∏_j √(t² + μ_j²).
 * @property {(t: number) => number} elasticity Σ_j t²/(t² + μ_j²).
 * @property {(y: number) => number} solveProduct The t ≥ 0 with t·∏_j √(t² + μ_j²) = y.
 *
 * @typedef {object} Table What is known of one integral.
 * @property {number[]} imbalances The μ_j, in ascending order.
 * @property {number} zeros How many of them are 0.
 * @property {Float64Array} knots log t at the ends of the panels.
 * @property {Float64Array} above The integral from each knot to ∞.
 * @property {Float64Array} below From 0 to each knot; ∞ where it diverges.
 */

const MARGIN = Math.log(3);
const PANEL = 1.2;
// Below the smallest positive μ by this much in log t, the integrand is a power to the last bit.
const POWER_BELOW = 19;
const MOST_STEPS = 60;
const LONGEST_STEP = 1.5;
const LAST_STEP = 1e-9;
const [NODES, WEIGHTS] = gaussLegendre(16);

/**
 * @param {number[]} imbalances The μ_j ≥ 0, at least two, in ascending order.
 * @returns {LayerIntegral}
 */
export function layerIntegral(imbalances) {
  const table = tabulated(imbalances);
  const isOpen = table.zeros === 0;
  const total = isOpen ? table.above[0] + table.below[0] : Infinity;
  return {
    isOpen,
    total,
    above: (t) => aboveOf(table, t),
    below: (t) => (isOpen ? belowOf(table, t) : Infinity),
    solveAbove(wanted) {
      if (!(wanted > 0)) return Infinity;
      if (wanted >= total) return 0;
      return solve(table, wanted, (t) => aboveOf(table, t), -1, guessAbove(table, wanted));
    },
    solveBelow(wanted) {
      if (!(wanted > 0)) return 0;
      if (wanted >= total) return Infinity;
      return solve(table, wanted, (t) => belowOf(table, t), 1, guessBelow(table, wanted));
    },
    product: (t) => productOf(imbalances, t),
    elasticity: (t) => elasticityOf(imbalances, t),
    solveProduct: (y) => solveProduct(imbalances, y),
  };
}

/** @param {number[]} imbalances @param {number} t */
function productOf(imbalances, t) {
  let result = 1;
  for (const mu of imbalances) result *= mu === 0 ? t : Math.sqrt(t * t + mu * mu);
  return result;
}

/** @param {number[]} imbalances @param {number} t */
function elasticityOf(imbalances, t) {
  let sum = 0;
  for (const mu of imbalances) sum += mu === 0 ? 1 : (t * t) / (t * t + mu * mu);
  return sum;
}

/**
 * @param {(t: number) => number} integrand
 * @param {number} from
 * @param {number} to
 */
function panel(integrand, from, to) {
  const half = (to - from) / 2;
  const middle = (to + from) / 2;
  let sum = 0;
  for (let k = 0; k < NODES.length; k++) sum += WEIGHTS[k] * integrand(middle + half * NODES[k]);
  return half * sum;
}

/** In t, from 0 on. @param {number[]} imbalances @param {number} t */
function head(imbalances, t) {
  return panel((tau) => 1 / productOf(imbalances, tau), 0, t);
}

/** In log t. @param {number[]} imbalances @param {number} from @param {number} to */
function between(imbalances, from, to) {
  return panel(
    (logT) => {
      const t = Math.exp(logT);
      return t / productOf(imbalances, t);
    },
    from,
    to,
  );
}

/** In 1/t, to ∞. @param {number[]} imbalances @param {number} t */
function tail(imbalances, t) {
  return panel(
    (s) => {
      let result = s ** (imbalances.length - 2);
      for (const mu of imbalances) result /= Math.sqrt(1 + mu * mu * s * s);
      return result;
    },
    0,
    1 / t,
  );
}

/** @param {number[]} imbalances @returns {Table} */
function tabulated(imbalances) {
  const positive = imbalances.filter((mu) => mu > 0);
  const zeros = imbalances.length - positive.length;
  const first = positive.length ? Math.log(positive[0]) - (zeros === 0 ? MARGIN : POWER_BELOW) : 0;
  const last = positive.length ? Math.log(positive[positive.length - 1]) + MARGIN : 0;
  const panels = Math.ceil((last - first) / PANEL);
  const knots = Float64Array.from({ length: panels + 1 }, (_, k) => first + ((last - first) * k) / Math.max(panels, 1));
  const above = new Float64Array(panels + 1);
  const below = new Float64Array(panels + 1);
  above[panels] = tail(imbalances, Math.exp(last));
  below[0] = zeros === 0 ? head(imbalances, Math.exp(first)) : Infinity;
  for (let k = panels - 1; k >= 0; k--) above[k] = above[k + 1] + between(imbalances, knots[k], knots[k + 1]);
  for (let k = 0; k < panels; k++) below[k + 1] = below[k] + (above[k] - above[k + 1]);
  return { imbalances, zeros, knots, above, below };
}

/** The panel that holds log t. @param {Table} table @param {number} logT */
function panelOf({ knots }, logT) {
  const panels = knots.length - 1;
  const place = Math.floor(((logT - knots[0]) / (knots[panels] - knots[0])) * panels);
  return Math.min(Math.max(place, 0), panels - 1);
}

/** @param {Table} table @param {number} t */
function aboveOf(table, t) {
  const { imbalances, zeros, knots, above, below } = table;
  const [logT, panels] = [Math.log(t), knots.length - 1];
  if (logT >= knots[panels]) return tail(imbalances, t);
  if (logT > knots[0]) {
    const k = panelOf(table, logT);
    return above[k + 1] + between(imbalances, logT, knots[k + 1]);
  }
  return zeros === 0 ? above[0] + below[0] - head(imbalances, t) : above[0] + powerBelow(table, t);
}

/**
 * From t to the lowest knot, where the integrand is a power of t with exponent −zeros.
 *
 * @param {Table} table
 * @param {number} t
 */
function powerBelow({ imbalances, zeros, knots }, t) {
  const lowest = Math.exp(knots[0]);
  const rest = lowest ** zeros / productOf(imbalances, lowest);
  if (zeros === 1) return rest * Math.log(lowest / t);
  return (rest * (t ** (1 - zeros) - lowest ** (1 - zeros))) / (zeros - 1);
}

/** @param {Table} table @param {number} t */
function belowOf(table, t) {
  const { imbalances, knots, above, below } = table;
  const [logT, panels] = [Math.log(t), knots.length - 1];
  if (logT <= knots[0]) return head(imbalances, t);
  if (logT >= knots[panels]) return below[panels] + (above[panels] - tail(imbalances, t));
  const k = panelOf(table, logT);
  return below[k] + between(imbalances, knots[k], logT);
}

/** log t near where the integral to ∞ has this value. @param {Table} table @param {number} wanted */
function guessAbove({ imbalances, zeros, knots, above }, wanted) {
  const panels = knots.length - 1;
  if (wanted <= above[panels]) return knots[panels] + Math.log(above[panels] / wanted) / (imbalances.length - 1);
  if (wanted <= above[0]) return interpolated(knots, above, wanted);
  if (zeros === 0) return knots[0];
  const lowest = Math.exp(knots[0]);
  const more = ((wanted - above[0]) * productOf(imbalances, lowest)) / lowest;
  return knots[0] - (zeros === 1 ? more : Math.log1p((zeros - 1) * more) / (zeros - 1));
}

/** log t near where the integral from 0 has this value. @param {Table} table @param {number} wanted */
function guessBelow({ knots, below }, wanted) {
  if (wanted <= below[0]) return knots[0] + Math.log(wanted / below[0]);
  const panels = knots.length - 1;
  return wanted < below[panels] ? interpolated(knots, below, wanted) : knots[panels];
}

/**
 * log t by interpolation between the knots.
 *
 * @param {Float64Array} knots
 * @param {Float64Array} values Rising or falling.
 * @param {number} wanted
 */
function interpolated(knots, values, wanted) {
  const falls = values[0] > values[values.length - 1];
  let [low, high] = [0, values.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (values[middle] > wanted === falls) low = middle;
    else high = middle;
  }
  const share = Math.log(wanted / values[low]) / Math.log(values[high] / values[low]);
  return knots[low] + (knots[high] - knots[low]) * Math.min(Math.max(share, 0), 1);
}

/**
 * Newton in log t for the logarithm of an integral, or for the integral itself where that is nearly a logarithm of t.
 *
 * @param {Table} table
 * @param {number} wanted
 * @param {(t: number) => number} integral
 * @param {number} direction +1 where the integral rises with t.
 * @param {number} begin log t
 */
function solve({ imbalances, zeros, knots }, wanted, integral, direction, begin) {
  let logT = begin;
  for (let step = 0; step < MOST_STEPS; step++) {
    const t = Math.exp(logT);
    const value = integral(t);
    const slope = (direction * t) / productOf(imbalances, t);
    const isSlow = zeros === 1 && logT < knots[0];
    const move = isSlow ? (value - wanted) / slope : (value * Math.log(value / wanted)) / slope;
    logT -= isSlow ? move : Math.min(Math.max(move, -LONGEST_STEP), LONGEST_STEP);
    if (!(Math.abs(move) > LAST_STEP)) break;
  }
  return Math.exp(logT);
}

/**
 * The t ≥ 0 with t·∏_j √(t² + μ_j²) = y.
 *
 * @param {number[]} imbalances
 * @param {number} y
 */
function solveProduct(imbalances, y) {
  if (y === 0) return 0;
  const count = imbalances.length;
  const logY = Math.log(y);
  let held = 0;
  let logT = logY / (count + 1);
  // √(t² + μ²) is at least μ: each number of layers that are replaced by their μ gives an upper bound.
  for (let j = count - 1; j >= 0 && imbalances[j] > 0; j--) {
    held += Math.log(imbalances[j]);
    logT = Math.min(logT, (logY - held) / (j + 1));
  }
  for (let step = 0; step < MOST_STEPS; step++) {
    const t = Math.exp(logT);
    const move = (logT + Math.log(productOf(imbalances, t)) - logY) / (1 + elasticityOf(imbalances, t));
    logT -= move;
    if (!(Math.abs(move) > LAST_STEP)) break;
  }
  return Math.exp(logT);
}
