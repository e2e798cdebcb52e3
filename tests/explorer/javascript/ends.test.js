import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { saddleToSaddle } from "../../../src/ridgeless/explorer/page/mathematics/jumps.js";
import { limit } from "../../../src/ridgeless/explorer/page/mathematics/limit.js";
import { transposedProduct } from "../../../src/ridgeless/explorer/page/mathematics/linear_algebra.js";
import { bias, constantStart } from "../../../src/ridgeless/explorer/page/mathematics/networks.js";
import { generator } from "../../../src/ridgeless/explorer/page/mathematics/random.js";
import { vanishingLimit } from "../../../src/ridgeless/explorer/page/mathematics/vanishing.js";
import { difference, dot, l1Norm, norm } from "../../../src/ridgeless/explorer/page/mathematics/vectors.js";
import { selfTest } from "../../../src/ridgeless/explorer/page/selftest.js";
import { answer } from "../../../src/ridgeless/explorer/page/solver_worker.js";
import { openWorkers } from "../../../src/ridgeless/explorer/page/worker.js";
import { gaussian } from "./systems.js";

const relative = (found, wanted) => norm(difference(found, wanted)) / norm(wanted);
const reference = () => JSON.parse(readFileSync(new URL("../../../src/ridgeless/explorer/reference.json", import.meta.url), "utf8"));

test("limits from ever smaller starts tend to the vanishing one, whatever their direction", () => {
  const system = gaussian(10, 30, 12, "dense");
  const { uniform } = generator(5);
  const weights = () => Float64Array.from({ length: 30 }, () => 0.4 + uniform());
  const shapes = {
    Difference: { u: [weights()], v: [weights()] },
    Product: { layers: [weights(), weights(), weights()] },
    TwoBranch: { plus: [weights(), weights(), weights()], minus: [weights(), weights(), weights()] },
  };
  for (const [name, shape] of Object.entries(shapes)) {
    const network = { name, depth: 3 };
    const end = vanishingLimit(system, network, shape);
    assert.equal(end.status, "converged");
    assert.ok(end.gap < 1e-12, `${name}: gap ${end.gap}`);
    const scaled = Object.fromEntries(Object.entries(shape).map(([key, layers]) => [key, layers.map((w) => w.map((v) => 1e-5 * v))]));
    const found = limit(system, bias(network, scaled));
    assert.ok(relative(found.x, end.x) < 1e-8, `${name}: ${relative(found.x, end.x)}`);
  }
});

test("both ways to the vanishing limit of a large system agree", () => {
  const large = gaussian(50, 2100, 3, "dense");
  const end = vanishingLimit(large, { name: "Difference", depth: 2 }, constantStart({ name: "Difference", depth: 2 }, 1, 2100));
  assert.equal(end.status, "converged");
  assert.ok(end.gap < 1e-10, `gap ${end.gap}`);
  const z = transposedProduct(large.A, 50, 2100, end.dual);
  assert.ok(Math.max(...z.map(Math.abs)) <= 1 + 1e-12);
  assert.ok(Math.abs(l1Norm(end.x) - dot(large.b, end.dual)) < 1e-10 * l1Norm(end.x));
});

test("the tiny start of a large system ends where the path from saddle to saddle does", () => {
  for (const kind of ["dense", "sparse"]) {
    const large = gaussian(110, 920, 8, kind, 40);
    const network = { name: "Difference", depth: 2 };
    const end = vanishingLimit(large, network, constantStart(network, 1, 920));
    assert.match(end.message, /as the limit from scale/);
    const ones = new Float64Array(920).fill(1);
    const path = saddleToSaddle(large, { positive: ones, negative: ones });
    assert.ok(relative(end.x, path.x) < 1e-11, `${kind}: ${relative(end.x, path.x)}`);
  }
});

test("the self-test passes on the stored numbers, and tells a number that is wrong", () => {
  assert.equal(selfTest(reference()), "passed");
  const changed = reference();
  changed.limits[20].x[3] *= 1 + 1e-7;
  assert.match(selfTest(changed), /^failed: 1 of \d+: the limit of \w+\(\d\) at scale \S+ is off by/);
  const jumps = reference();
  jumps.dynamics.jumps[0].at[1] *= 1 + 1e-7;
  assert.match(selfTest(jumps), /^failed: 1 of \d+: jump times/);
  assert.match(selfTest(null), /^failed: the page carries no numbers/);
  assert.match(selfTest({ ...reference(), limits: [], vanishing: [], dynamics: { systems: {}, jumps: [], steps: [], dense: [] } }), /nothing was compared/);
});

test("the worker keeps systems and answers about them", () => {
  const system = gaussian(8, 24, 6);
  const network = { name: "Difference", depth: 2 };
  answer({ task: "system", name: "kept", equations: 8, unknowns: 24, A: system.A, b: system.b });
  const found = answer({ task: "limit", system: "kept", network, scale: 0.1 });
  assert.ok(found.milliseconds >= 0);
  assert.ok(relative(found.limit.x, limit(system, bias(network, constantStart(network, 0.1, 24))).x) < 1e-12);
  const { lazy, shortest, vanishing } = answer({ task: "ends", system: "kept", network });
  assert.ok(relative(lazy, shortest) < 1e-12);
  assert.ok(relative(vanishing.x, system.truth) < 1e-10);
  assert.throws(() => answer({ task: "limit", system: "other", network, scale: 0.1 }), /no system other/);
});

test("what is awaited does not queue behind what fills in by itself, and both workers know the system", async () => {
  const order = [];
  const ask = openWorkers("", (request) => void order.push(request.task), "limit");
  const done = [ask({ task: "system" }), ask({ task: "ends", channel: "ends" }), ask({ task: "curve", channel: "sweep" })];
  await Promise.all([...done, ask({ task: "limit", channel: "limit" })]);
  assert.deepEqual(order, ["system", "system", "ends", "limit", "curve"]);
});
