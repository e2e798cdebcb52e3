/**
 * The shapes of data of the mathematics. This module holds types alone.
 *
 * @typedef {import("../types.js").System} System
 * @typedef {import("../types.js").Network} Network
 * @typedef {import("../types.js").Theta} Theta
 *
 * @typedef {object} Bias What training from one start minimises over the solutions of A x = b.
 * @property {Potential} potential Φ, with what the start contributes: it is least, and 0, where training begins.
 * @property {string} citation Where the theorem stands.
 *
 * @typedef {object} Potential Φ(x) = Σ Φ_i(x_i), the Bregman divergence from x(0); x = ∇Φ*(Aᵀν) along all of training.
 * @property {number} size d
 * @property {(x: Float64Array) => Float64Array} values Φ_i(x_i) ≥ 0; ∞ for a sign that the start locks out.
 * @property {(x: Float64Array) => number} value Φ(x).
 * @property {(x: Float64Array) => Float64Array} gradient z = ∇Φ(x), 0 at the start; NaN for a sign that is locked out.
 * @property {(z: Float64Array) => number} conjugate Φ*(z), 0 at z = 0; ∞ outside the interval of z.
 * @property {(z: Float64Array) => Float64Array} coordinates x = ∇Φ*(z); ±∞ outside the interval of z.
 * @property {(z: Float64Array) => Float64Array} slopes dx/dz > 0.
 * @property {Float64Array} start x(0), where z = 0.
 * @property {Float64Array} upper The z_i at which x_i → +∞; ∞ where there is none.
 * @property {Float64Array} lower x_i → −∞ at z_i = −lower_i; ∞ where there is none.
 * @property {Int8Array} signs +1 or −1 where the start locks the sign of x_i, 0 where both are open.
 * @property {Uint8Array} frozen 1 where x_i never leaves 0.
 * @property {Mirror[]} parts The mirror maps, each of some coordinates.
 * @property {(z: ArrayLike<number>, to: Position) => void} place Fills z and the distances from the ends.
 *
 * @typedef {object} Mirror The mirror map of the coordinates `index`, which have one formula. It is evaluated from the
 *   distances rise = upper − z and fall = lower + z, since near an end of its interval z itself has lost digits that the
 *   distance still has. A map without ends counts them from 0: rise = −z, fall = z.
 * @property {Int32Array} index
 * @property {boolean} isEndless
 * @property {(k: number) => {upper: number, lower: number, sign: number}} ends Of coordinate index[k]; the sign is 0 where
 *   both are open.
 * @property {(at: Position, to: MirrorValues) => void} forward From z to x, slope and size.
 * @property {(x: Float64Array, to: MirrorValues) => void} inverse From x to z, rise, fall, slope and size.
 * @property {(at: Position, to: Float64Array) => void} energy Φ_i*, 0 at z = 0.
 *
 * @typedef {{z: Float64Array, rise: Float64Array, fall: Float64Array}} Position
 *
 * @typedef {object} MirrorValues Arrays over all d coordinates; a map fills its own entries.
 * @property {Float64Array} x
 * @property {Float64Array} z
 * @property {Float64Array} rise
 * @property {Float64Array} fall
 * @property {Float64Array} slope dx/dz
 * @property {Float64Array} size The sum of the sizes of the branches whose difference x is; ∞ for a straight line.
 *
 * @typedef {object} NetworkRules What one network is.
 * @property {Network["name"]} name
 * @property {string} citation Of its theorem.
 * @property {boolean} isDepthReal Whether every depth from 2 on has a theorem, or whole numbers alone.
 * @property {(scale: number, unknowns: number, depth: number) => Theta} constant
 * @property {(first: ArrayLike<number>, second: ArrayLike<number>, depth: number) => Theta} pair
 * @property {(theta: Theta, depth: number) => Float64Array} output
 * @property {(theta: Theta, gradient: ArrayLike<number>, depth: number) => Theta} pullBack
 * @property {(theta: Theta, depth: number) => Float64Array} tangentMetric
 * @property {(theta: Theta, depth: number) => Mirror[]} mirrors
 *
 * @typedef {"converged" | "stalled" | "signs" | "inconsistent"} Status `signs`: no solution has the signs that the start
 *   locks. `inconsistent`: A x = b has no solution. `stalled`: the best x is returned, and its residual tells.
 *
 * @typedef {object} Limit
 * @property {Float64Array} x Where training ends.
 * @property {Float64Array} dual ν, n numbers, with x = ∇Φ*(Aᵀν).
 * @property {number} gap Duality gap, relative to Φ(x): with rounding counted, the minimum is this close.
 * @property {number} distance Bound on ‖x − x∞‖/‖x‖ that the gap proves, rounding counted; ∞ where nothing is proved.
 * @property {number} residual ‖A x − b‖/‖b‖.
 * @property {number} steps Steps of Newton's method.
 * @property {Status} status
 * @property {string} message One sentence for a reader.
 * @property {SearchState | null} state From which the search for a limit nearby begins.
 *
 * @typedef {object} SearchState
 * @property {Float64Array} nu ν of the orthonormal equations.
 * @property {Float64Array} z
 * @property {Float64Array} rise
 * @property {Float64Array} fall
 * @property {Float64Array} upper Of the potential.
 * @property {Float64Array} lower
 *
 * @typedef {object} Vertex The end of ever smaller starts.
 * @property {Float64Array} x
 * @property {Float64Array} dual ν, with Aᵀν inside the box of prices.
 * @property {number} gap (price of x − bᵀν)/price of x, after ν has been shrunk into the box.
 * @property {number} residual
 * @property {Status} status
 * @property {string} message
 */

export {};
