/** Where the page begins. */

import { openShell } from "./shell.js";
import { readSystems } from "./systems.js";
import { views } from "./views/all.js";

if (typeof document !== "undefined") {
  openShell(views, readSystems(), () => Promise.reject(new Error("there is no worker")), "");
}
