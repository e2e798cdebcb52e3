/** Tables as readers have them: separators, decimal commas, and what could be read in two ways. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { tableOf } from "../../../src/ridgeless/explorer/page/own_data/table.js";

/** @param {string} text */
const read = (text) => {
  const { A, b } = tableOf(text);
  return [[...A], [...b]];
};

test("separators and decimal commas give the same equation", () => {
  const wanted = [[1.5, -2.25], [3]];
  for (const text of ["1.5,-2.25,3", "1,5;-2,25;3", "1.5\t-2.25\t3", "1.5 -2.25 3", '"1,5";"−2,25";"3"', "x1;x2;b\n1,5;-2,25;3"]) {
    assert.deepEqual(read(text), wanted, text);
  }
});

test("a comma with three digits behind is a decimal one where another number settles it", () => {
  assert.deepEqual(read("1,250;0,500;2,5"), [[1.25, 0.5], [2.5]]);
  assert.deepEqual(read("0,125;0,500;2"), [[0.125, 0.5], [2]]);
});

test("numbers that may be thousands are refused with both readings", () => {
  assert.throws(() => read("1,000;2,500;3"), /“1,000” may be 1000 or 1\.000/);
  assert.throws(() => read("a;y;b\n1;-12,345;3\n2;3;4"), /“-12,345” may be -12345 or -12\.345/);
});
