import assert from "node:assert/strict";
import { test } from "node:test";

import { NETWORKS, bias, constantStart, output, pairStart, pullBack, tangentMetric } from "../../../src/ridgeless/explorer/page/mathematics/networks.js";
import { generator } from "../../../src/ridgeless/explorer/page/mathematics/random.js";
import { dot, norm } from "../../../src/ridgeless/explorer/page/mathematics/vectors.js";

const UNKNOWNS = 5;

/** Every network at the depths 1 to 6, and between them where it can. */
function* networks() {
  for (const [name, rules] of Object.entries(NETWORKS)) {
    const depths = name === "Direct" ? [1] : [1, 2, 3, 4, 5, 6, ...(rules.isDepthReal ? [2.05, 2.5, 4.7] : [])];
    for (const depth of depths) yield { name, depth };
  }
}

/** Starts of one network: constant, of two sizes, with signs, and random. */
function* starts(network) {
  const { normal, uniform } = generator(7);
  yield constantStart(network, 0.3, UNKNOWNS);
  const first = Float64Array.of(0.5, 0.1, 1.3, 0.7, 0.4);
  const second = Float64Array.of(0.2, 0.7, 0.01, 0.7, 0.9);
  yield pairStart(network, first, second);
  if (!Number.isInteger(network.depth)) return;
  yield pairStart(network, first.map((w, i) => (i % 2 ? -w : w)), second.map((w, i) => (i % 3 ? w : -w)));
  const like = constantStart(network, 1, UNKNOWNS);
  const drawn = Object.entries(like).map(([key, layers]) => [key, layers.map((w) => w.map(() => normal() + 0.1 * uniform()))]);
  yield Object.fromEntries(drawn);
}

function* cases() {
  for (const network of networks()) for (const theta of starts(network)) yield { network, theta };
}

const titleOf = ({ network, theta }) => `${network.name}(${network.depth}) from ${JSON.stringify(theta)}`;

/** Weights after gradient flow has carried Aᵀν to z: dθ/dt = Jᵀ z by the classical Runge–Kutta method. */
function flowed(network, theta, z, steps = 400) {
  const keys = Object.keys(theta);
  let now = theta;
  const moved = (at, slope, length) =>
    Object.fromEntries(keys.map((key) => [key, at[key].map((w, j) => w.map((value, i) => value + length * slope[key][j][i]))]));
  for (let step = 0; step < steps; step += 1) {
    const h = 1 / steps;
    const k1 = pullBack(network, now, z);
    const k2 = pullBack(network, moved(now, k1, h / 2), z);
    const k3 = pullBack(network, moved(now, k2, h / 2), z);
    const k4 = pullBack(network, moved(now, k3, h), z);
    for (const [slope, weight] of [[k1, 1], [k2, 2], [k3, 2], [k4, 1]]) now = moved(now, slope, (h * weight) / 6);
  }
  return now;
}

/** z that stays well inside each interval. */
function inside(potential, share) {
  return Float64Array.from(potential.upper, (upper, i) => {
    const end = share > 0 ? upper : potential.lower[i];
    return share * Math.min(end, 1);
  });
}

test("the mirror map is where gradient flow carries the weights", () => {
  for (const each of cases()) {
    const { potential } = bias(each.network, each.theta);
    for (const share of [0.6, -0.6]) {
      const z = inside(potential, share);
      const found = potential.coordinates(z);
      const wanted = output(each.network, flowed(each.network, each.theta, z));
      found.forEach((x, i) => {
        const close = Math.abs(x - wanted[i]) <= 1e-6 * (Math.abs(wanted[i]) + 1e-3);
        assert.ok(close, `${titleOf(each)}, x_${i}(${z[i]}) = ${x}, by flow ${wanted[i]}`);
      });
    }
  }
});

