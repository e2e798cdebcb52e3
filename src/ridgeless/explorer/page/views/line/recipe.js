/** What is on the screen, in words of Python and as a study. */

import { list, number, studyOf, weightsTable } from "../../python.js";
import { equationOf, networkOf, startOf as thetaOf } from "./scene.js";

/**
 * @typedef {import("../../types.js").State} State
 * @param {State} state
 * @returns {import("../../types.js").Recipe | null}
 */
export function recipeOf(state) {
  const system = [
    `system = rl.LinearSystem(np.array([${list([state.a1, state.a2])}]), np.array(${list([state.b])}))`,
    `scale = ${number(state.scale)}`,
  ];
  const whole = Number.isInteger(state.depth);
  if (!whole) return betweenDepths(state, system);
  const depth = state.network === "Direct" ? "" : `depth=${state.depth}`;
  return {
    lines: [
      ...system,
      `network = rl.networks.${state.network}(${depth})`,
      `start = ${startOf(state)}`,
      "solution = rl.limit(system, network, start, tol=1e-12)",
    ],
    result: "solution.x",
    ...studyOf(equationOf(state), {
      network: `{name = "${state.network}"${depth && `, ${depth.replace("=", " = ")}`}}`,
      init: initOf(state),
    }),
  };
}

/** @param {State} state */
function startOf(state) {
  const first = `scale * np.array(${list([state.u1, state.u2])})`;
  const second = `scale * np.array(${list([state.v1, state.v2])})`;
  const layers = `np.array([${first}] * ${Number(state.depth) - 1} + [${second}])`;
  switch (state.network) {
    case "Direct":
      return `{"x": ${first}}`;
    case "Power":
      return `{"u": ${first}}`;
    case "Difference":
      return `{"u": ${first}, "v": ${second}}`;
    case "Product":
      return `{"layers": ${layers}}`;
    default:
      return `{"plus": ${layers}, "minus": ${layers}}`;
  }
}

/**
 * The library's networks have whole depths. Their potentials have any, and theorem and limit with them.
 * @param {State} state
 * @param {string[]} system
 */
function betweenDepths(state, system) {
  const weights = state.network === "Power" ? [state.u1, state.u2] : [state.u1, state.u2, state.v1, state.v2];
  if (weights.some((weight) => Number(weight) === 0)) return null;
  const ends = [
    `D = ${number(state.depth)}`,
    "q, c = D / (D - 2), D * (D - 2)",
    `u = scale * np.array(${list([state.u1, state.u2])})`,
  ];
  const potential =
    state.network === "Power"
      ? [
          "near, far = u ** (2 - D) / c, np.full(2, np.inf)",
          "potential = rl.potentials.DeepEntropy(np.ones(2), near, far, coefficient=c**-q, exponent=q)",
        ]
      : [
          `v = scale * np.array(${list([state.v1, state.v2])})`,
          "potential = rl.potentials.DeepHypentropy(u ** (2 - D) / c, v ** (2 - D) / c, coefficient=c**-q, exponent=q)",
        ];
  return {
    lines: [
      ...system,
      ...ends,
      ...potential,
      'bias = rl.Bias(potential, np.zeros(2), "Woodworth et al. 2020, at a depth between the whole ones", ())',
    ],
    result: "rl.limits.minimise(system, bias, tol=1e-12).x",
    toml: null,
    files: {},
  };
}

/**
 * The init of the same start: one number where all weights are alike, and else the weights themselves.
 * @param {State} state
 */
function initOf(state) {
  const [first, second] = [Number(state.u1), Number(state.v1)];
  const equal = { Difference: first, TwoBranch: first, Product: 0, Power: second, Direct: second };
  const isAlike = state.u1 === state.u2 && first > 0 && second === equal[networkOf(state).name];
  const isConstant = isAlike && (state.v1 === state.v2 || state.network === "Power" || state.network === "Direct");
  if (!isConstant) return weightsTable(thetaOf(state));
  return `{name = "Constant", scale = ${number(Number(state.scale) * first)}}`;
}
