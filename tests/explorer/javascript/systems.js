/** Systems for the tests: Gaussian equations with a truth of a chosen kind. */

import { product } from "../../../src/ridgeless/explorer/page/mathematics/linear_algebra.js";
import { generator } from "../../../src/ridgeless/explorer/page/mathematics/random.js";

/** `kind` is "sparse", "dense" or "positive"; `nonzeros` is how many entries of a sparse truth are not 0. */
export function gaussian(equations, unknowns, seed, kind = "sparse", nonzeros = Math.ceil(equations / 8)) {
  const { normal, permutation } = generator(seed);
  const A = Float64Array.from({ length: equations * unknowns }, () => normal() / Math.sqrt(equations));
  const truth = new Float64Array(unknowns);
  if (kind === "sparse") for (const i of permutation(unknowns).subarray(0, nonzeros)) truth[i] = 0.5 + Math.abs(normal());
  else for (let i = 0; i < unknowns; i += 1) truth[i] = kind === "positive" ? 0.2 + Math.abs(normal()) : normal();
  return named({ equations, unknowns, A, b: product(A, equations, unknowns, truth), truth });
}

export function named(system) {
  return { name: "test", title: "test", truth: null, image: null, python: null, toml: null, ...system };
}
