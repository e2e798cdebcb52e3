/**
 * Formulas as MathML, which browsers typeset by themselves. A formula is written in a few marks of our own:
 * `x_1`, `u^D`, `x_1^2`, `{…}` for a group, `A x = b`; Greek letters and signs stand as themselves.
 */

const space = "http://www.w3.org/1998/Math/MathML";

/**
 * @param {string} formula
 * @param {string} [words] What a screen reader says; the formula itself where left out.
 * @returns {Element}
 */
export function mathml(formula, words = formula) {
  const root = document.createElementNS(space, "math");
  root.setAttribute("aria-label", words);
  const tokens = formula.match(/\d+(?:\.\d+)?|[A-Za-zΑ-ωϕ]|‖|\S/gu) ?? [];
  root.append(row(tokens, 0).element);
  return root;
}

/**
 * @param {string[]} tokens
 * @param {number} from
 * @returns {{element: Element, next: number}}
 */
function row(tokens, from) {
  const element = document.createElementNS(space, "mrow");
  let next = from;
  while (next < tokens.length && tokens[next] !== "}") {
    const base = atom(tokens, next);
    next = base.next;
    /** @type {Record<string, Element>} */
    const scripts = {};
    while (next < tokens.length && (tokens[next] === "_" || tokens[next] === "^")) {
      const script = atom(tokens, next + 1);
      scripts[tokens[next]] = script.element;
      next = script.next;
    }
    element.append(scripted(base.element, scripts));
  }
  return { element, next };
}

/**
 * @param {string[]} tokens
 * @param {number} from
 * @returns {{element: Element, next: number}}
 */
function atom(tokens, from) {
  const token = tokens[from] ?? "";
  if (token === "{") {
    const group = row(tokens, from + 1);
    return { element: group.element, next: group.next + 1 };
  }
  const kind = /^\d/.test(token) ? "mn" : /^[A-Za-zΑ-ωϕ∞]/u.test(token) ? "mi" : "mo";
  const element = document.createElementNS(space, kind);
  element.textContent = token === "-" ? "−" : token;
  return { element, next: from + 1 };
}

/**
 * @param {Element} base
 * @param {Record<string, Element>} scripts
 */
function scripted(base, scripts) {
  const { _: below, "^": above } = scripts;
  if (!below && !above) return base;
  const element = document.createElementNS(space, below && above ? "msubsup" : below ? "msub" : "msup");
  element.append(base, ...[below, above].filter(Boolean));
  return element;
}
