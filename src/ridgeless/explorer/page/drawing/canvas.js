/** A canvas as a surface, sharp on screens of any density. */

const family = 'system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif';

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number} width In CSS pixels.
 * @param {number} height
 * @param {number} [density] Pixels of the device in one of CSS.
 * @returns {import("../types.js").Surface}
 */
export function canvasSurface(canvas, width, height, density = globalThis.devicePixelRatio || 1) {
  const pixels = [Math.round(width * density), Math.round(height * density)];
  if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) [canvas.width, canvas.height] = pixels;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const found = canvas.getContext("2d");
  if (found === null) throw new Error("This browser has no canvas to draw on.");
  const pen = found;
  pen.setTransform(density, 0, 0, density, 0, 0);

  /** @param {import("../types.js").Style} style */
  function paint(style) {
    pen.globalAlpha = style.opacity ?? 1;
    if (style.fill) {
      pen.fillStyle = style.fill;
      pen.fill();
    }
    if (style.stroke) {
      pen.strokeStyle = style.stroke;
      pen.lineWidth = style.width ?? 1;
      pen.lineJoin = "round";
      pen.lineCap = style.cap ?? "butt";
      pen.setLineDash(style.dash ?? []);
      pen.stroke();
    }
    pen.globalAlpha = 1;
  }

  /**
   * @param {ArrayLike<number>} xs
   * @param {ArrayLike<number>} ys
   */
  function trace(xs, ys) {
    pen.beginPath();
    let drawing = false;
    for (let i = 0; i < xs.length; i += 1) {
      const seen = Number.isFinite(xs[i]) && Number.isFinite(ys[i]);
      if (seen && drawing) pen.lineTo(xs[i], ys[i]);
      else if (seen) pen.moveTo(xs[i], ys[i]);
      drawing = seen;
    }
  }

  return {
    width,
    height,
    clear: () => pen.clearRect(0, 0, width, height),
    polyline(xs, ys, style) {
      trace(xs, ys);
      paint(style);
    },
    polygon(xs, ys, style) {
      trace(xs, ys);
      pen.closePath();
      paint(style);
    },
    line(x1, y1, x2, y2, style) {
      pen.beginPath();
      pen.moveTo(x1, y1);
      pen.lineTo(x2, y2);
      paint(style);
    },
    circle(x, y, radius, style) {
      pen.beginPath();
      pen.arc(x, y, radius, 0, 2 * Math.PI);
      paint(style);
    },
    rectangle(x, y, breadth, length, style) {
      pen.beginPath();
      pen.rect(x, y, breadth, length);
      paint(style);
    },
    text(x, y, words, lettering = {}) {
      const { anchor = "start", baseline = "alphabetic", size = 13 } = lettering;
      pen.save();
      pen.translate(x, y);
      pen.rotate((-(lettering.turn ?? 0) * Math.PI) / 180);
      pen.font = `${lettering.italic ? "italic " : ""}${lettering.bold ? "600 " : ""}${size}px ${family}`;
      pen.textAlign = anchor === "middle" ? "center" : anchor;
      pen.textBaseline = baseline;
      if (lettering.halo) {
        pen.strokeStyle = lettering.halo;
        pen.lineWidth = 4;
        pen.lineJoin = "round";
        pen.setLineDash([]);
        pen.strokeText(words, 0, 0);
      }
      pen.fillStyle = lettering.fill ?? "#000000";
      pen.fillText(words, 0, 0);
      pen.restore();
    },
    raster(x, y, breadth, length, pixelsOf) {
      const small = document.createElement("canvas");
      [small.width, small.height] = [pixelsOf.columns, pixelsOf.rows];
      const image = new ImageData(pixelsOf.columns, pixelsOf.rows);
      image.data.set(pixelsOf.rgba);
      small.getContext("2d")?.putImageData(image, 0, 0);
      pen.imageSmoothingEnabled = false;
      pen.drawImage(small, x, y, breadth, length);
    },
    clip(x, y, breadth, length, draw) {
      pen.save();
      pen.beginPath();
      pen.rect(x, y, breadth, length);
      pen.clip();
      draw();
      pen.restore();
    },
  };
}
