/** Every view, in the order of the tabs. */

import { view as events } from "./events.js";
import { view as line } from "./line.js";

export const views = [line, events];
