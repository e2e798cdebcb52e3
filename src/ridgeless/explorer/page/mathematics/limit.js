/** Where training ends, without training: min Φ(x) over A x = b, by Newton's method along a path of growing b. */

import { certificate, spreadOf } from "./certificate.js";
import { doubledMisfit } from "./doubled.js";
import { equationsOf } from "./equations.js";
import { gradedFactor } from "./graded.js";
import { nearbyFactor, iterateAt, newtonStep } from "./newton.js";
import { signedSolutions } from "./signs.js";
import { largestSize, norm, scaled } from "./vectors.js";

/** @typedef {import("./types.js").System} System @typedef {import("./types.js").Bias} Bias */
/** @typedef {import("./types.js").Limit} Limit @typedef {import("./types.js").Potential} Potential */
/** @typedef {import("./equations.js").Equations} Equations @typedef {import("./newton.js").Iterate} Iterate */

const SOLVED = 2e-13;
// A residual that rounding keeps above `SOLVED` counts as solved below this.
const ROUNDED = 1e-10;
const ON_PATH = 1e-2;
const STAGE_STEPS = 10;
const LAST_STEPS = 60;
const MOST_STEPS = 600;
// Near the solution, as many steps in a row without progress end the search.
const NEAR = 1e-6;
const IDLE_STEPS = 3;
const FIRST_STAGE = Math.log(10);
const SHORTEST_STAGE = 1e-4;
const SAME_RATIO = 1e-12;

/**
 * The minimiser of Φ over the solutions of A x = b.
 *
 * @param {System} system
 * @param {Bias} bias From `networks.bias(network, theta)`.
 * @param {Limit | null} [warm] A limit of the same system from a start nearby: the search begins there.
 * @returns {Limit}
 */
export function limit(system, bias, warm = null) {
  const equations = equationsOf(system);
  if (!equations.isConsistent) return unsolved(system, equations, "inconsistent", "No x solves every equation.");
  const potential = bias.potential;
  const signed = signedSolutions(system, potential);
  if (!signed.isThere) return unsolved(system, equations, "signs", "No solution has the signs that the start locks.");
  if (signed.only) return only(system, equations, signed.only);
  const near = warm ? fromNearby(equations, potential, warm) : null;
  const found = near && isReached(near) ? near : alongPath(equations, potential, near ? near.steps : 0);
  return finished(system, equations, potential, found);
}

/**
 * @typedef {Iterate & {steps: number}} Found
 */

/** @param {Iterate} found */
function isReached({ error, rounding, cancelled }) {
  return Number.isFinite(rounding) && error <= Math.max(ROUNDED, 4 * rounding, 4 * cancelled);
}

/**
 * Newton's method from the limit of another start. Its x solves A x = b already.
 *
 * @param {Equations} equations
 * @param {Potential} potential
 * @param {Limit} warm
 * @returns {Found | null}
 */
function fromNearby(equations, potential, warm) {
  const old = warm.state;
  if (!old || old.nu.length !== equations.rank || warm.x.length !== potential.size) return null;
  const x = Float64Array.from(warm.x);
  for (let i = 0; i < x.length; i++) if (potential.signs[i] * x[i] < 0 || potential.frozen[i]) return null;
  const ratio = ratioOfEnds(potential, old);
  const nu = scaled(old.nu, ratio ?? fittingFactor(potential.gradient(x), old.z, x));
  const begin = iterateAt(equations, potential, x, nu, equations.right, ratio === null ? null : distances(old, ratio));
  return solved(equations, potential, begin, equations.right, LAST_STEPS, SOLVED);
}

/**
 * The factor by which every interval of z is longer than it was, as from a start times a constant; null where there is
 * none, or z is unbounded. Times this factor ν keeps all digits of its distances from the ends.
 *
 * @param {Potential} potential
 * @param {import("./types.js").SearchState} old
 * @returns {number | null}
 */
function ratioOfEnds(potential, old) {
  let ratio = null;
  for (let i = 0; i < potential.size; i++) {
    for (const [end, before] of [[potential.upper[i], old.upper[i]], [potential.lower[i], old.lower[i]]]) {
      if (end === Infinity && before === Infinity) continue;
      const own = end / before;
      if (ratio === null) ratio = own;
      if (!(Math.abs(own - ratio) <= SAME_RATIO * ratio)) return null;
    }
  }
  return ratio;
}

/** @param {import("./types.js").SearchState} old @param {number} ratio */
function distances(old, ratio) {
  return { z: scaled(old.z, ratio), rise: scaled(old.rise, ratio), fall: scaled(old.fall, ratio) };
}

/**
 * The factor that brings z nearest to ∇Φ(x) where x is large.
 *
 * @param {Float64Array} gradient
 * @param {Float64Array} z
 * @param {Float64Array} x
 */
function fittingFactor(gradient, z, x) {
  let [above, below] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    const weight = Math.abs(x[i]);
    if (weight === 0 || !Number.isFinite(gradient[i])) continue;
    above += weight * gradient[i] * z[i];
    below += weight * z[i] * z[i];
  }
  return below > 0 ? above / below : 1;
}

/**
 * The solution along λ b, from a λ whose solution is of the size of the start, where the problem is nearly linear, to 1.
 *
 * From a start of scale α the mirror map is α^D times that from scale 1, so that a small start is a large b.
 *
 * @param {Equations} equations
 * @param {Potential} potential
 * @param {number} steps Spent before.
 * @returns {Found}
 */
