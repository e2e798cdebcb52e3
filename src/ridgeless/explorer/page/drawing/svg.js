/** An SVG document as a surface: what is drawn on it can be saved. */

const family = 'system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif';
const baselines = { top: 0.8, middle: 0.35, bottom: -0.2, alphabetic: 0 };

/**
 * @param {number} width
 * @param {number} height
 * @returns {import("../types.js").Surface & {document: (title: string, background: string) => string}}
 */
export function svgSurface(width, height) {
  /** @type {string[]} */
  let parts = [];
  let clips = 0;

  /**
   * @param {string} path
   * @param {import("../types.js").Style} style
   */
  const shape = (path, style) => parts.push(`<path d="${path}"${attributes(style)}/>`);

  return {
    width,
    height,
    clear() {
      parts = [];
    },
    polyline: (xs, ys, style) => void shape(pathOf(xs, ys), style),
    polygon: (xs, ys, style) => void shape(`${pathOf(xs, ys)}Z`, style),
    line: (x1, y1, x2, y2, style) => void shape(`M${short(x1)} ${short(y1)}L${short(x2)} ${short(y2)}`, style),
    circle: (x, y, radius, style) =>
      void parts.push(`<circle cx="${short(x)}" cy="${short(y)}" r="${short(radius)}"${attributes(style)}/>`),
    rectangle: (x, y, breadth, length, style) =>
      void parts.push(`<rect ${boxOf(x, y, breadth, length)}${attributes(style)}/>`),
    text: (x, y, words, lettering = {}) => void parts.push(letters(x, y, words, lettering)),
    raster(x, y, breadth, length, pixels) {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [pixels.columns, pixels.rows];
      const image = new ImageData(pixels.columns, pixels.rows);
      image.data.set(pixels.rgba);
      canvas.getContext("2d")?.putImageData(image, 0, 0);
      parts.push(
        `<image ${boxOf(x, y, breadth, length)} ` +
          `style="image-rendering:pixelated" preserveAspectRatio="none" href="${canvas.toDataURL()}"/>`,
      );
    },
    clip(x, y, breadth, length, draw) {
      const name = `clip${(clips += 1)}`;
      parts.push(
        `<clipPath id="${name}"><rect ${boxOf(x, y, breadth, length)}/></clipPath><g clip-path="url(#${name})">`,
      );
      draw();
      parts.push("</g>");
    },
    document: (title, background) =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
      `role="img"><title>${escaped(title)}</title><rect width="100%" height="100%" fill="${background}"/>` +
      `${parts.join("\n")}</svg>\n`,
  };
}

/** @param {number} value */
const short = (value) => String(Math.round(100 * value) / 100);

/** @param {number} x @param {number} y @param {number} width @param {number} height */
const boxOf = (x, y, width, height) =>
  `x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}"`;

/** @param {string} words */
function escaped(words) {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/**
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 */
function pathOf(xs, ys) {
  let path = "";
  let drawing = false;
  for (let i = 0; i < xs.length; i += 1) {
    const seen = Number.isFinite(xs[i]) && Number.isFinite(ys[i]);
    if (seen) path += `${drawing ? "L" : "M"}${short(xs[i])} ${short(ys[i])}`;
    drawing = seen;
  }
  return path;
}

/** @param {import("../types.js").Style} style */
function attributes(style) {
  let text = ` fill="${style.fill ?? "none"}"`;
  if (style.stroke) {
    text += ` stroke="${style.stroke}" stroke-width="${style.width ?? 1}" stroke-linejoin="round"`;
    if (style.cap) text += ` stroke-linecap="${style.cap}"`;
    if (style.dash) text += ` stroke-dasharray="${style.dash.join(" ")}"`;
  }
  return style.opacity === undefined ? text : `${text} opacity="${style.opacity}"`;
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} words
 * @param {import("../types.js").Lettering} lettering
 */
function letters(x, y, words, lettering) {
  const { size = 13, anchor = "start", baseline = "alphabetic", turn = 0 } = lettering;
  let text = `<text transform="translate(${short(x)} ${short(y)})${turn ? ` rotate(${-turn})` : ""}"`;
  text += ` dy="${short(size * baselines[baseline])}" font-family='${family}' font-size="${size}"`;
  text += ` text-anchor="${anchor}" fill="${lettering.fill ?? "#000000"}"`;
  if (lettering.bold) text += ' font-weight="600"';
  if (lettering.italic) text += ' font-style="italic"';
  if (lettering.halo)
    text += ` stroke="${lettering.halo}" stroke-width="4" stroke-linejoin="round" paint-order="stroke"`;
  return `${text}>${escaped(words)}</text>`;
}
