/** Every view, in the order of the tabs. */

import { view as deep } from "./deep.js";
import { view as events } from "./events.js";
import { view as line } from "./line.js";
import { view as race } from "./race.js";

export const views = [line, race, events, deep];
