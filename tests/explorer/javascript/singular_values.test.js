import assert from "node:assert/strict";
import { test } from "node:test";

import { product } from "../../../src/ridgeless/explorer/page/mathematics/linear_algebra.js";
import { generator } from "../../../src/ridgeless/explorer/page/mathematics/random.js";
import { singularValues } from "../../../src/ridgeless/explorer/page/mathematics/singular_values.js";
import { norm, scaled } from "../../../src/ridgeless/explorer/page/mathematics/vectors.js";

test("of a diagonal matrix they are the sizes of its entries, in order", () => {
  const matrix = Float64Array.of(3, 0, 0, 0, -5, 0, 0, 0, 1);
  [5, 3, 1].forEach((value, k) => assert.ok(Math.abs(singularValues(matrix, 3, 3)[k] - value) < 1e-7));
});

for (const [rows, columns] of [
  [1, 7],
  [7, 1],
  [4, 9],
  [9, 4],
  [30, 30],
]) {
  test(`their squares add up to that of the norm, and the largest is what power iteration finds: ${rows}×${columns}`, () => {
    const { normal } = generator(rows + columns);
    const matrix = Float64Array.from({ length: rows * columns }, normal);
    const found = singularValues(matrix, rows, Math.min(rows, columns));
    assert.ok(Math.abs(norm(found) - norm(matrix)) < 1e-7 * norm(matrix));
    assert.ok(found.every((value, k) => k === 0 || value <= found[k - 1]));
    const transposed = Float64Array.from(matrix, (_, at) => matrix[(at % rows) * columns + Math.floor(at / rows)]);
    let vector = Float64Array.from({ length: columns }, normal);
    for (let step = 0; step < 3000; step += 1) {
      const image = product(transposed, columns, rows, product(matrix, rows, columns, vector));
      vector = scaled(image, 1 / norm(image));
    }
    assert.ok(Math.abs(norm(product(matrix, rows, columns, vector)) - found[0]) < 1e-6 * found[0]);
  });
}

test("of a matrix of rank one all but the first are 0", () => {
  const matrix = Float64Array.from({ length: 12 }, (_, at) => (1 + Math.floor(at / 4)) * (2 - (at % 4)));
  const [first, second] = singularValues(matrix, 3, 2);
  assert.ok(Math.abs(first - norm(matrix)) < 1e-9 * first && second < 1e-7 * first);
});
