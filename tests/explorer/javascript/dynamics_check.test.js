import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { dynamicsErrors } from "../../../src/ridgeless/explorer/page/mathematics/dynamics_check.js";

const file = new URL("../../../src/ridgeless/explorer/reference.json", import.meta.url);
const { dynamics } = JSON.parse(readFileSync(file, "utf8"));
const worst = (errors) => Math.max(...errors.map(({ error }) => error));

test("trainings, saddle paths and ends of dense networks are those of the library", () => {
  const errors = dynamicsErrors(dynamics);
  assert.ok(errors.length > 30);
  assert.ok(worst(errors) < 1e-12);
});

for (const [name, spoil] of Object.entries({
  "another depth": ({ jumps }) => (jumps[0].network.depth += 1),
  "another order of events": ({ jumps }) => jumps[0].coordinate.reverse(),
  "a step size off by a millionth": ({ steps }) => (steps[0].options.stepSize *= 1 + 1e-6),
  "another seed": ({ steps }) => (steps.find(({ method }) => method === "stochastic").options.seed += 1),
  "another method": ({ steps }) => (steps[0].method = "adam"),
  "a method that there is not": ({ steps }) => (steps[0].method = "newton"),
  "another end of a dense network": ({ dense }) => (dense[0].x[0] += 1e-6),
  "a start that no theorem covers": ({ dense }) => dense.at(-1).theta0.W[0].reverse(),
})) {
  test(`the check rejects ${name}`, () => {
    const spoilt = structuredClone(dynamics);
    spoil(spoilt);
    assert.ok(worst(dynamicsErrors(spoilt)) > 1e-9);
  });
}
