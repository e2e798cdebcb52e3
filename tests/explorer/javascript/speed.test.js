import assert from "node:assert/strict";
import { test } from "node:test";

import { limit } from "../../../src/ridgeless/explorer/page/mathematics/limit.js";
import { bias, constantStart } from "../../../src/ridgeless/explorer/page/mathematics/networks.js";
import { gaussian } from "./systems.js";

/** The median time of a limit while the scale is dragged, by the processor's clock, which other processes do not stop. */
function dragged(system, depth, count, perDecade) {
  const network = { name: "Difference", depth };
  const solve = (scale, warm) => limit(system, bias(network, constantStart(network, scale, system.unknowns)), warm);
  let warm = solve(1, null);
  const times = [];
  for (let k = 1; k <= count; k += 1) {
    const before = process.cpuUsage().user;
    warm = solve(10 ** (-k / perDecade), warm);
    times.push((process.cpuUsage().user - before) / 1000);
    assert.ok(warm.status === "converged" && warm.gap <= 1e-12, `${warm.message} gap ${warm.gap}`);
  }
  return times.sort((one, other) => one - other)[count >> 1];
}

for (const [equations, unknowns, milliseconds, count] of [
  [40, 200, 4, 200],
  [140, 400, 16, 60],
  [410, 1024, 250, 8],
]) {
  for (const depth of [2, 3]) {
    test(`${equations}×${unknowns} at depth ${depth} follows a drag within ${milliseconds} ms`, () => {
      const median = dragged(gaussian(equations, unknowns, 1, "sparse", equations >> 3), depth, count, count / 3);
      assert.ok(median <= milliseconds, `${median} ms`);
    });
  }
}
