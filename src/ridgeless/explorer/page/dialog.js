/** Dialogs: a title, some content, and a row of buttons. Escape and the last button close them. */

/**
 * @param {string} title
 * @param {(Node | string)[]} content
 * @param {{name: string, primary?: boolean, act: (close: () => void) => void}[]} buttons
 * @returns {HTMLDialogElement} Open.
 */
export function openDialog(title, content, buttons) {
  const dialog = document.createElement("dialog");
  const heading = document.createElement("h2");
  heading.id = "dialog-title";
  heading.textContent = title;
  dialog.setAttribute("aria-labelledby", heading.id);
  const row = document.createElement("div");
  row.className = "buttons";
  for (const { name, primary, act } of [...buttons, { name: "Close", primary: false, act: () => dialog.close() }]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.classList.toggle("primary", Boolean(primary));
    button.addEventListener("click", () => act(() => dialog.close()));
    row.append(button);
  }
  dialog.append(heading, ...content, row);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/**
 * A paragraph.
 * @param {string} words
 * @param {string} [kind] Its class.
 */
export function paragraph(words, kind = "") {
  const element = document.createElement("p");
  element.textContent = words;
  element.className = kind;
  return element;
}
