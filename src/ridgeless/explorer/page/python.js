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

// A larger matrix is read from the reader's own file, and not written out.
const mostNumbers = 3000;

/**
 * Lines of Python that make `system`.
 * @param {import("./types.js").System} system
 * @returns {string[]}
 */
export function systemLines(system) {
  if (system.python !== null) return [`system = ${system.python}`];
  const { A, b, equations, unknowns } = system;
  if (A.length > mostNumbers) {
    return [
      'arrays = np.load("system.npz")  # your file, with the arrays A and b',
      'system = rl.LinearSystem(arrays["A"], arrays["b"])',
    ];
  }
  const rows = Array.from(
    { length: equations },
    (_, row) => `    ${list(A.subarray(row * unknowns, (row + 1) * unknowns))},`,
  );
  return ["A = np.array([", ...rows, "])", `b = np.array(${list(b)})`, "system = rl.LinearSystem(A, b)"];
}

/**
 * A study of one run on a system, with the files that it reads.
 * @param {import("./types.js").System} system
 * @param {{network: string, init: string, methods?: string}} run Tables and a list, as TOML writes them.
 * @returns {{toml: string, files: Record<string, string>}}
 */
export function studyOf(system, { network, init, methods = '["limit"]' }) {
  const { toml, files } = problemTable(system);
  const run = ["[[runs]]", `network = ${network}`, `init = ${init}`, `methods = ${methods}`, ""];
  return { toml: [toml, ...run].join("\n"), files };
}

/**
 * The beginning of a study on the same system: its seed and its table `problem`, and the files that it reads.
 * @param {import("./types.js").System} system
 * @returns {{toml: string, files: Record<string, string>}}
 */
export function problemTable(system) {
  if (system.toml !== null) return { toml: `name = "${system.name}"\n${system.toml}`, files: {} };
  const { A, b, equations, unknowns } = system;
  if (A.length > mostNumbers) {
    return { toml: 'name = "system"\n[problem]\npath = "system.npz"  # your file, with the arrays A and b', files: {} };
  }
  const names = Array.from({ length: unknowns }, (_, column) => `x${column + 1}`);
  const rows = Array.from({ length: equations }, (_, row) =>
    [...A.subarray(row * unknowns, (row + 1) * unknowns), b[row]].map(String).join(","),
  );
  return {
    toml: 'name = "system"\n[problem]\npath = "system.csv"\nvector = "b"',
    files: { "system.csv": `${[...names, "b"].join(",")}\n${rows.join("\n")}\n` },
  };
}
