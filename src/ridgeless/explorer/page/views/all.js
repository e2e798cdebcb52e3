/** Every view, in the order of the tabs. */

import { view as deep } from "./deep.js";
import { view as events } from "./events.js";
import { view as line } from "./line.js";
import { view as race } from "./race.js";
import { view as unknowns } from "./unknowns.js";

export const views = [line, unknowns, race, events, deep];
