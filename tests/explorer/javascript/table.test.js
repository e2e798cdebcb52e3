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

test("names of rows, as R and pandas write them, are no unknowns", () => {
  const wanted = [[2, 3, 4, 5, 3, 1], [3, 3]];
  for (const text of [
    '"x1","x2","x3","b"\n"1",2,3,4,3\n"2",5,3,1,3',
    '"","x1","x2","x3","b"\n"1",2,3,4,3\n"2",5,3,1,3',
    ",x1,x2,x3,b\n0,2,3,4,3\n1,5,3,1,3",
    "Unnamed: 0;x1;x2;x3;b\n0;2;3;4;3\n1;5;3;1;3",
    "x1 x2 x3 b\n1 2 3 4 3\n2 5 3 1 3",
    "x1 x2 x3 b\nfirst 2 3 4 3\nsecond 5 3 1 3",
    "first,2,3,4,3\nsecond,5,3,1,3",
  ]) {
    assert.deepEqual(read(text), wanted, text);
  }
});

test("what can be read in two ways, or not at all, is refused", () => {
  assert.throws(() => read("id,x1,x2,b\n1,2,3,4\n2,1,1,1"), /may name the rows, or be an unknown/);
  assert.throws(() => read("a,b,c\n1,2,3"), /in the order of the alphabet/);
  assert.throws(() => read("x1,x2\n1,2,3,4"), /names are 2, and the first equation has 4/);
  assert.throws(() => read("x1,x2,b\n5,2,3,7\n9,1,1,1"), /names are 3, and the first equation has 4/);
  assert.throws(() => read("x1,x2,b\n1,2,3,7"), /names are 3, and the first equation has 4/);
  assert.throws(() => read("NA,NA,NA,NA\n1,2,3,4"), /Line 1 has “NA”/);
  assert.throws(() => read("nan,1,2\n1,2,3"), /Line 1 has “nan”/);
  assert.throws(() => read("0x10,2,3"), /Line 1 has “0x10”/);
  assert.deepEqual(read("−1e−3,2,3"), [[-0.001, 2], [3]]);
  assert.deepEqual(read("x,b,z\n1,2,3".replace("x", "weight")), [[1, 3], [2]]);
});
