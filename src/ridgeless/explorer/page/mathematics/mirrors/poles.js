/** x = (s·(upper − z))^−q − (s·(lower + z))^−q: networks of depth D > 2, whose x blows up at both ends of an interval. */

/** @typedef {import("../types.js").Mirror} Mirror */

const MOST_STEPS = 60;
const LAST_STEP = 1e-9;

/**
 * The function s ↦ s^power, without Math.pow where a product or a root does it.
 *
 * @param {number} power
 * @returns {(base: number) => number}
 */
function powerOf(power) {
  if (power === -3) return (base) => 1 / (base * base * base);
  if (power === -4) return (base) => 1 / (base * base * (base * base));
  if (power === -2) return (base) => 1 / (base * base);
  if (power === -1.5) return (base) => 1 / (base * Math.sqrt(base));
  if (power === -2.5) return (base) => 1 / (base * base * Math.sqrt(base));
  return (base) => base ** power;
}

/**
 * Two branches of opposite signs.
 *
 * @param {Int32Array} index The coordinates.
 * @param {Float64Array} upper Where x → +∞, for each of them.
 * @param {Float64Array} lower x → −∞ at z = −lower.
 * @param {number} speed s
 * @param {number} exponent q > 1
 * @returns {Mirror}
 */
export function polePair(index, upper, lower, speed, exponent) {
  const q = exponent;
  const value = powerOf(-q);
  const steep = powerOf(-q - 1);
  const half = upper.map((end, k) => (end + lower[k]) / 2);
  const centre = upper.map((end, k) => (end - lower[k]) / 2);
  const low = half.map((width) => value(speed * width));
  const energyAt = pairEnergy(half, centre, speed, q);
  const energyAtStart = upper.map((_, k) => energyAt(k, 0, upper[k], lower[k]));

  /** @param {number} k @param {number} i @param {import("../types.js").MirrorValues} to */
  function slopesFromDistances(k, i, to) {
    to.slope[i] = speed * q * (steep(speed * to.rise[i]) + steep(speed * to.fall[i]));
    to.size[i] = value(speed * to.rise[i]) + value(speed * to.fall[i]);
  }

  return {
    index,
    isEndless: false,
    ends: (k) => ({ upper: upper[k], lower: lower[k], sign: 0 }),
    forward(at, to) {
      for (let k = 0; k < index.length; k++) {
        const i = index[k];
        const rise = at.rise[i];
        const fall = at.fall[i];
        if (!(rise > 0 && fall > 0)) {
          to.x[i] = rise > fall ? -Infinity : Infinity;
          to.slope[i] = to.size[i] = Infinity;
          continue;
        }
        const up = value(speed * rise);
        const down = value(speed * fall);
        const share = (at.z[i] - centre[k]) / half[k];
        if (Math.abs(share) < 0.5) {
          // Near the middle the difference of the branches cancels; this form does not.
          to.x[i] = 2 * low[k] * (1 - share * share) ** (-q / 2) * Math.sinh(q * Math.atanh(share));
        } else {
          to.x[i] = up - down;
        }
        to.size[i] = up + down;
        to.slope[i] = speed * q * (steep(speed * rise) + steep(speed * fall));
      }
    },
    inverse(x, to) {
      for (let k = 0; k < index.length; k++) {
        const i = index[k];
        const w = parameter(Math.abs(x[i]) / low[k], q);
        // 1 − tanh w and 1 + tanh w, exact for large w: the distances from the nearer and from the farther end.
        const near = (half[k] * 2) / (Math.exp(2 * w) + 1);
        const far = half[k] * (1 + Math.tanh(w));
        const isUp = x[i] >= 0;
        to.rise[i] = isUp ? near : far;
        to.fall[i] = isUp ? far : near;
        if (w < 0.5) to.z[i] = centre[k] + (isUp ? 1 : -1) * half[k] * Math.tanh(w);
        else to.z[i] = isUp ? upper[k] - near : near - lower[k];
        slopesFromDistances(k, i, to);
      }
    },
    energy(at, to) {
      for (let k = 0; k < index.length; k++) {
        const i = index[k];
        to[i] = energyAt(k, at.z[i], at.rise[i], at.fall[i]) - energyAtStart[k];
      }
    },
  };
}

/**
 * w ≥ 0 with 2·cosh(w)^q·sinh(q w) = y, by Newton in log w.
 *
 * @param {number} y
 * @param {number} q
 * @returns {number}
 */
function parameter(y, q) {
  if (y === 0) return 0;
  if (y === Infinity) return Infinity;
  const logY = Math.log(y);
  let w = Math.max(logY < 0 ? y / (2 * q) : Math.max((logY + q * Math.LN2) / (2 * q), 0.1), 1e-300);
  for (let step = 0; step < MOST_STEPS; step++) {
    const tilted = q * w;
    const logValue = q * (w + Math.log1p(Math.exp(-2 * w)) - Math.LN2) + tilted + Math.log(-Math.expm1(-2 * tilted));
    const slope = w * (q * Math.tanh(w) + q / Math.tanh(tilted));
    const move = Math.min(Math.max((logValue - logY) / slope, -1), 1);
    w *= Math.exp(-move);
    // The error after a step of Newton's method is at most about its square.
    if (Math.abs(move) < LAST_STEP) break;
  }
  return w;
}