test("gradients of the output are its differences", () => {
  for (const { network, theta } of cases()) {
    const direction = Float64Array.of(0.3, -1, 0.5, 2, 1);
    const pulled = pullBack(network, theta, direction);
    const h = 1e-6;
    for (const key of Object.keys(theta)) {
      theta[key].forEach((layer, j) => {
        layer.forEach((_, i) => {
          const at = (move) => {
            const changed = { ...theta, [key]: theta[key].map((w, k) => (k === j ? w.map((v, m) => (m === i ? v + move : v)) : w)) };
            return dot(output(network, changed), direction);
          };
          const wanted = (at(h) - at(-h)) / (2 * h);
          assert.ok(Math.abs(pulled[key][j][i] - wanted) < 1e-6 * (1 + Math.abs(wanted)), `${network.name}(${network.depth}) ${key}`);
        });
      });
    }
  }
});

test("slopes at the start are the tangent metric", () => {
  for (const each of cases()) {
    const { potential } = bias(each.network, each.theta);
    const slopes = potential.slopes(new Float64Array(UNKNOWNS));
    tangentMetric(each.network, each.theta).forEach((wanted, i) => {
      if (potential.frozen[i]) assert.equal(wanted, 0);
      else assert.ok(Math.abs(slopes[i] - wanted) <= 1e-10 * wanted, titleOf(each));
    });
  }
});

test("gradient inverts the mirror map, slopes are its derivative, and conjugates its integral", () => {
  for (const each of cases()) {
    const { potential } = bias(each.network, each.theta);
    for (const share of [0.4, -0.4, 0.05]) {
      const z = inside(potential, share);
      const x = potential.coordinates(z);
      const back = potential.gradient(x);
      const slopes = potential.slopes(z);
      const h = 1e-5;
      const [after, before] = [potential.coordinates(z.map((v) => v + h)), potential.coordinates(z.map((v) => v - h))];
      const start = potential.coordinates(new Float64Array(UNKNOWNS));
      z.forEach((value, i) => {
        if (potential.frozen[i]) return;
        const unit = Math.abs(value) + 1e-6 * (Math.abs(x[i]) / slopes[i]);
        assert.ok(Math.abs(back[i] - value) <= 1e-8 * unit, `${titleOf(each)}: z = ${value} became ${back[i]}`);
        assert.ok(Math.abs((after[i] - before[i]) / (2 * h) - slopes[i]) <= 1e-5 * (slopes[i] + 1), titleOf(each));
      });
      const rise = (potential.conjugate(z.map((v) => v * (1 + h))) - potential.conjugate(z.map((v) => v * (1 - h)))) / (2 * h);
      assert.ok(Math.abs(rise - dot(x, z)) <= 1e-5 * (norm(x) * norm(z) + 1e-6), titleOf(each));
      const young = potential.value(x) + potential.conjugate(z) - dot(x, z);
      assert.ok(Math.abs(young) <= 1e-9 * (norm(x) * norm(z) + norm(start) + 1e-6), `${titleOf(each)}: Fenchel and Young miss by ${young}`);
    }
  }
});

test("a sign that the start locks has no gradient, and an infinite value", () => {
  const { potential } = bias({ name: "Power", depth: 3 }, { u: [Float64Array.of(1, -1, 0)] });
  assert.deepEqual([...potential.signs], [1, -1, 0]);
  assert.deepEqual([...potential.frozen], [0, 0, 1]);
  assert.ok(Number.isNaN(potential.gradient(Float64Array.of(-1, 1, 0))[0]));
  assert.equal(potential.value(Float64Array.of(-1, -1, 0)), Infinity);
  assert.equal(potential.value(Float64Array.of(1, -1, 0.1)), Infinity);
});

test("a depth without a theorem is refused in a sentence", () => {
  assert.throws(() => bias({ name: "Product", depth: 2.5 }, {}), /Product: depth 2.5; type a whole number/);
  assert.throws(() => bias({ name: "Difference", depth: 1.5 }, {}), /type 1, or a number from 2 on/);
  assert.throws(() => bias({ name: "Transformer", depth: 2 }, {}), /type one of Difference/);
});
