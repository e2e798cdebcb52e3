import assert from "node:assert/strict";
import { test } from "node:test";

import { certificate } from "../../../src/ridgeless/explorer/page/mathematics/certificate.js";
import { equationsOf } from "../../../src/ridgeless/explorer/page/mathematics/equations.js";
import { lazyLimit } from "../../../src/ridgeless/explorer/page/mathematics/lazy.js";
import { limit } from "../../../src/ridgeless/explorer/page/mathematics/limit.js";
import { product, transposedProduct } from "../../../src/ridgeless/explorer/page/mathematics/linear_algebra.js";
import { bias, constantStart, output, pairStart, pullBack } from "../../../src/ridgeless/explorer/page/mathematics/networks.js";
import { iterateAt } from "../../../src/ridgeless/explorer/page/mathematics/newton.js";
import { generator } from "../../../src/ridgeless/explorer/page/mathematics/random.js";
import { minimumNorm } from "../../../src/ridgeless/explorer/page/mathematics/row_space.js";
import { difference, norm } from "../../../src/ridgeless/explorer/page/mathematics/vectors.js";
import { gaussian, named } from "./systems.js";

const DEEP = ["Difference", "Product", "TwoBranch", "Power"].flatMap((name) => [2, 3, 4, 6].map((depth) => ({ name, depth })));
const NETWORKS = [{ name: "Direct", depth: 1 }, ...DEEP];

const relative = (found, wanted) => norm(difference(found, wanted)) / norm(wanted);
const titleOf = ({ name, depth }) => `${name}(${depth})`;

function solved(system, network, scale, warm = null) {
  return limit(system, bias(network, constantStart(network, scale, system.unknowns)), warm);
}

/** ‖A x − b‖/‖b‖, beside what rounding of a large x makes of it. */
function misses({ A, b, equations, unknowns }, x) {
  return norm(difference(product(A, equations, unknowns, x), b)) / (norm(b) + 1e-3 * norm(x));
}

test("a cost that overflows is never called proved", () => {
  const { A, b, ...system } = gaussian(3, 6, 1, "dense");
  const [tiny, huge] = [A.map((entry) => 1e-150 * entry), b.map((entry) => 1e150 * entry)];
  const found = solved({ ...system, A: tiny, b: huge }, { name: "Difference", depth: 2 }, 0.1);
  assert.equal(found.status, "stalled", found.message);
});

test("every limit solves the system and has a gradient in the row space of A", () => {
  for (const kind of ["sparse", "dense", "positive"]) {
    const system = gaussian(12, 40, 3, kind);
    for (const network of NETWORKS) {
      if (network.name === "Power" && kind === "dense") continue;
      for (const scale of [10, 1, 0.1, 0.02]) {
        const found = solved(system, network, scale);
        const told = `${titleOf(network)} at ${scale}, ${kind}: ${found.message}`;
        assert.equal(found.status, "converged", told);
        assert.ok(misses(system, found.x) <= 1e-12, told);
        const { potential } = bias(network, constantStart(network, scale, 40));
        const back = potential.coordinates(transposedProduct(system.A, 12, 40, found.dual));
        // Near the ends of its interval z has lost digits, and the more of them the deeper the network is.
        if (network.depth < 4 || scale >= 0.1) assert.ok(relative(back, found.x) <= 1e-8, told);
        assert.ok(found.gap <= 1e-12, `${told}: gap ${found.gap}`);
        assert.ok(found.distance <= 1e-8, `${told}: distance ${found.distance}`);
      }
    }
  }
});

test("the limit is where gradient descent with small steps ends", () => {
  const system = gaussian(2, 5, 5, "positive");
  for (const network of DEEP) {
    const { normal } = generator(11);
    const first = Float64Array.from({ length: 5 }, () => 0.6 + 0.1 * normal());
    const second = Float64Array.from({ length: 5 }, () => 0.4 + 0.1 * normal());
    const start = pairStart(network, first, second);
    const found = limit(system, bias(network, start));
    // What a finite step adds is of the order of the step: two step sizes tell the limit of none.
    const [coarse, fine] = [2e-3, 1e-3].map((step) => descended(system, network, start, step));
    const extrapolated = fine.map((value, i) => 2 * value - coarse[i]);
    assert.ok(relative(found.x, extrapolated) <= 2e-4, `${titleOf(network)}: ${relative(found.x, extrapolated)}`);
  }
});

