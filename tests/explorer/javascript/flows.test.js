import assert from "node:assert/strict";
import { test } from "node:test";

import { effectiveStart } from "../../../src/ridgeless/explorer/page/mathematics/finite_steps.js";
import { adam } from "../../../src/ridgeless/explorer/page/mathematics/flows/adam.js";
import { keyOf, permutation, splitKey } from "../../../src/ridgeless/explorer/page/mathematics/flows/draws.js";
import { startDualFlow, stepDualFlow } from "../../../src/ridgeless/explorer/page/mathematics/flows/dual_flow.js";
import { gradientDescent } from "../../../src/ridgeless/explorer/page/mathematics/flows/gradient_descent.js";
import { gradientFlow } from "../../../src/ridgeless/explorer/page/mathematics/flows/gradient_flow.js";
import { momentum } from "../../../src/ridgeless/explorer/page/mathematics/flows/momentum.js";
import { normalised } from "../../../src/ridgeless/explorer/page/mathematics/flows/normalised.js";
import { sign } from "../../../src/ridgeless/explorer/page/mathematics/flows/sign.js";
import { stochastic } from "../../../src/ridgeless/explorer/page/mathematics/flows/stochastic.js";
import {
  DEFAULTS,
  defaultStep,
  leavesOf,
  sharpness,
} from "../../../src/ridgeless/explorer/page/mathematics/flows/training.js";
import { boxOf, jumpTimes, saddleToSaddle } from "../../../src/ridgeless/explorer/page/mathematics/jumps.js";
import { constantStart } from "../../../src/ridgeless/explorer/page/mathematics/networks.js";
import { generator } from "../../../src/ridgeless/explorer/page/mathematics/random.js";
import { difference, norm } from "../../../src/ridgeless/explorer/page/mathematics/vectors.js";

const stepping = [gradientDescent, momentum, stochastic, adam, sign, normalised];
const [equations, unknowns] = [4, 12];
const system = gaussianSystem(21);
const networks = ["Difference", "Product", "TwoBranch"].map((name) => ({ name, depth: 2 }));

function gaussianSystem(seed) {
  const { normal } = generator(seed);
  const A = Float64Array.from({ length: equations * unknowns }, () => normal() / 2);
  return { equations, unknowns, A, b: Float64Array.from({ length: equations }, normal) };
}

/** A start whose entries all differ. */
function uneven(network, scale) {
  const { uniform } = generator(8);
  const theta = constantStart(network, scale, unknowns);
  for (const layer of leavesOf(theta))
    layer.forEach((entry, i) => (layer[i] = entry * (0.5 + uniform()) + 0.1 * scale));
  return theta;
}

function ended(method, network, theta0, options) {
  const run = method.start(system, network, theta0, { ...DEFAULTS, tolerance: 1e-9, ...options });
  while (run.status === "running") method.step(run);
  return run;
}

function endOfDualFlow(network, theta0) {
  const run = startDualFlow(system, network, theta0, { tolerance: 1e-10, mostSteps: 5000 });
  while (run.status === "running") stepDualFlow(run);
  assert.equal(run.status, "converged");
  return run.x;
}

function far(one, other) {
  return norm(difference(one, other)) / norm(other);
}

test("permutations are those that JAX draws", () => {
  let key = keyOf(5);
  const seen = [];
  for (let draw = 0; draw < 3; draw += 1) {
    seen.push(permutation(key, 7));
    key = splitKey(key, 0);
  }
  assert.deepEqual(seen, [
    [0, 2, 4, 1, 3, 5, 6],
    [5, 0, 3, 6, 1, 4, 2],
    [1, 5, 2, 6, 0, 4, 3],
  ]);
});

for (const network of [...networks, { name: "Difference", depth: 3 }, { name: "Product", depth: 3 }]) {
  test(`flow of the weights and flow of the dual end alike: ${network.name}, depth ${network.depth}`, () => {
    const theta0 = uneven(network, 0.4);
    const run = ended(gradientFlow, network, theta0);
    assert.equal(run.status, "converged");
    assert.ok(far(run.x, endOfDualFlow(network, theta0)) < 1e-7);
  });
}

for (const network of [...networks, { name: "Power", depth: 2 }]) {
  for (const method of [gradientDescent, stochastic]) {
    test(`${method.title} through ${network.name} ends where flow from its effective start does`, () => {
      const theta0 = uneven(network, 0.5);
      const run = ended(method, network, theta0, { stepSize: 0.04, batch: 2, seed: 4 });
      assert.equal(run.status, "converged");
      const start = effectiveStart(system, network, theta0, run.theta);
      assert.ok(far(endOfDualFlow(network, start), run.x) < 1e-6);
      assert.ok(far(endOfDualFlow(network, theta0), run.x) > 1e-4, "the steps must have moved the end");
    });
  }
}

