import assert from "node:assert/strict";
import { test } from "node:test";

import { boxOf, jumpTimes, saddleToSaddle } from "../../../src/ridgeless/explorer/page/mathematics/jumps.js";
import { product, transposedProduct } from "../../../src/ridgeless/explorer/page/mathematics/linear_algebra.js";
import { generator } from "../../../src/ridgeless/explorer/page/mathematics/random.js";

const zhao = {
  equations: 2,
  unknowns: 4,
  A: Float64Array.of(1, 0.5, 0.7, 0, 0.5, 1, 0.1, 0.7),
  b: Float64Array.of(1, 0),
};

/** A Gaussian system whose b belongs to a sparse x. */
function recoverable(equations, unknowns, seed) {
  const { normal } = generator(seed);
  const A = Float64Array.from({ length: equations * unknowns }, () => normal() / Math.sqrt(equations));
  const truth = new Float64Array(unknowns);
  [2, -1, 0.5].forEach((entry, k) => (truth[7 * k + 3] = entry));
  return { equations, unknowns, A, b: product(A, equations, unknowns, truth), truth };
}

test("the example of Zhao et al. ends at (0, 0, 10/7, −10/49) through coordinates 1, 3 and 4", () => {
  const path = saddleToSaddle(zhao, { positive: new Float64Array(4).fill(1), negative: new Float64Array(4).fill(1) });
  assert.deepEqual(path.coordinate, [-1, 0, 2, 3]);
  [0, 0, 10 / 7, -10 / 49].forEach((entry, i) => assert.ok(Math.abs(path.x[i] - entry) < 1e-14));
  assert.ok(path.isSolved);
});

test("the path of a sparse truth ends at it, and its ν proves that no solution has a smaller ℓ1 norm", () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const system = recoverable(20, 60, seed);
    const box = boxOf({ name: "Difference", depth: 2 }, 60);
    const path = saddleToSaddle(system, box);
    system.truth.forEach((entry, i) => assert.ok(Math.abs(path.x[i] - entry) < 1e-12, `seed ${seed}`));
    const slopes = transposedProduct(system.A, 20, 60, path.dual);
    slopes.forEach((slope, i) => {
      assert.ok(Math.abs(slope) <= 0.5 * (1 + 1e-12));
      if (path.x[i] !== 0) assert.ok(Math.abs(slope - 0.5 * Math.sign(path.x[i])) < 1e-12);
    });
  }
});

test("times rise, residuals fall, and every saddle is a least-squares fit on its support", () => {
  const system = recoverable(12, 40, 9);
  const path = saddleToSaddle(
    { ...system, b: Float64Array.from(system.b, (entry, i) => entry + Math.sin(i)) },
    boxOf({ name: "Product", depth: 2 }, 40),
  );
  for (let k = 1; k < path.at.length; k += 1) {
    assert.ok(path.at[k] >= path.at[k - 1] && path.residuals[k] <= path.residuals[k - 1] * (1 + 1e-12));
  }
  const point = path.points[3];
  const misfit = product(system.A, 12, 40, point).map((entry, i) => entry - system.b[i] - Math.sin(i));
  const pull = transposedProduct(system.A, 12, 40, misfit);
  point.forEach((entry, i) => entry !== 0 && assert.ok(Math.abs(pull[i]) < 1e-12));
});

test("a sign that is locked out is never taken", () => {
  const path = saddleToSaddle(zhao, boxOf({ name: "Power", depth: 3 }, 4));
  assert.ok(path.x.every((entry) => entry >= 0));
  assert.ok(!path.isSolved);
});

test("the time of one coordinate: s·log(1/scale) at depth 2, s·scale^(2−D) beyond", () => {
  const system = { equations: 1, unknowns: 2, A: Float64Array.of(1, 2), b: Float64Array.of(2) };
  const two = saddleToSaddle(system, boxOf({ name: "Difference", depth: 2 }, 2));
  assert.ok(Math.abs(jumpTimes(two, 2, 1e-4)[0] - Math.log(1e4) / 8) < 1e-14);
  const three = saddleToSaddle(system, boxOf({ name: "Difference", depth: 3 }, 2));
  assert.ok(Math.abs(jumpTimes(three, 3, 1e-4)[0] - 1e4 / 12) < 1e-9);
});
