/** What a race shows, in a sentence or two. */

import { plain } from "../../drawing/numbers.js";
import { distance } from "./contest.js";

/** @typedef {import("./contest.js").Contest} Contest */

// Nearer than this is the same point: training itself ends at a residual of 1e-8.
const SAME = 1e-6;
// A correction is worth a sentence where it takes away half of the distance.
const CLEARLY = 0.5;

/**
 * @param {Contest} contest
 * @param {boolean} isOver
 */
export function sentenceOf(contest, isOver) {
  const { runners, limit } = contest;
  if (runners.length === 0) return "Choose a method in the table.";
  if (limit.status !== "converged") return limit.message;
  if (!isOver) return "Every method began at the same weights, and all of them solve the same equations.";
  const arrived = runners.filter(({ status }) => status() === "converged");
  const away = arrived.map((runner) => ({ title: inSentence(runner.title), far: distance(runner.x(), limit.x) }));
  const same = away.filter(({ far }) => far <= SAME).map(({ title }) => title);
  const other = away.filter(({ far }) => far > SAME).sort((one, two) => two.far - one.far);
  const parts = [];
  if (same.length > 0)
    parts.push(`${capital(names(same))} ${same.length > 1 ? "end" : "ends"} where the theorem says.`);
  if (other.length > 0) {
    const count = other.length === 1 ? "One method has" : `${other.length} methods have`;
    const [{ far }] = other;
    const furthest = names(other.filter((each) => each.far > 0.99 * far).map(({ title }) => title));
    parts.push(
      `${count} found another solution of the same equations, ${furthest} furthest away, by ${plain(100 * far, 2)}\u00a0%.`,
    );
  }
  const lost = runners.filter(({ status }) => status() === "diverged").map(({ title }) => inSentence(title));
  if (lost.length > 0) parts.push(`The step is too long for ${names(lost)}.`);
  if (arrived.length === 0 && lost.length < runners.length)
    parts.push(`No ${lost.length > 0 ? "other " : ""}method has reached a solution within its steps.`);
  return [...parts, ...correctionOf(contest)].join(" ");
}

/**
 * A title within a sentence; Adam is a name.
 * @param {string} title
 */
const inSentence = (title) => (title === "Adam" ? title : title.toLowerCase());

/** @param {string} words */
const capital = (words) => words[0].toUpperCase() + words.slice(1);

/**
 * How much better the end is known once the steps are counted.
 * @param {Contest} contest
 */
function correctionOf({ runners, limit }) {
  for (const { title, corrected, status, x } of runners) {
    // What has not settled has no end yet that anything could explain.
    if (!corrected || status() !== "converged") continue;
    const [before, after] = [distance(x(), limit.x), distance(x(), corrected)];
    if (before <= SAME || after > CLEARLY * before) continue;
    const miss = `${title} misses flow’s end by ${plain(before, 2)}`;
    return [`${miss}, but the end that its finite steps explain by only ${plain(after, 1)}.`];
  }
  return [];
}

/** @param {string[]} titles */
function names(titles) {
  return titles.length > 1 ? `${titles.slice(0, -1).join(", ")} and ${titles[titles.length - 1]}` : titles[0];
}
