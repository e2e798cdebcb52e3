/** Products of layers, entry by entry: their value and their derivatives. */

/**
 * w_1∘…∘w_L.
 *
 * @param {Float64Array[]} layers
 * @returns {Float64Array}
 */
export function multiplied(layers) {
  const result = Float64Array.from(layers[0]);
  for (let layer = 1; layer < layers.length; layer++) {
    for (let i = 0; i < result.length; i++) result[i] *= layers[layer][i];
  }
  return result;
}

/**
 * For each layer the product of the others, entry by entry.
 *
 * @param {Float64Array[]} layers
 * @returns {Float64Array[]}
 */
export function cofactors(layers) {
  return layers.map((_, layer) => {
    const others = layers.filter((_, other) => other !== layer);
    return others.length ? multiplied(others) : new Float64Array(layers[0].length).fill(1);
  });
}

/**
 * Σ_j ∏_{k≠j} w_k².
 *
 * @param {Float64Array[]} layers
 * @returns {Float64Array}
 */
export function squaredCofactors(layers) {
  const sum = new Float64Array(layers[0].length);
  for (const others of cofactors(layers)) {
    for (let i = 0; i < sum.length; i++) sum[i] += others[i] * others[i];
  }
  return sum;
}

/** The weights of one coordinate. @param {Float64Array[]} layers @param {number} i @returns {number[]} */
export function column(layers, i) {
  return layers.map((layer) => layer[i]);
}

/** Whether a coordinate ever moves: two layers at 0 leave no gradient. @param {number[]} weights @returns {boolean} */
export function moves(weights) {
  return weights.filter((weight) => weight === 0).length < 2;
}