function descended(system, network, start, step) {
  let theta = start;
  for (let count = 0; count < 40_000; count += 1) {
    const misfit = difference(product(system.A, 2, 5, output(network, theta)), system.b);
    if (norm(misfit) < 1e-9) break;
    const slope = pullBack(network, theta, transposedProduct(system.A, 2, 5, misfit));
    theta = Object.fromEntries(
      Object.entries(theta).map(([key, layers]) => [key, layers.map((w, j) => w.map((v, i) => v - step * slope[key][j][i]))]),
    );
  }
  return output(network, theta);
}

test("a drag from 100 to 1e-12 and back arrives at every scale, as a search from nothing does", () => {
  for (const kind of ["sparse", "dense"]) {
    const system = gaussian(16, 60, 8, kind, 3);
    for (const network of NETWORKS) {
      if (network.name === "Power" && kind === "dense") continue;
      const scales = Array.from({ length: 15 }, (_, k) => 10 ** (2 - k));
      let warm = null;
      for (const scale of [...scales, ...[...scales].reverse()]) {
        const dragged = solved(system, network, scale, warm);
        const cold = solved(system, network, scale);
        const told = `${titleOf(network)} at ${scale}, ${kind}`;
        assert.equal(dragged.status, "converged", told);
        assert.equal(cold.status, "converged", told);
        assert.ok(relative(dragged.x, cold.x) <= 1e-10, `${told}: ${relative(dragged.x, cold.x)}`);
        warm = dragged;
      }
    }
  }
});

test("a limit nearby saves steps, and one of another kind of start does no harm", () => {
  const system = gaussian(20, 80, 2);
  const near = solved(system, DEEP[0], 0.011);
  const cold = solved(system, DEEP[0], 0.01);
  const warm = solved(system, DEEP[0], 0.01, near);
  assert.ok(warm.steps <= 4 && warm.steps < cold.steps, `${warm.steps} steps, ${cold.steps} from nothing`);
  const product3 = { name: "Product", depth: 3 };
  assert.ok(relative(solved(system, product3, 0.01, near).x, solved(system, product3, 0.01).x) <= 1e-11);
});

test("a limit of locked signs is no beginning for a network with poles on both sides, and is passed over", () => {
  const system = gaussian(40, 200, 3);
  const locked = solved(system, { name: "Power", depth: 4 }, 0.008);
  for (const network of [{ name: "Difference", depth: 6 }, { name: "Product", depth: 3 }]) {
    const found = solved(system, network, 1e-9, locked);
    assert.ok(misses(system, found.x) <= 1e-11, titleOf(network));
    assert.ok(relative(found.x, solved(system, network, 1e-9).x) <= 1e-9, titleOf(network));
  }
});

test("depths between the whole ones join them", () => {
  const system = gaussian(6, 20, 4);
  const [two, above] = [2, 2.0001].map((depth) => solved(system, { name: "Difference", depth }, 0.1).x);
  assert.ok(relative(above, two) < 1e-3);
  const [below, three] = [2.9999, 3].map((depth) => solved(system, { name: "Power", depth }, 0.1).x);
  assert.ok(relative(below, three) < 1e-3);
});

test("the proof's distance holds for a ν that is wrong, and grows with the mistake", () => {
  const system = gaussian(12, 40, 6);
  const equations = equationsOf(system);
  const { normal } = generator(1);
  for (const network of [{ name: "Difference", depth: 2 }, { name: "Difference", depth: 3 }, { name: "Power", depth: 2 }]) {
    const { potential } = bias(network, constantStart(network, 0.1, 40));
    const exact = limit(system, bias(network, constantStart(network, 0.1, 40)));
    for (const size of [1e-10, 1e-7, 1e-4]) {
      const nu = exact.state.nu.map((value) => value * (1 + size * normal()));
      const at = iterateAt(equations, potential, exact.x, nu, equations.right).at;
      const proof = certificate(system, equations, potential, { at, nu });
      const apart = relative(at.x, exact.x);
      assert.ok(apart > 1e-12 && proof.distance >= 0.99 * apart, `${titleOf(network)}: ${apart}, proved ${proof.distance}`);
      assert.ok(proof.distance >= 0.05 * size, `${titleOf(network)}: ${proof.distance} for a mistake of ${size}`);
    }
  }
});