test("no formula is known beyond two layers, and steps change nothing for one", () => {
  const deep = { name: "Difference", depth: 3 };
  assert.equal(effectiveStart(system, deep, uneven(deep, 0.4), uneven(deep, 0.5)), null);
  const direct = { name: "Direct", depth: 1 };
  const theta0 = constantStart(direct, 0.3, unknowns);
  const ends = [gradientDescent, stochastic, momentum].map(
    (method) => ended(method, direct, theta0, { stepSize: 0.01 }).x,
  );
  for (const x of ends) assert.ok(far(x, endOfDualFlow(direct, theta0)) < 1e-7);
});

test("methods without a length of step go to the same point as flow when steps shrink, and hover when they do not", () => {
  const direct = { name: "Direct", depth: 1 };
  const theta0 = constantStart(direct, 0.3, unknowns);
  const shrinking = ended(normalised, direct, theta0, { stepSize: 0.1, stepDecay: 0.995 });
  assert.ok(far(shrinking.x, endOfDualFlow(direct, theta0)) < 1e-7);
  assert.equal(ended(sign, direct, theta0, { stepSize: 0.1, mostSteps: 3000 }).status, "out of steps");
});

test("sign descent on a product keeps |u| − |v|", () => {
  const network = { name: "Product", depth: 2 };
  const theta0 = uneven(network, 0.5);
  const run = ended(sign, network, theta0, { stepSize: 1e-3, mostSteps: 50 });
  const kept = ({ layers }) => layers[0].map((w, i) => Math.abs(w) - Math.abs(layers[1][i]));
  assert.ok(norm(difference(kept(run.theta), kept(theta0))) < 1e-12);
});

test("steps that are too long are told, and steps within the bound never raise the loss", () => {
  const [network] = networks;
  const theta0 = constantStart(network, 0.3, unknowns);
  assert.equal(ended(gradientDescent, network, theta0, { stepSize: 3 }).status, "diverged");
  const run = gradientDescent.start(system, network, theta0, {
    ...DEFAULTS,
    stepSize: defaultStep(system, network, theta0),
  });
  for (let loss = run.loss; run.status === "running"; loss = run.loss) {
    gradientDescent.step(run);
    assert.ok(run.loss <= loss);
  }
  assert.equal(run.status, "converged");
});

test("the same seed takes the same steps, another seed others, and a run leaves the start as it was", () => {
  const [network] = networks;
  const theta0 = uneven(network, 0.3);
  const before = leavesOf(theta0).map((leaf) => [...leaf]);
  const ends = [1, 1, 2].map((seed) => ended(stochastic, network, theta0, { stepSize: 0.02, seed, mostSteps: 30 }).x);
  assert.deepEqual(ends[0], ends[1]);
  assert.notDeepEqual(ends[0], ends[2]);
  for (const method of [...stepping, gradientFlow]) ended(method, network, theta0, { stepSize: 0.01, mostSteps: 5 });
  assert.deepEqual(
    leavesOf(theta0).map((leaf) => [...leaf]),
    before,
  );
});

test("the sharpness of plain regression is σ_max(A)²", () => {
  const direct = { name: "Direct", depth: 1 };
  const one = { equations: 1, unknowns: 2, A: Float64Array.of(3, 4), b: Float64Array.of(1) };
  assert.ok(Math.abs(sharpness(one, direct, { x: [Float64Array.of(0.2, 0.1)] }) - 25) < 1e-6);
});

test("flow from 1e-40 rests on the predicted saddles, and from 1e-10 nearly so", () => {
  const network = { name: "Difference", depth: 2 };
  const path = saddleToSaddle(system, boxOf(network, unknowns));
  const errors = [1e-40, 1e-10].map((scale) => {
    const times = jumpTimes(path, 2, scale);
    const [longest, from] = times
      .slice(0, -1)
      .reduce((most, at, k) => (times[k + 1] - at > most[0] ? [times[k + 1] - at, k] : most), [0, 0]);
    const run = startDualFlow(system, network, constantStart(network, scale, unknowns), {
      tolerance: 1e-12,
      mostSteps: 5000,
    });
    const middle = times[from] + 0.6 * longest;
    while (run.time < middle) stepDualFlow(run, middle);
    return far(run.x, path.points[from + 1]);
  });
  assert.ok(errors[0] < 1e-6, `1e-40: ${errors[0]}`);
  assert.ok(errors[1] < 0.1 && errors[1] > errors[0], `1e-10: ${errors[1]}`);
});

test("the dual flow follows x' = M·Aᵀ(b − Ax) to the accuracy that it is asked for", () => {
  const [network] = networks;
  const theta0 = constantStart(network, 0.1, unknowns);
  const exact = gradientFlow.start(system, network, theta0, { ...DEFAULTS, tolerance: 1e-9 });
  const dual = startDualFlow(system, network, theta0, { tolerance: 1e-9, mostSteps: 5000 });
  for (let look = 0; look < 20; look += 1) {
    for (let k = 0; k < 10; k += 1) gradientFlow.step(exact);
    while (dual.status === "running" && dual.time < exact.time) stepDualFlow(dual, exact.time);
    assert.ok(norm(difference(exact.x, dual.x)) < 2e-5 * Math.max(1, norm(exact.x)));
  }
});
