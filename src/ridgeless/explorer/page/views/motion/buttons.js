/** Buttons beside a picture. */

/**
 * @param {HTMLElement} container
 * @param {string} words
 * @param {() => void} pressed
 * @param {string} [help]
 * @returns {HTMLButtonElement}
 */
export function makeButton(container, words, pressed, help = "") {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = words;
  if (help) button.title = help;
  button.addEventListener("click", pressed);
  container.append(button);
  return button;
}

/**
 * An element with a class, at the end of another.
 * @param {HTMLElement} container
 * @param {string} name of the element
 * @param {string} kind its class
 * @param {string} [words]
 * @returns {HTMLElement}
 */
export function addPart(container, name, kind, words = "") {
  const part = document.createElement(name);
  if (kind) part.className = kind;
  part.textContent = words;
  container.append(part);
  return part;
}
