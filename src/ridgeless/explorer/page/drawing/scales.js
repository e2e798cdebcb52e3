/** Scales: from numbers to pixels and back, with ticks at round numbers. */

import { plain, powerOfTen } from "./numbers.js";

/**
 * @param {[number, number]} domain
 * @param {[number, number]} range
 * @returns {import("../types.js").Scale}
 */
export function linearScale(domain, range) {
  const slope = (range[1] - range[0]) / (domain[1] - domain[0]);
  return {
    kind: "linear",
    domain,
    range,
    at: (value) => range[0] + slope * (value - domain[0]),
    invert: (pixel) => domain[0] + (pixel - range[0]) / slope,
    ticks: (wanted) => linearTicks(domain, wanted),
  };
}

/**
 * @param {[number, number]} domain Both positive.
 * @param {[number, number]} range
 * @returns {import("../types.js").Scale}
 */
export function logarithmicScale(domain, range) {
  const [low, high] = domain.map(Math.log10);
  const slope = (range[1] - range[0]) / (high - low);
  return {
    kind: "logarithmic",
    domain,
    range,
    at: (value) => range[0] + slope * (Math.log10(value) - low),
    invert: (pixel) => 10 ** (low + (pixel - range[0]) / slope),
    ticks: (wanted) => logarithmicTicks(low, high, wanted),
  };
}

/**
 * @param {[number, number]} domain
 * @param {number} wanted
 */
function linearTicks(domain, wanted) {
  const low = Math.min(...domain);
  const high = Math.max(...domain);
  if (!(high > low)) return [];
  const rough = (high - low) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (rough / power > 5 ? 10 : rough / power > 2 ? 5 : rough / power > 1 ? 2 : 1);
  const ticks = [];
  for (let index = Math.ceil(low / step - 1e-9); index * step <= high + 1e-9 * step; index += 1) {
    // Through ten digits, so that three steps of 0.1 are 0.3.
    const value = Number((index * step).toPrecision(10));
    ticks.push({ value, label: plain(value, 6) });
  }
  return ticks;
}

/**
 * The numbers 1, 2 and 5 times a power of ten between two others.
 * @param {number} low
 * @param {number} high
 */
function roundTicks(low, high) {
  const ticks = [];
  for (let exponent = Math.floor(Math.log10(low)); exponent <= Math.log10(high); exponent += 1) {
    for (const digit of [1, 2, 5]) {
      const value = Number(`${digit}e${exponent}`);
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) ticks.push({ value, label: plain(value, 2) });
    }
  }
  return ticks;
}

/**
 * @param {number} low A power of ten.
 * @param {number} high
 * @param {number} wanted
 */
function logarithmicTicks(low, high, wanted) {
  const first = Math.ceil(Math.min(low, high) - 1e-9);
  const last = Math.floor(Math.max(low, high) + 1e-9);
  const step = Math.max(1, Math.ceil((last - first) / Math.max(1, wanted)));
  const ticks = [];
  // A power of ten or two alone would leave what is between them to guessing.
  if (Math.abs(high - low) < 1.5) return roundTicks(10 ** Math.min(low, high), 10 ** Math.max(low, high));
  for (let exponent = first; exponent <= last; exponent += 1) {
    if (exponent % step === 0) ticks.push({ value: 10 ** exponent, label: powerOfTen(exponent) });
  }
  return ticks;
}
