/** A small generator of random numbers with a seed: the same numbers in every browser. */

/**
 * @typedef {object} Generator
 * @property {() => number} uniform In [0, 1), with 32 random bits.
 * @property {() => number} normal Mean 0 and variance 1.
 * @property {(bound: number) => number} integer 0, 1, … bound − 1.
 * @property {() => number} sign −1 or +1.
 * @property {(items: number) => Int32Array} permutation Of 0 … items − 1.
 */

/**
 * xoshiro128** (Blackman and Vigna 2018), its state filled from the seed by splitmix32.
 *
 * @param {number} seed A whole number.
 * @returns {Generator}
 */
export function generator(seed) {
  const state = new Uint32Array(4);
  let filler = seed >>> 0;
  for (let word = 0; word < 4; word++) {
    filler = (filler + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(filler ^ (filler >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    state[word] = mixed ^ (mixed >>> 15);
  }
  const bits = () => nextWord(state);
  const uniform = () => bits() / 4294967296;
  let spare = NaN;
  return {
    uniform,
    normal() {
      if (!Number.isNaN(spare)) {
        const kept = spare;
        spare = NaN;
        return kept;
      }
      // Box and Muller 1958; 1 − u is never 0.
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    integer: (bound) => Math.floor(uniform() * bound),
    sign: () => (bits() & 1 ? 1 : -1),
    permutation(items) {
      const order = Int32Array.from({ length: items }, (_, index) => index);
      for (let last = items - 1; last > 0; last--) {
        const other = Math.floor(uniform() * (last + 1));
        [order[last], order[other]] = [order[other], order[last]];
      }
      return order;
    },
  };
}

/** @param {Uint32Array} state @returns {number} */
function nextWord(state) {
  const product = Math.imul(state[1], 5);
  const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
  const shifted = state[1] << 9;
  state[2] ^= state[0];
  state[3] ^= state[1];
  state[1] ^= state[2];
  state[0] ^= state[3];
  state[2] ^= shifted;
  state[3] = (state[3] << 11) | (state[3] >>> 21);
  return result;
}
