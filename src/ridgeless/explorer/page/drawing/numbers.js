/** Numbers as a reader writes them. */

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/**
 * A power of ten: 10⁻³.
 * @param {number} exponent
 */
export function powerOfTen(exponent) {
  return exponent === 0 ? "1" : exponent === 1 ? "10" : `10${superscript(exponent)}`;
}

/**
 * A whole number as superscript.
 * @param {number} whole
 */
export function superscript(whole) {
  const digits = Array.from(String(Math.abs(whole)), (digit) => superscripts[Number(digit)]);
  return (whole < 0 ? "⁻" : "") + digits.join("");
}

/**
 * A number with at most so many significant digits, and a true minus sign: 0.0123, −1.5, 3.2·10⁻⁷.
 * @param {number} value
 * @param {number} [digits]
 */
export function plain(value, digits = 3) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size >= 1e-3 && size < 1e5) return sign + String(Number(size.toPrecision(digits)));
  const [mantissa, exponent] = size.toExponential(digits - 1).split("e");
  const leading = Number(mantissa);
  return `${sign}${leading === 1 ? "" : `${leading}·`}${powerOfTen(Number(exponent))}`;
}
