import assert from "node:assert/strict";
import { test } from "node:test";

import {
  chainStart,
  denseOutput,
  densePullBack,
  gapByCause,
  gaussianStart,
  landingStart,
  laterLayers,
  nullOfFirst,
  withNullShare,
} from "../../../src/ridgeless/explorer/page/mathematics/deep.js";
import { predictDense } from "../../../src/ridgeless/explorer/page/mathematics/deep_theorem.js";
import { adam } from "../../../src/ridgeless/explorer/page/mathematics/flows/adam.js";
import { gradientDescent } from "../../../src/ridgeless/explorer/page/mathematics/flows/gradient_descent.js";
import { gradientFlow } from "../../../src/ridgeless/explorer/page/mathematics/flows/gradient_flow.js";
import { DEFAULTS } from "../../../src/ridgeless/explorer/page/mathematics/flows/training.js";
import { generator } from "../../../src/ridgeless/explorer/page/mathematics/random.js";
import { minimumNorm, nullPart, rowBasis } from "../../../src/ridgeless/explorer/page/mathematics/row_space.js";
import { difference, dot, norm } from "../../../src/ridgeless/explorer/page/mathematics/vectors.js";

const [equations, unknowns, width] = [2, 5, 4];
const system = gaussianSystem(11);

function gaussianSystem(seed) {
  const { normal } = generator(seed);
  return {
    equations,
    unknowns,
    A: Float64Array.from({ length: equations * unknowns }, normal),
    b: Float64Array.from({ length: equations }, normal),
  };
}

function trained(method, hidden, theta0, options) {
  const run = method.start(system, { name: "Dense", hidden, width }, theta0, {
    ...DEFAULTS,
    tolerance: 1e-9,
    ...options,
  });
  while (run.status === "running") method.step(run);
  return run;
}

function startsOf(hidden, seed = 5) {
  const network = { name: "Dense", hidden, width };
  const { normal } = generator(seed);
  return {
    gaussian: gaussianStart(network, unknowns, { scale: 0.8, balance: 1.2 }, normal),
    balanced: chainStart(network, system, { scale: 0.5, balance: 1 }, normal),
    chain: chainStart(network, system, { scale: 0.3, balance: 1.7 }, normal),
  };
}

function far(one, other) {
  return norm(difference(one, other));
}

test("the gradient of every layer is the difference quotient of the loss", () => {
  const theta = startsOf(3).gaussian;
  const gradientOfX = Float64Array.from({ length: unknowns }, (_, i) => Math.cos(i));
  const gradient = densePullBack(theta, gradientOfX);
  for (const [layer, slope] of [...theta.W.map((matrix, i) => [matrix, gradient.W[i]]), [theta.w[0], gradient.w[0]]]) {
    for (const at of [0, layer.length >> 1, layer.length - 1]) {
      const kept = layer[at];
      const [up, down] = [1e-6, -1e-6].map((change) => {
        layer[at] = kept + change;
        return dot(denseOutput(theta), gradientOfX);
      });
      layer[at] = kept;
      assert.ok(Math.abs((up - down) / 2e-6 - slope[at]) < 1e-8);
    }
  }
});

for (const hidden of [1, 2, 4]) {
  test(`flow through ${hidden} matrices ends where the theorem says, from chains and from the row space`, () => {
    const { gaussian, balanced, chain } = startsOf(hidden);
    const cases = { chain: [balanced, chain], "row space": [withNullShare(gaussian, system, 0)] };
    for (const [theorem, starts] of Object.entries(cases)) {
      for (const theta0 of starts) {
        const predicted = predictDense(system, theta0);
        assert.equal(predicted.theorem, theorem);
        assert.ok(far(trained(gradientFlow, hidden, theta0).x, predicted.x) < 2e-8);
      }
    }
    assert.equal(predictDense(system, gaussian).x, null);
    assert.ok(far(predictDense(system, chain).x, minimumNorm(system)) > 1e-2, "the theorems must tell ends apart");
  });
}

test("a landing start leads to the target, at every scale", () => {
  const target = Float64Array.from(minimumNorm(system));
  const aside = nullPart(rowBasis(system), Float64Array.of(1, -2, 0.5, 1, 0));
  target.forEach((_, i) => (target[i] += aside[i]));
  for (const scale of [0.3, 1, 2]) {
    const network = { name: "Dense", hidden: 1, width };
    const theta0 = landingStart(network, system, target, scale, generator(3).normal);
    const { x, theorem } = predictDense(system, theta0);
    assert.ok(theorem === "null space" || theorem === "chain", "from w large enough it is a chain as well");
    assert.ok(far(x, target) < 1e-12);
    assert.ok(far(trained(gradientFlow, 1, theta0).x, target) < 2e-8);
  }
});

test("the gap is linear in the null part of the first layer, and the loss does not see it", () => {
  const { gaussian } = startsOf(2);
  const gaps = [0, 0.5, 1].map((share) => {
    const run = trained(gradientDescent, 2, withNullShare(gaussian, system, share), { stepSize: 0.02 });
    return { loss: run.loss, steps: run.steps, gap: difference(run.x, minimumNorm(system)) };
  });
  assert.ok(norm(gaps[0].gap) < 1e-8);
  assert.ok(
    far(
      gaps[2].gap.map((entry) => entry / 2),
      gaps[1].gap,
    ) < 1e-8,
  );
  assert.equal(gaps[0].steps, gaps[2].steps);
});

test("the causes add up to the gap, and each appears where it should", () => {
  const { gaussian } = startsOf(2);
  const options = { stepSize: 0.01, mostSteps: 300 };
  const runs = { descent: trained(gradientDescent, 2, gaussian, options), adam: trained(adam, 2, gaussian, options) };
  for (const [name, run] of Object.entries(runs)) {
    const { causes, size, vector } = gapByCause(system, gaussian, run.theta);
    const sum = new Float64Array(unknowns);
    for (const cause of causes) cause.vector.forEach((entry, i) => (sum[i] += entry));
    assert.ok(far(sum, vector) < 1e-13);
    assert.ok(Math.abs(causes.reduce((total, { share }) => total + share, 0) - size) < 1e-12);
    const moved = norm(causes.find((cause) => cause.name === "moved").vector);
    if (name === "descent") assert.ok(moved < 1e-13, "descent moves nothing in the null space");
    else assert.ok(moved > 1e-3, "Adam does");
  }
  const end = runs.descent;
  const still = nullOfFirst(gaussian, system);
  const kept = difference(still, nullOfFirst(end.theta, system));
  assert.ok(norm(kept) < 1e-13);
  assert.equal(laterLayers(end.theta).length, width);
});
