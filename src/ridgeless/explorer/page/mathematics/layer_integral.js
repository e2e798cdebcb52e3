/**
 * The integral of dt / ∏_j √(t² + μ_j²), which is how far z has moved when the smallest of several layers is t.
 *
 * Gauss–Legendre in log t between the smallest and the largest μ, in t below and in 1/t above: in each of these variables
 * the integrand is smooth, so that one formula per panel is exact to rounding.
 */

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
 * Nodes and weights on [−1, 1].
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
    for (let step = 0; step < 100; step++) {
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

/**
 * @param {(t: number) => number} integrand
 * @param {number} from
 * @param {number} to
 * @returns {number}
 */
function panel(integrand, from, to) {
  const half = (to - from) / 2;
  const middle = (to + from) / 2;
  let sum = 0;
  for (let k = 0; k < NODES.length; k++) sum += WEIGHTS[k] * integrand(middle + half * NODES[k]);
  return half * sum;
}

/**
 * @param {number[]} imbalances The μ_j ≥ 0, at least two, in ascending order, the last one positive or all of them 0.
 * @returns {LayerIntegral}
 */
export function layerIntegral(imbalances) {
  const count = imbalances.length;
  const positive = imbalances.filter((mu) => mu > 0);
  const zeros = count - positive.length;
  const isOpen = zeros === 0;
  const squares = imbalances.map((mu) => mu * mu);

  /** @param {number} t */
  function product(t) {
    let result = 1;
    for (let j = 0; j < count; j++) result *= squares[j] === 0 ? t : Math.sqrt(t * t + squares[j]);
    return result;
  }

  /** @param {number} t */
  function elasticity(t) {
    let sum = 0;
    for (let j = 0; j < count; j++) sum += squares[j] === 0 ? 1 : (t * t) / (t * t + squares[j]);
    return sum;
  }

  /** @param {number} logT The integrand in log t. */
  const inLog = (logT) => {
    const t = Math.exp(logT);
    return t / product(t);
  };
  /** @param {number} s The integrand in s = 1/t. */
  const inReciprocal = (s) => {
    let result = s ** (count - 2);
    for (let j = 0; j < count; j++) result /= Math.sqrt(1 + squares[j] * s * s);
    return result;
  };

  const first = positive.length ? Math.log(positive[0]) - (isOpen ? MARGIN : POWER_BELOW) : 0;
  const last = positive.length ? Math.log(positive[positive.length - 1]) + MARGIN : 0;
  const panels = Math.ceil((last - first) / PANEL);
  const knots = Float64Array.from({ length: panels + 1 }, (_, k) => first + ((last - first) * k) / Math.max(panels, 1));
  const lowest = Math.exp(first);
  const highest = Math.exp(last);
  const above = new Float64Array(panels + 1);
  const below = new Float64Array(panels + 1);
  above[panels] = panel(inReciprocal, 0, 1 / highest);
  below[0] = isOpen ? panel((t) => 1 / product(t), 0, lowest) : Infinity;
  for (let k = panels - 1; k >= 0; k--) above[k] = above[k + 1] + panel(inLog, knots[k], knots[k + 1]);
  for (let k = 0; k < panels; k++) below[k + 1] = below[k] + (above[k] - above[k + 1]);
  const total = isOpen ? above[0] + below[0] : Infinity;

  /** @param {number} logT */
  const panelOf = (logT) => Math.min(Math.max(Math.floor(((logT - first) / (last - first)) * panels), 0), panels - 1);

  /** @param {number} t */
  function integralAbove(t) {
    if (t === 0) return total;
    if (t >= highest) return panel(inReciprocal, 0, 1 / t);
    if (t > lowest) {
      const logT = Math.log(t);
      const k = panelOf(logT);
      return above[k + 1] + panel(inLog, logT, knots[k + 1]);
    }
    if (isOpen) return total - panel((tau) => 1 / product(tau), 0, t);
    return above[0] + powerBelow(t);
  }

  /**
   * From t to the lowest knot, where the integrand is rest·t^−zeros.
   *
   * @param {number} t
   */
  function powerBelow(t) {
    const rest = lowest ** zeros / product(lowest);
    if (zeros === 1) return rest * Math.log(lowest / t);
    return (rest * (t ** (1 - zeros) - lowest ** (1 - zeros))) / (zeros - 1);
  }

  /** @param {number} t */
  function integralBelow(t) {
    if (!isOpen) return Infinity;
    if (t <= lowest) return panel((tau) => 1 / product(tau), 0, t);
    if (t >= highest) return below[panels] + (above[panels] - panel(inReciprocal, 0, 1 / t));
    const logT = Math.log(t);
    const k = panelOf(logT);
    return below[k] + panel(inLog, knots[k], logT);
  }

  /**
   * Newton in log t for the logarithm of an integral, or for the integral itself where that is nearly a logarithm of t.
   *
   * @param {number} wanted
   * @param {(t: number) => number} integral
   * @param {number} direction +1 where the integral rises with t.
   * @param {number} begin log t
   */
  function solve(wanted, integral, direction, begin) {
    let logT = begin;
    for (let step = 0; step < MOST_STEPS; step++) {
      const t = Math.exp(logT);
      const value = integral(t);
      const slope = (direction * t) / product(t);
      const isSlow = zeros === 1 && t < lowest;
      const move = isSlow ? (value - wanted) / slope : (value * Math.log(value / wanted)) / slope;
      logT -= isSlow ? move : Math.min(Math.max(move, -LONGEST_STEP), LONGEST_STEP);
      if (!(Math.abs(move) > LAST_STEP)) break;
    }
    return Math.exp(logT);
  }

  /** @param {number} wanted */
  function solveAbove(wanted) {
    if (!(wanted > 0)) return Infinity;
    if (isOpen && wanted >= total) return 0;
    if (wanted === Infinity) return 0;
    const tail = above[panels];
    if (wanted <= tail) return solve(wanted, integralAbove, -1, last + Math.log(tail / wanted) / (count - 1));
    if (wanted <= above[0]) return solve(wanted, integralAbove, -1, between(above, wanted));
    return solve(wanted, integralAbove, -1, isOpen ? first : logOfPowerBelow(wanted - above[0]));
  }

  /** @param {number} more Of the integral below the lowest knot. */
  function logOfPowerBelow(more) {
    const scaled = (more * product(lowest)) / lowest;
    return first - (zeros === 1 ? scaled : Math.log1p((zeros - 1) * scaled) / (zeros - 1));
  }

  /** @param {number} wanted */
  function solveBelow(wanted) {
    if (!(wanted > 0)) return 0;
    if (wanted >= total) return Infinity;
    if (wanted <= below[0]) return solve(wanted, integralBelow, 1, first + Math.log(wanted / below[0]));
    return solve(wanted, integralBelow, 1, wanted < below[panels] ? between(below, wanted) : last);
  }

  /** log t by interpolation between knots. @param {Float64Array} values @param {number} wanted */
  function between(values, wanted) {
    const falls = values[0] > values[panels];
    let [low, high] = [0, panels];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (values[middle] > wanted === falls) low = middle;
      else high = middle;
    }
    const share = Math.log(wanted / values[low]) / Math.log(values[high] / values[low]);
    return knots[low] + (knots[high] - knots[low]) * Math.min(Math.max(share, 0), 1);
  }

  /** @param {number} y */
  function solveProduct(y) {
    if (y === 0) return 0;
    const logY = Math.log(y);
    let held = 0;
    let logT = logY / (count + 1);
    // √(t² + μ²) is at least μ: each number of layers that are replaced by their μ gives an upper bound.
    for (let j = count - 1; j >= 0; j--) {
      held += squares[j] > 0 ? Math.log(imbalances[j]) : -Infinity;
      logT = Math.min(logT, (logY - held) / (j + 1));
      if (held === -Infinity) break;
    }
    for (let step = 0; step < MOST_STEPS; step++) {
      const t = Math.exp(logT);
      const move = (logT + Math.log(product(t)) - logY) / (1 + elasticity(t));
      logT -= move;
      if (!(Math.abs(move) > LAST_STEP)) break;
    }
    return Math.exp(logT);
  }

  return {
    isOpen, total, above: integralAbove, below: integralBelow, solveAbove, solveBelow, product, elasticity, solveProduct,
  };
}
