/** Mirror maps of x = u^D − v^D, from the weights at z = 0. */

import { exponential, exponentialPair } from "../mirrors/exponentials.js";
import { polePair, poleSum } from "../mirrors/poles.js";

/** @typedef {import("../types.js").Mirror} Mirror */

/**
 * weight^depth, of its size where the depth is no whole number.
 *
 * @param {number} weight
 * @param {number} depth
 */
export function raised(weight, depth) {
  return Number.isInteger(depth) ? weight ** depth : Math.abs(weight) ** depth;
}

/**
 * The derivative of `raised` by the weight.
 *
 * @param {number} weight
 * @param {number} depth
 */
export function raisedSlope(weight, depth) {
  if (Number.isInteger(depth)) return depth * weight ** (depth - 1);
  return depth * Math.abs(weight) ** (depth - 1) * Math.sign(weight);
}

/**
 * The mirror maps of x = growing²·exp(c z) − shrinking²·exp(−c z); a zero has no branch.
 *
 * @param {ArrayLike<number>} growing
 * @param {ArrayLike<number>} shrinking
 * @param {number} rate c
 * @returns {Mirror[]}
 */
export function exponentials(growing, shrinking, rate) {
  const both = indices(growing.length, (i) => growing[i] !== 0 && shrinking[i] !== 0);
  const one = indices(growing.length, (i) => (growing[i] !== 0) !== (shrinking[i] !== 0));
  const logs = Float64Array.from(growing, (weight) => Math.log(Math.abs(weight)));
  const otherLogs = Float64Array.from(shrinking, (weight) => Math.log(Math.abs(weight)));
  const parts = [];
  if (both.length) {
    const middle = Float64Array.from(both, (i) => logs[i] + otherLogs[i]);
    const tilt = Float64Array.from(both, (i) => logRatio(Math.abs(growing[i]), Math.abs(shrinking[i])));
    parts.push(exponentialPair(both, middle, tilt, rate));
  }
  if (one.length) {
    const sign = Float64Array.from(one, (i) => (growing[i] !== 0 ? 1 : -1));
    const height = Float64Array.from(one, (i) => 2 * Math.max(logs[i], otherLogs[i]));
    parts.push(exponential(one, sign, height, rate));
  }
  return parts;
}

/**
 * log(one/other), to its own digits where both are nearly equal.
 *
 * @param {number} one
 * @param {number} other
 */
function logRatio(one, other) {
  const share = (one - other) / other;
  return Math.abs(share) < 0.5 ? Math.log1p(share) : Math.log(one) - Math.log(other);
}

/**
 * The mirror maps of x = u^D − v^D with u' = r·u^(D−1) and v' = −r·v^(D−1), D > 2; a zero has no branch.
 *
 * @param {ArrayLike<number>} first u
 * @param {ArrayLike<number>} second v
 * @param {number} depth D
 * @param {number} rate r: D for one weight to the power D, 1 for D layers of one size.
 * @returns {Mirror[]}
 */
export function powers(first, second, depth, rate) {
  const size = first.length;
  const speed = rate * (depth - 2);
  const exponent = depth / (depth - 2);
  /** @param {number} weight */
  const slack = (weight) => Math.abs(weight) ** (2 - depth) / speed;
  /** @param {number} weight */
  const side = (weight) => Math.sign(raised(weight, depth));
  const signs = [Float64Array.from(first, side), Float64Array.from(second, (weight) => -side(weight))];
  const slacks = [Float64Array.from(first, slack), Float64Array.from(second, slack)];
  const both = indices(size, (i) => signs[0][i] * signs[1][i] < 0);
  const one = indices(size, (i) => signs[0][i] * signs[1][i] >= 0 && (signs[0][i] !== 0 || signs[1][i] !== 0));
  const parts = [];
  if (both.length) {
    const upper = Float64Array.from(both, (i) => slacks[signs[0][i] > 0 ? 0 : 1][i]);
    const lower = Float64Array.from(both, (i) => slacks[signs[0][i] > 0 ? 1 : 0][i]);
    parts.push(polePair(both, upper, lower, speed, exponent));
  }
  if (one.length) {
    const sign = Float64Array.from(one, (i) => Math.sign(signs[0][i] + signs[1][i]));
    const near = Float64Array.from(one, (i) => Math.min(slacks[0][i], slacks[1][i]));
    const far = Float64Array.from(one, (i) => Math.max(slacks[0][i], slacks[1][i]));
    parts.push(poleSum(one, sign, near, far, speed, exponent));
  }
  return parts;
}

/**
 * The indices below a bound that pass a test.
 *
 * @param {number} bound
 * @param {(index: number) => boolean} test
 * @returns {Int32Array}
 */
export function indices(bound, test) {
  const found = [];
  for (let index = 0; index < bound; index++) if (test(index)) found.push(index);
  return Int32Array.from(found);
}
