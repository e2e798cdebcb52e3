import assert from "node:assert/strict";
import { test } from "node:test";

import { doubledMisfit } from "../../../src/ridgeless/explorer/page/mathematics/doubled.js";
import { equationsOf } from "../../../src/ridgeless/explorer/page/mathematics/equations.js";
import { gradedFactor } from "../../../src/ridgeless/explorer/page/mathematics/graded.js";
import { factorise, solveFactorised, weightedGram, workspace } from "../../../src/ridgeless/explorer/page/mathematics/gram.js";
import { product, transposedProduct } from "../../../src/ridgeless/explorer/page/mathematics/linear_algebra.js";
import { generator } from "../../../src/ridgeless/explorer/page/mathematics/random.js";
import { difference, norm } from "../../../src/ridgeless/explorer/page/mathematics/vectors.js";
import { gaussian, named } from "./systems.js";

test("B·diag(w)·Bᵀ and its Cholesky factor, whatever the sizes", () => {
  for (let equations = 1; equations <= 13; equations += 1) {
    const unknowns = equations + 7;
    const { A } = gaussian(equations, unknowns, equations);
    const weights = Float64Array.from({ length: unknowns }, (_, i) => (i % 4 === 3 ? 0 : 1 + i));
    const space = workspace(equations, unknowns);
    weightedGram(A, equations, unknowns, weights, space);
    const wanted = (i, j) => weights.reduce((sum, w, k) => sum + w * A[i * unknowns + k] * A[j * unknowns + k], 0);
    for (let i = 0; i < equations; i += 1) {
      for (let j = 0; j <= i; j += 1) assert.ok(Math.abs(space.gram[i * space.size + j] - wanted(i, j)) < 1e-12 * unknowns);
    }
    assert.ok(factorise(space, 0));
    const right = Float64Array.from({ length: equations }, (_, k) => k - 2.5);
    const y = solveFactorised(space, right);
    for (let i = 0; i < equations; i += 1) {
      const row = y.reduce((sum, value, j) => sum + value * wanted(Math.max(i, j), Math.min(i, j)), 0);
      assert.ok(Math.abs(row - right[i]) < 1e-9, `${equations} equations: ${row}, not ${right[i]}`);
    }
  }
});

test("a matrix that is not positive has no factor", () => {
  const space = workspace(2, 2);
  space.gram.set([1, 0, 0, 0, 2, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
  assert.equal(factorise(space, 0), false);
  assert.equal(factorise(space, 2), true);
});

test("the graded solution keeps the digits of weights 40 powers of ten apart", () => {
  const system = gaussian(10, 30, 5);
  const equations = equationsOf(system);
  const { normal } = generator(2);
  const weights = Float64Array.from({ length: 30 }, (_, i) => (i < 6 ? 1 : 1e-40) * (1 + Math.abs(normal())));
  const wanted = Float64Array.from({ length: 10 }, normal);
  const right = product(equations.rows, 10, 30, transposedProduct(equations.rows, 10, 30, wanted).map((z, i) => weights[i] * z));
  const found = gradedFactor(equations, weights)(right);
  const left = difference(product(equations.rows, 10, 30, found.dz.map((z, i) => weights[i] * z)), right);
  assert.ok(norm(left) < 1e-14 * norm(right));
  // Each dz of a large weight has its own digits.
  const dz = transposedProduct(equations.rows, 10, 30, wanted);
  for (let i = 0; i < 6; i += 1) assert.ok(Math.abs(found.dz[i] - dz[i]) < 1e-12 * Math.abs(dz[i]));
});

test("misfits are known in twice the working precision", () => {
  const A = Float64Array.of(1e16, 1, -1e16, 1e-3, 0.1, 3);
  const x = Float64Array.of(1 + 2 ** -52, 2 ** -40, 1);
  const exact = (1e16 * 2 ** -52) + 2 ** -40;
  const [first] = doubledMisfit(A, 2, 3, x, Float64Array.of(0, 0));
  assert.equal(first, -exact);
});

test("orthonormal rows have the solutions of A, and a ν of theirs is one of A's", () => {
  const { A, b } = gaussian(8, 20, 3);
  const system = named({ equations: 8, unknowns: 20, A, b });
  const { rank, rows, right, dual, reduce } = equationsOf(system);
  assert.equal(rank, 8);
  for (let i = 0; i < 8; i += 1) {
    for (let j = 0; j < 8; j += 1) {
      let sum = 0;
      for (let k = 0; k < 20; k += 1) sum += rows[i * 20 + k] * rows[j * 20 + k];
      assert.ok(Math.abs(sum - (i === j ? 1 : 0)) < 1e-14);
    }
  }
  const x = Float64Array.from({ length: 20 }, (_, i) => Math.sin(i));
  const misfit = difference(b, product(A, 8, 20, x));
  const reduced = difference(right, product(rows, 8, 20, x));
  assert.ok(norm(difference(reduce(misfit), reduced)) < 1e-13);
  const nu = Float64Array.from({ length: 8 }, (_, k) => k - 3);
  assert.ok(norm(difference(transposedProduct(A, 8, 20, dual(nu)), transposedProduct(rows, 8, 20, nu))) < 1e-13);
});
