/** Every training method, in the order in which they are offered. */

import { adam } from "./adam.js";
import { gradientDescent } from "./gradient_descent.js";
import { gradientFlow } from "./gradient_flow.js";
import { momentum } from "./momentum.js";
import { normalised } from "./normalised.js";
import { sign } from "./sign.js";
import { stochastic } from "./stochastic.js";

export const methods = [gradientFlow, gradientDescent, stochastic, momentum, adam, sign, normalised];