/**
 * [(s·(upper − z))^(1−q) + (s·(lower + z))^(1−q)]/(s(q−1)) less its minimum, which is at the middle of the interval.
 *
 * @param {Float64Array} half
 * @param {Float64Array} centre
 * @param {number} speed
 * @param {number} q
 * @returns {(k: number, z: number, rise: number, fall: number) => number}
 */
function pairEnergy(half, centre, speed, q) {
  const r = q - 1;
  return (k, z, rise, fall) => {
    if (!(rise > 0 && fall > 0)) return Infinity;
    const least = 2 * (speed * half[k]) ** -r;
    const share = (z - centre[k]) / half[k];
    if (Math.abs(share) >= 0.5) return ((speed * rise) ** -r + (speed * fall) ** -r - least) / (speed * r);
    const logWidth = (-r / 2) * Math.log1p(-share * share);
    const grown = 2 * Math.sinh((r * Math.atanh(share)) / 2) ** 2;
    return (least * (Math.exp(logWidth) * grown + Math.expm1(logWidth))) / (speed * r);
  };
}

/**
 * Branches of one sign: x = sign·[(s·(near − sign·z))^−q + (s·(far − sign·z))^−q], far = ∞ where there is one branch.
 *
 * @param {Int32Array} index The coordinates.
 * @param {Float64Array} sign +1 or −1, which x keeps.
 * @param {Float64Array} near
 * @param {Float64Array} far At least `near`.
 * @param {number} speed s
 * @param {number} exponent q > 1
 * @returns {Mirror}
 */
export function poleSum(index, sign, near, far, speed, exponent) {
  const q = exponent;
  const value = powerOf(-q);
  const steep = powerOf(-q - 1);

  /** @param {number} k @param {number} slack @param {(base: number) => number} power */
  const sum = (k, slack, power) =>
    power(speed * slack) + (far[k] === Infinity ? 0 : power(speed * (slack + (far[k] - near[k]))));

  return {
    index,
    isEndless: false,
    ends: (k) => ({ upper: sign[k] > 0 ? near[k] : Infinity, lower: sign[k] > 0 ? Infinity : near[k], sign: sign[k] }),
    forward(at, to) {
      for (let k = 0; k < index.length; k++) {
        const i = index[k];
        const slack = sign[k] > 0 ? at.rise[i] : at.fall[i];
        const size = slack > 0 ? sum(k, slack, value) : Infinity;
        to.x[i] = sign[k] * size;
        to.size[i] = size;
        to.slope[i] = slack > 0 ? speed * q * sum(k, slack, steep) : Infinity;
      }
    },
    inverse(x, to) {
      for (let k = 0; k < index.length; k++) {
        const i = index[k];
        const size = sign[k] * x[i];
        const slack = slackOf(size, speed * (far[k] - near[k]), q) / speed;
        to.z[i] = sign[k] * (near[k] - slack);
        to.rise[i] = sign[k] > 0 ? slack : Infinity;
        to.fall[i] = sign[k] > 0 ? Infinity : slack;
        to.size[i] = size;
        to.slope[i] = speed * q * sum(k, slack, steep);
      }
    },
    energy(at, to) {
      const power = powerOf(1 - q);
      for (let k = 0; k < index.length; k++) {
        const i = index[k];
        const slack = sign[k] > 0 ? at.rise[i] : at.fall[i];
        const grown = slack > 0 ? sum(k, slack, power) - sum(k, near[k], power) : Infinity;
        to[i] = grown / (speed * (q - 1));
      }
    },
  };
}

/**
 * The slack p > 0 with p^−q + (p + spread)^−q = y; ∞ at y = 0, NaN below.
 *
 * @param {number} y
 * @param {number} spread
 * @param {number} q
 * @returns {number}
 */
function slackOf(y, spread, q) {
  if (y === 0) return Infinity;
  const logY = Math.log(y);
  let logSlack = -logY / q;
  if (spread === Infinity) return Math.exp(logSlack);
  for (let step = 0; step < MOST_STEPS; step++) {
    const ratio = spread / Math.exp(logSlack);
    // The share of the far branch in the sum.
    const share = 1 / (1 + Math.exp(q * Math.log1p(ratio)));
    const logSum = -q * logSlack - Math.log1p(-share);
    const move = (logSum - logY) / (q * (1 - share + share / (1 + ratio)));
    logSlack += move;
    if (!(Math.abs(move) > LAST_STEP)) break;
  }
  return Math.exp(logSlack);
}