function alongPath(equations, potential, steps) {
  const nothing = new Float64Array(equations.rank);
  const begin = iterateAt(equations, potential, potential.start, nothing, equations.right);
  let logLambda = beginning(equations, potential, begin);
  let target = scaled(equations.right, Math.exp(logLambda));
  const wanted = () => (logLambda === 0 ? SOLVED : ON_PATH);
  let found = solved(equations, potential, begin, target, LAST_STEPS, wanted());
  let [spent, stage] = [steps + found.steps, FIRST_STAGE];
  while (logLambda !== 0 && spent < MOST_STEPS && stage > SHORTEST_STAGE) {
    const move = Math.min(stage, Math.abs(logLambda)) * -Math.sign(logLambda);
    const there = Math.abs(logLambda) <= stage ? 0 : logLambda + move;
    const factor = Math.exp(there - logLambda);
    target = scaled(equations.right, Math.exp(there));
    const ahead = { ...found, x: scaled(found.x, factor), error: Infinity };
    const last = there === 0;
    const next = solved(equations, potential, ahead, target, last ? LAST_STEPS : STAGE_STEPS, last ? SOLVED : ON_PATH);
    spent += next.steps;
    if (last ? isReached(next) : next.error <= ON_PATH) {
      stage *= next.steps <= 4 ? 3 : 1;
      [logLambda, found] = [there, next];
    } else {
      stage = Math.min(stage, Math.abs(move)) * 0.4;
    }
  }
  return { ...found, error: logLambda === 0 ? found.error : Infinity, steps: spent };
}

/**
 * log λ at the beginning of the path.
 *
 * @param {Equations} equations
 * @param {Potential} potential
 * @param {Iterate} begin
 */
function beginning(equations, potential, begin) {
  const sizes = Array.from(begin.at.size).filter((size, i) => !potential.frozen[i]).sort((one, other) => one - other);
  const start = sizes.length ? sizes[sizes.length >> 1] : Infinity;
  if (!(equations.largest > 0) || start === Infinity) return 0;
  const logRatio = Math.log(start / equations.largest);
  return Math.min(logRatio, 0);
}

/**
 * Newton's method until the error is small enough, or does not fall any more. Where it falls slowly near the solution,
 * entries of x that matter are lost in the Hessian, and its steps are solved by QR.
 *
 * @param {Equations} equations
 * @param {Potential} potential
 * @param {Iterate} begin
 * @param {Float64Array} target
 * @param {number} most The most steps.
 * @param {number} wanted
 * @returns {Found}
 */
function solved(equations, potential, begin, target, most, wanted) {
  let [iterate, best, idle, factor] = [begin, begin, 0, nearbyFactor];
  for (let steps = 0; steps < most; steps++) {
    if (best.error <= Math.max(wanted, best.rounding) || idle >= IDLE_STEPS) return { ...best, steps };
    const next = newtonStep(equations, potential, iterate, target, factor);
    if (!next) return { ...best, steps };
    // Near the solution x follows ν, and the steps are those of Newton's method on ν.
    iterate = next.error < NEAR ? { ...next, x: next.at.x } : next;
    const isSlow = best.error < NEAR && next.error > 0.5 * best.error;
    if (next.error < best.error || steps === 0) best = iterate;
    if (isSlow && factor === nearbyFactor) [factor, idle, iterate] = [gradedFactor, 0, best];
    else idle = isSlow ? idle + 1 : 0;
  }
  return { ...best, steps: most };
}

/**
 * @param {System} system
 * @param {Equations} equations
 * @param {Potential} potential
 * @param {Found} found
 * @returns {Limit}
 */
function finished(system, equations, potential, found) {
  if (!isReached(found)) {
    const where = Number.isFinite(found.error) ? `stopped at a residual of ${found.error.toExponential(0)}` : "did not come near";
    const limit = unsolved(system, equations, "stalled", `Newton's method ${where}.`);
    return { ...limit, steps: found.steps };
  }
  const x = Float64Array.from(found.at.x);
  const proof = certificate(system, equations, potential, found);
  if (!Number.isFinite(proof.gap)) {
    const limit = unsolved(system, equations, "stalled", "The cost Φ of x is no number that a computer holds: scale b down.");
    return { ...limit, steps: found.steps };
  }
  return {
    x,
    dual: equations.dual(found.nu),
    state: {
      nu: found.nu,
      z: found.at.z,
      rise: found.at.rise,
      fall: found.at.fall,
      upper: potential.upper,
      lower: potential.lower,
    },
    gap: proof.gap,
    distance: proof.distance,
    residual: found.error,
    steps: found.steps,
    status: "converged",
    message: `Newton's method on the dual, ${found.steps} steps.`,
  };
}

/**
 * The only solution with the locked signs: the answer whatever Φ, which has no ν there, since it would be infinite.
 *
 * @param {System} system
 * @param {Equations} equations
 * @param {Float64Array} x
 * @returns {Limit}
 */
function only(system, equations, x) {
  const misfit = equations.reduce(doubledMisfit(system.A, system.equations, system.unknowns, x, system.b));
  const residual = norm(misfit) / (equations.size || 1);
  return {
    ...unsolved(system, equations, "converged", "The only solution with the signs that the start locks."),
    x: Float64Array.from(x),
    gap: 0,
    distance: norm(misfit) * spreadOf(equations, Array.from(x.keys()).filter((i) => x[i] !== 0)) / (norm(x) || 1),
    residual,
  };
}

/**
 * @param {System} system
 * @param {Equations} equations
 * @param {import("./types.js").Status} status
 * @param {string} message
 * @returns {Limit}
 */
function unsolved(system, equations, status, message) {
  return {
    x: Float64Array.from(equations.minimumNorm),
    dual: new Float64Array(system.equations),
    state: null,
    gap: Infinity,
    distance: Infinity,
    residual: Infinity,
    steps: 0,
    status,
    message,
  };
}