test("signs that no solution has are told", () => {
  const system = named({ equations: 1, unknowns: 2, A: Float64Array.of(1, 2), b: Float64Array.of(-1) });
  assert.equal(solved(system, { name: "Power", depth: 2 }, 0.1).status, "signs");
  assert.equal(limit(system, bias({ name: "Product", depth: 3 }, { layers: [0, 0, 1].map((w) => Float64Array.of(w, w)) })).status, "signs");
});

test("the only solution with the locked signs is found at every scale", () => {
  const system = gaussian(24, 40, 9, "sparse", 2);
  for (const scale of [100, 1, 1e-6]) {
    const found = solved(system, { name: "Power", depth: 3 }, scale);
    assert.equal(found.status, "converged");
    assert.ok(relative(found.x, system.truth) < 1e-10, `${scale}: ${relative(found.x, system.truth)}`);
    assert.ok(found.distance < 1e-10);
  }
});

test("equations that contradict each other are told, and those that repeat do no harm", () => {
  const A = Float64Array.of(1, 2, 3, 2, 4, 6);
  const contradictory = named({ equations: 2, unknowns: 3, A, b: Float64Array.of(1, 5) });
  assert.equal(solved(contradictory, DEEP[0], 0.1).status, "inconsistent");
  const repeated = named({ equations: 2, unknowns: 3, A, b: Float64Array.of(1, 2) });
  const once = named({ equations: 1, unknowns: 3, A: A.slice(0, 3), b: Float64Array.of(1) });
  assert.ok(relative(solved(repeated, DEEP[0], 0.1).x, solved(once, DEEP[0], 0.1).x) < 1e-12);
});

test("large starts end at the lazy limit, which for these is the shortest solution", () => {
  const system = gaussian(6, 20, 10, "dense");
  for (const network of [DEEP[0], DEEP[1], DEEP[4], DEEP[8]]) {
    const lazy = lazyLimit(system, network, constantStart(network, 50, 20));
    assert.ok(relative(lazy, minimumNorm(system)) < 1e-12);
    assert.ok(relative(solved(system, network, 50).x, lazy) < 1e-4);
  }
  const tilted = pairStart({ name: "Difference", depth: 2 }, new Float64Array(20).fill(2), Float64Array.from({ length: 20 }, (_, i) => 1 + (i % 3)));
  const lazy = lazyLimit(system, { name: "Difference", depth: 2 }, tilted);
  assert.ok(misses(system, lazy) < 1e-12);
  assert.ok(relative(lazy, minimumNorm(system)) > 0.1);
});

test("any start of two unknowns has its limit, which no point of the line undercuts", () => {
  const { uniform, normal, integer } = generator(21);
  const told = { converged: 0, signs: 0 };
  for (let count = 0; count < 1500; count += 1) {
    const name = ["Difference", "Power", "Product", "TwoBranch", "Direct"][integer(5)];
    const isBetween = ["Difference", "Power"].includes(name) && uniform() < 0.4;
    const depth = name === "Direct" ? 1 : isBetween ? 2 + 4 * uniform() : 2 + integer(5);
    const scale = 10 ** (-5 + 5 * uniform());
    const weight = () => (isBetween || uniform() > 0.3 ? 1 : -1) * (uniform() < 0.1 ? 0 : 3 * uniform()) * scale;
    const start = pairStart({ name, depth }, [weight(), weight()], [weight(), weight()]);
    const system = named({ equations: 1, unknowns: 2, A: Float64Array.of(normal(), normal()), b: Float64Array.of(3 * normal()) });
    const theorem = bias({ name, depth }, start);
    const found = limit(system, theorem);
    const case_ = `${name}(${depth}) from ${JSON.stringify(start)} on ${system.A} = ${system.b}`;
    told[found.status] += 1;
    assert.ok(found.status in told, `${case_}: ${found.message}`);
    if (found.status === "signs") continue;
    assert.ok(misses(system, found.x) < 1e-10, case_);
    const [a1, a2] = system.A;
    const least = theorem.potential.value(found.x);
    for (const move of [1e-2, -1e-2]) {
      const length = (move * norm(found.x)) / Math.hypot(a1, a2);
      const other = theorem.potential.value(Float64Array.of(found.x[0] - a2 * length, found.x[1] + a1 * length));
      assert.ok(other >= least * (1 - 1e-5), `${case_}: Φ falls from ${least} to ${other}`);
    }
  }
  assert.ok(told.converged > 1200 && told.signs > 50, JSON.stringify(told));
});
