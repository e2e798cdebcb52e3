/**
 * Curves of the plane of two unknowns: level sets of Φ, the path that the theorem predicts, and the line of solutions.
 *
 * @typedef {import("../../mathematics/types.js").Potential} Potential
 * @typedef {{xs: Float64Array, ys: Float64Array}} Curve
 */

const TABLE = 220;
const DECADES = 13;
const QUARTER = 72;

/**
 * Closed curves Φ = level around the start, the smallest level first.
 *
 * Φ is a sum over the coordinates. So a level set is traced by what share of the level the first coordinate takes: from
 * nothing to all, in each of the four quadrants around the start. Corners are met exactly.
 * @param {Potential} potential
 * @param {Float64Array} start Where Φ is 0.
 * @param {number[]} levels
 * @param {number} reach How far from the start curves are needed.
 * @returns {Curve[]}
 */
export function levelSets(potential, start, levels, reach) {
  const [left, right] = [-1, 1].map((sign) => sideTables(potential, start, sign * reach));
  return levels.map((level) => {
    const xs = new Float64Array(4 * QUARTER);
    const ys = new Float64Array(4 * QUARTER);
    for (let i = 0; i < 4 * QUARTER; i += 1) {
      const angle = (Math.PI / 2) * (i / QUARTER);
      const share = Math.cos(angle) ** 2;
      xs[i] = start[0] + distanceAt((Math.cos(angle) < 0 ? left : right)[0], level * share);
      ys[i] = start[1] + distanceAt((Math.sin(angle) < 0 ? left : right)[1], level * (1 - share));
    }
    return { xs, ys };
  });
}

/**
 * Φ_i at distances from the start that grow geometrically, for both coordinates, on one side.
 * @param {Potential} potential
 * @param {Float64Array} start
 * @param {number} reach Negative to the left.
 * @returns {Table[]}
 *
 * @typedef {{distances: Float64Array, logs: Float64Array, values: Float64Array, side: number}} Table
 */
function sideTables(potential, start, reach) {
  const side = Math.sign(reach);
  const columns = [0, 1].map((i) => {
    // Where a sign is locked, Φ ends at 0, and a distance that leads there exactly is among those of the table.
    const border = -side * start[i];
    const grown = Array.from({ length: TABLE }, (_, k) => Math.abs(reach) * 10 ** (DECADES * (k / (TABLE - 1) - 1)));
    return border > 0 && border < Math.abs(reach)
      ? [...grown, border].sort((a, b) => a - b)
      : [...grown, Math.abs(reach)];
  });
  const values = [new Float64Array(TABLE + 1), new Float64Array(TABLE + 1)];
  for (let k = 0; k <= TABLE; k += 1) {
    const at = Float64Array.of(start[0] + side * columns[0][k], start[1] + side * columns[1][k]);
    if (columns[0][k] === -side * start[0]) at[0] = 0;
    if (columns[1][k] === -side * start[1]) at[1] = 0;
    potential.values(at).forEach((value, i) => (values[i][k] = value));
  }
  return columns.map((column, i) => ({
    side,
    distances: Float64Array.from(column),
    logs: values[i].map(Math.log),
    values: values[i],
  }));
}

/**
 * The signed distance from the start at which Φ_i has a value, by a power law between two entries of the table.
 * @param {Table} table
 * @param {number} value
 */
function distanceAt({ distances, logs, values, side }, value) {
  if (!(value > 0)) return 0;
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < value) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return side * (Number.isFinite(values[0]) ? distances[0] : 0);
  const before = low - 1;
  if (low === values.length || !Number.isFinite(values[low])) return side * distances[before];
  if (!(values[before] > 0)) return side * distances[low];
  const share = (Math.log(value) - logs[before]) / (logs[low] - logs[before]);
  return side * distances[before] * (distances[low] / distances[before]) ** share;
}

/**
 * x = ∇Φ*(Aᵀν) for ν from 0 to that of the limit: the whole path of gradient flow, without its time.
 * @param {Potential} potential
 * @param {Float64Array} row A, which has one row.
 * @param {number} dual ν at the limit.
 * @param {number} fine How far points that follow each other may be apart.
 * @returns {Curve}
 */
export function predictedPath(potential, row, dual, fine) {
  /** @type {Float64Array[]} */
  const points = [];
  const at = (/** @type {number} */ share) => potential.coordinates(row.map((entry) => entry * dual * share));
  /**
   * @param {number} from
   * @param {Float64Array} first
   * @param {number} to
   * @param {Float64Array} last
   * @param {number} depth
   */
  function refine(from, first, to, last, depth) {
    if (depth > 0 && !(Math.hypot(last[0] - first[0], last[1] - first[1]) < fine)) {
      const middle = (from + to) / 2;
      const found = at(middle);
      refine(from, first, middle, found, depth - 1);
      refine(middle, found, to, last, depth - 1);
    } else points.push(last);
  }
  const [first, last] = [at(0), at(1)];
  points.push(first);
  refine(0, first, 1, last, 24);
  return { xs: Float64Array.from(points, (point) => point[0]), ys: Float64Array.from(points, (point) => point[1]) };
}

/**
 * The piece of the line a·x = b inside a square around the origin; null where the line misses it.
 * @param {Float64Array} row
 * @param {number} rhs
 * @param {number} half Half the side of the square.
 * @returns {[[number, number], [number, number]] | null}
 */
export function lineInSquare(row, rhs, half) {
  const size = Math.hypot(row[0], row[1]);
  const foot = [(row[0] * rhs) / size ** 2, (row[1] * rhs) / size ** 2];
  const along = [-row[1] / size, row[0] / size];
  let [from, to] = [-Infinity, Infinity];
  for (const i of [0, 1]) {
    if (along[i] === 0) {
      if (Math.abs(foot[i]) > half) return null;
      continue;
    }
    const ends = [(-half - foot[i]) / along[i], (half - foot[i]) / along[i]].sort((a, b) => a - b);
    from = Math.max(from, ends[0]);
    to = Math.min(to, ends[1]);
  }
  if (!(from < to)) return null;
  const point = (/** @type {number} */ t) =>
    /** @type {[number, number]} */ ([foot[0] + t * along[0], foot[1] + t * along[1]]);
  return [point(from), point(to)];
}

/**
 * a and b of the line through two points, with the larger of |a₁| and |a₂| as given, in three decimals.
 * @param {[number, number]} first
 * @param {[number, number]} second
 * @param {number} largest
 * @returns {{a1: number, a2: number, b: number} | null} Null where the points are too close.
 */
export function lineThrough(first, second, largest) {
  const across = [second[1] - first[1], first[0] - second[0]];
  const size = Math.max(Math.abs(across[0]), Math.abs(across[1]));
  if (size < 1e-3) return null;
  let factor = largest / size;
  if (factor * (across[0] * first[0] + across[1] * first[1]) < 0) factor = -factor;
  const [a1, a2] = across.map((entry) => round(factor * entry));
  return { a1, a2, b: round(a1 * first[0] + a2 * first[1]) };
}

/** @param {number} value */
const round = (value) => Math.round(1000 * value) / 1000 + 0;
