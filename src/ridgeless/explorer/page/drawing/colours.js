/** Colours of both themes. Blue is what the theorem says, orange what an experiment does, in every view. */

/** @type {Record<"light" | "dark", import("../types.js").Palette>} */
const palettes = {
  light: {
    theme: "light",
    background: "#ffffff",
    panel: "#f5f6f8",
    ink: "#1b2330",
    muted: "#566070",
    faint: "#8b95a3",
    grid: "#e6e9ed",
    accent: "#1f5fae",
    prediction: "#1f5fae",
    training: "#c8500a",
    truth: "#1b2330",
    ghost: "#8b95a3",
    warning: "#a3164f",
    series: ["#1f5fae", "#c8500a", "#00805c", "#a6457f", "#7a6200", "#2b8fc4", "#566070"],
  },
  dark: {
    theme: "dark",
    background: "#12161d",
    panel: "#1a2029",
    ink: "#e9edf2",
    muted: "#a3aebc",
    faint: "#6f7b8a",
    grid: "#252d38",
    accent: "#7ab6ff",
    prediction: "#7ab6ff",
    training: "#ff9d57",
    truth: "#e9edf2",
    ghost: "#6f7b8a",
    warning: "#ff86ae",
    series: ["#7ab6ff", "#ff9d57", "#3fd0a4", "#e796c8", "#e2c24a", "#63cdf0", "#a3aebc"],
  },
};

/**
 * @param {"light" | "dark"} theme
 * @returns {import("../types.js").Palette}
 */
export function paletteOf(theme) {
  return palettes[theme];
}

/**
 * Gives the page's style sheet the colours of a palette.
 * @param {HTMLElement} root
 * @param {import("../types.js").Palette} palette
 */
export function dress(root, palette) {
  root.dataset.theme = palette.theme;
  root.style.colorScheme = palette.theme;
  for (const [name, colour] of Object.entries(palette)) {
    if (typeof colour === "string" && name !== "theme") root.style.setProperty(`--${name}`, colour);
  }
}

/**
 * A colour of the form #rrggbb with an opacity, as #rrggbbaa.
 * @param {string} colour
 * @param {number} opacity From 0 to 1.
 */
export function withOpacity(colour, opacity) {
  return (
    colour +
    Math.round(255 * opacity)
      .toString(16)
      .padStart(2, "0")
  );
}

/**
 * A colour on the way from one to another, both of the form #rrggbb.
 * @param {string} first
 * @param {string} second
 * @param {number} share 0 is the first, 1 the second.
 */
export function between(first, second, share) {
  let mixed = "#";
  for (const start of [1, 3, 5]) {
    const from = parseInt(first.slice(start, start + 2), 16);
    const to = parseInt(second.slice(start, start + 2), 16);
    mixed += Math.round(from + share * (to - from))
      .toString(16)
      .padStart(2, "0");
  }
  return mixed;
}
