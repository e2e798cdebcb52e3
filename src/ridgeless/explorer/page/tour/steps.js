/**
 * What the tour shows.
 *
 * @typedef {import("../types.js").State} State
 *
 * @typedef {object} Step
 * @property {string} title
 * @property {string} text
 * @property {Partial<State> & {view: string}} state What the step begins with.
 * @property {string} key The knob that moves.
 * @property {number} from
 * @property {number} to
 * @property {boolean} logarithmic
 */

/** @type {Step[]} */
export const steps = [
  {
    title: "The size of the start picks the answer",
    text:
      "Every point of the thick line solves the equation. Watch the scale shrink: the answer of training walks from" +
      " the shortest solution to the sparsest. Nothing else has changed. Now drag the slider yourself.",
    state: { view: "line" },
    key: "scale",
    from: 1,
    to: 0.001,
    logarithmic: true,
  },
  {
    title: "Depth makes it sudden",
    text:
      "The blue curves are the hidden cost that training minimises. With more layers they sharpen to a diamond, at " +
      "a start that is not even small.",
    state: { view: "line", scale: 0.25 },
    key: "depth",
    from: 2,
    to: 5,
    logarithmic: false,
  },
  {
    title: "A single weight can lock a sign",
    text:
      "Each unknown is a difference of two weights. Take away the weight that lifts x₁: at 0, x₁ can never become " +
      "positive. The shaded half of the plane is out of reach for training.",
    state: { view: "line", scale: 0.4 },
    key: "u1",
    from: 1,
    to: 0,
    logarithmic: false,
  },
  {
    title: "Two hundred unknowns, forty equations",
    text:
      "Almost all of the true solution is 0. From a large start training spreads the answer over all unknowns. From" +
      " a small start it finds the truth, though nobody asked for zeros.",
    state: { view: "unknowns", system: "sparse" },
    key: "scale",
    from: 1,
    to: 0.0001,
    logarithmic: true,
  },
  {
    title: "Not every method ends at the same place",
    text:
      "Here several methods run from one start. Larger steps move the end of gradient descent, and Adam and sign " +
      "descent go somewhere else altogether.",
    state: { view: "race" },
    key: "stepSize",
    from: 0.002,
    to: 0.05,
    logarithmic: true,
  },
  {
    title: "From a tiny start, unknowns enter one by one",
    text:
      "Training waits, then one unknown jumps in, then the next. Theory tells the moment of every jump, and here " +
      "training is held against it.",
    state: { view: "events" },
    key: "scale",
    from: 0.001,
    to: 1e-10,
    logarithmic: true,
  },
];
