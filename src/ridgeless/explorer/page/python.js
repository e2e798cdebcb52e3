/** Numbers and lists as Python and TOML write them. */

/**
 * A float, with all its digits.
 * @param {unknown} value
 */
export function number(value) {
  const text = String(Number(value));
  return /^-?\d+$/.test(text) ? `${text}.0` : text.replace("e+", "e");
}

/**
 * @param {ArrayLike<unknown>} values
 */
export function list(values) {
  return `[${Array.from(values, number).join(", ")}]`;
}
