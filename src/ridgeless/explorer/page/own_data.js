/** A reader's own A and b: pasted, dropped or chosen, as a table of numbers or an archive of NumPy. */

import { arraysOf } from "./own_data/numpy.js";
import { Refusal, systemFrom } from "./own_data/checks.js";
import { tableOf } from "./own_data/table.js";
import { openDialog, paragraph } from "./dialog.js";

/**
 * @typedef {import("./types.js").System} System
 * @param {(system: System) => void} use
 */
export function askForData(use) {
  const area = document.createElement("textarea");
  area.placeholder = "2, 3, 3\nOne equation a line: the numbers of A, and b in the last column.";
  area.setAttribute("aria-label", "A and b as a table");
  area.spellcheck = false;
  const input = document.createElement("input");
  input.type = "file";
  input.accept = ".csv,.tsv,.txt,.npz";
  input.setAttribute("aria-label", "A file with A and b");
  const trouble = paragraph("", "error");
  trouble.setAttribute("role", "alert");
  const dialog = openDialog(
    "Your own A x = b",
    [
      paragraph(
        "Paste a table, drop a file on this window, or choose one: .csv with one equation a line and b as the last " +
          "column (or the column named b or y), or .npz with the arrays A and b. Nothing leaves this page.",
      ),
      area,
      input,
      trouble,
    ],
    [{ name: "Use it", primary: true, act: () => void accept(() => tableOf(area.value)) }],
  );

  /** @param {() => import("./own_data/checks.js").Found | Promise<import("./own_data/checks.js").Found>} read */
  async function accept(read) {
    try {
      const system = systemFrom(await read());
      dialog.close();
      use(system);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      trouble.textContent = error.message;
    }
  }
  /** @param {File | undefined} file */
  function open(file) {
    if (!file) return;
    void accept(async () =>
      /\.npz$/i.test(file.name) ? arraysOf(await file.arrayBuffer()) : tableOf(await file.text()),
    );
  }
  input.addEventListener("change", () => open(input.files?.[0]));
  dialog.addEventListener("dragover", (event) => event.preventDefault());
  dialog.addEventListener("drop", (event) => {
    event.preventDefault();
    open(event.dataTransfer?.files[0]);
  });
}
