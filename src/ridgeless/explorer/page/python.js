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
 * Theta as the keys and values that Python and TOML write it in: single arrays, or lists of layers.
 * @param {import("./types.js").Theta} theta
 * @returns {[string, string][]}
 */
function entriesOf(theta) {
  return Object.entries(theta).map(([name, layers]) => {
    const isLayered = name === "layers" || name === "plus" || name === "minus";
    return [name, isLayered ? `[${layers.map(list).join(", ")}]` : list(layers[0])];
  });
}

/**
 * Theta as Python writes it.
 * @param {import("./types.js").Theta} theta
 */
export function thetaOf(theta) {
  return `{${entriesOf(theta).map(([name, values]) => `"${name}": np.array(${values})`).join(", ")}}`;
}

/**
 * Theta as the init of a study.
 * @param {import("./types.js").Theta} theta
 */
export function weightsTable(theta) {
  return initTable(entriesOf(theta));
}

/**
 * The init of a study from given weights.
 * @param {[string, string][]} entries
 */
export function initTable(entries) {
  return `{name = "Weights", theta = {${entries.map(([name, values]) => `${name} = ${values}`).join(", ")}}}`;
}

/**
 * A flow as TOML writes it, from what Python calls: rl.flows.Adam(step_size=0.1) is {flow = "Adam", step_size = 0.1}.
 * @param {string} call
 * @param {number} mostSteps
 */
export function flowTable(call, mostSteps) {
  const [, name, fields] = /rl\.flows\.(\w+)\((.*)\)/.exec(call) ?? ["", "", ""];
  const settings = fields.split(", ").filter(Boolean).map((field) => field.replace("=", " = "));
  return `{${[`flow = "${name}"`, ...settings, `max_steps = ${mostSteps}`].join(", ")}}`;
}

/**
 * A study of one run on a system, with the files that it reads.
 * @param {import("./types.js").System} system
 * @param {{network: string, init: string, methods?: string, tolerance?: number}} run Tables and a list, as TOML writes
 *   them, and the residual at which training stops.
 * @returns {{toml: string, files: Record<string, string>}}
 */
export function studyOf(system, { network, init, methods = '["limit"]', tolerance }) {
  const { toml, files } = problemTable(system, tolerance);
  const run = ["[[runs]]", `network = ${network}`, `init = ${init}`, `methods = ${methods}`, ""];
  return { toml: [toml, ...run].join("\n"), files };
}

/**
 * The beginning of a study on the same system: its seed and its table `problem`, and the files that it reads.
 * @param {import("./types.js").System} system
 * @param {number} [tolerance] at which training stops
 * @returns {{toml: string, files: Record<string, string>}}
 */
function problemTable(system, tolerance) {
  const head = [`name = "${system.name}"`, ...(tolerance ? [`tol = ${number(tolerance)}`] : [])].join("\n");
  if (system.toml !== null) return { toml: `${head}\n${system.toml}`, files: {} };
  const { A, b, equations, unknowns } = system;
  if (A.length > mostNumbers) {
    return { toml: `${head}\n[problem]\npath = "system.npz"  # your file, with the arrays A and b`, files: {} };
  }
  const names = Array.from({ length: unknowns }, (_, column) => `x${column + 1}`);
  const rows = Array.from({ length: equations }, (_, row) =>
    [...A.subarray(row * unknowns, (row + 1) * unknowns), b[row]].map(String).join(","),
  );
  return {
    toml: `${head}\n[problem]\npath = "system.csv"\nvector = "b"`,
    files: { "system.csv": `${[...names, "b"].join(",")}\n${rows.join("\n")}\n` },
  };
}
