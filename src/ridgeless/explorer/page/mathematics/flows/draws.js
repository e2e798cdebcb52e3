/**
 * Which equations stochastic gradient descent looks at: the same draws from the same seed as the library, which takes
 * them from JAX. The generator is Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror and Shaw 2011, "Parallel random
 * numbers: as easy as 1, 2, 3"); a permutation comes from sorting by random keys.
 */

/** @typedef {[number, number]} Key two whole numbers below 2³² */

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
];
const PARITY = 0x1bd11bda;

/**
 * The key of a seed.
 * @param {number} seed a whole number of at least 0 and below 2⁵³
 * @returns {Key}
 */
export function keyOf(seed) {
  return [Math.floor(seed / 2 ** 32), seed >>> 0];
}

/**
 * Two random words from a key and a counter.
 * @param {Key} key
 * @param {number} high
 * @param {number} low
 * @returns {[number, number]}
 */
export function threefry(key, high, low) {
  const words = [key[0] | 0, key[1] | 0, key[0] ^ key[1] ^ PARITY];
  let first = (high + words[0]) | 0;
  let second = (low + words[1]) | 0;
  for (let group = 0; group < 5; group += 1) {
    for (const shift of ROTATIONS[group % 2]) {
      first = (first + second) | 0;
      second = ((second << shift) | (second >>> (32 - shift))) ^ first;
    }
    first = (first + words[(group + 1) % 3]) | 0;
    second = (second + words[(group + 2) % 3] + group + 1) | 0;
  }
  return [first >>> 0, second >>> 0];
}

/**
 * The index-th of the keys that a key splits into.
 * @param {Key} key
 * @param {number} index
 * @returns {Key}
 */
export function splitKey(key, index) {
  return threefry(key, 0, index);
}

/**
 * 0 … count − 1 in an order drawn from a key.
 * @param {Key} key
 * @param {number} count
 * @returns {number[]}
 */
export function permutation(key, count) {
  let order = Array.from({ length: count }, (_, i) => i);
  // Sorting keys may collide: so many rounds make it unlikely that two entries never part.
  const rounds = Math.ceil((3 * Math.log(Math.max(1, count))) / Math.log(2 ** 32 - 1));
  let current = key;
  for (let round = 0; round < rounds; round += 1) {
    const drawn = splitKey(current, 1);
    current = splitKey(current, 0);
    const sortKeys = order.map((_, i) => {
      const [high, low] = threefry(drawn, 0, i);
      return (high ^ low) >>> 0;
    });
    order = sortKeys
      .map((sortKey, i) => ({ sortKey, entry: order[i] }))
      .sort((one, two) => one.sortKey - two.sortKey)
      .map(({ entry }) => entry);
  }
  return order;
}
