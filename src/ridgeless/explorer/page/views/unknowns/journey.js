/** The button that lets the start shrink by itself. */

import { makeButton } from "../motion/buttons.js";
import { prefersStill } from "../motion/loop.js";

const MILLISECONDS = 7000;
const [FROM, TO] = [10, 1e-4];

/**
 * @param {HTMLElement} container
 * @param {(change: {scale: number}) => void} set
 */
export function makeJourney(container, set) {
  let playing = 0;
  const button = makeButton(container, "Play", () => (playing ? stop() : play()), "Watch the start shrink from 10 to 0.0001.");

  function play() {
    if (prefersStill()) {
      set({ scale: TO });
      return;
    }
    const began = performance.now();
    button.textContent = "Stop";
    const step = () => {
      const share = Math.min(1, (performance.now() - began) / MILLISECONDS);
      set({ scale: Number((FROM * (TO / FROM) ** share).toPrecision(3)) });
      if (share < 1) playing = requestAnimationFrame(step);
      else stop();
    };
    playing = requestAnimationFrame(step);
  }

  function stop() {
    cancelAnimationFrame(playing);
    playing = 0;
    button.textContent = "Play";
  }

  return { dispose: stop };
}
