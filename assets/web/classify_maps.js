// One map on one photo, on a canvas: the same pixels as heat.js `compose` gives, kept apart by what changes them, so that a slider
// of the opacity does not place the grid again; the patch that is pointed at; and the colour bar with its numbers.

import { add } from "./controls.js";
import { DIM, index, place, window as seenWindow } from "./heat.js";

const PIXELS = 700_000; // of a canvas at most: beyond, a slider would drop frames and nobody would see more

/** x / 255 rounded down, for whole x from 0 to 65152. */
const by255 = (x) => (x + 1 + (x >> 8)) >> 8;

/** The pixels of a map over a photo. Equal to heat.js `compose`, in parts that are kept while others change. */
export class Painter {
  /** rgba: the photo's pixels, opaque; seen: xyxy in these pixels. What is painted stands in `out`, RGBA bytes. */
  constructor(rgba, width, height, seen) {
    Object.assign(this, { rgba, width, height, seen });
    this.box = seenWindow(seen, width, height);
    this.out = new Uint8ClampedArray(rgba.length);
    for (let i = 0; i < rgba.length; i++) this.out[i] = i % 4 === 3 ? 255 : by255(rgba[i] * (255 - DIM) + 127); // the box is painted over
    this.levels = new Uint8Array(Math.max(0, (this.box[2] - this.box[0]) * (this.box[3] - this.box[1]))); // index into the colour table
  }

  /** Take a grid of 0..1 [rows, columns]. */
  take(grid, rows, columns) {
    const values = place(grid, rows, columns, this.seen, this.width, this.height);
    for (let i = 0; i < values.length; i++) this.levels[i] = index(values[i]);
  }

  /** Paint the box in colours of `table` (flat, 256 times RGB) at alpha 0..255; alpha 0: the photo alone. */
  paint(table, alpha) {
    const { rgba, levels, out, width } = this, [x0, y0, x1, y1] = this.box, rest = 255 - alpha;
    const [red, green, blue] = [0, 1, 2].map((c) => Int32Array.from({ length: 256 }, (_, i) => table[3 * i + c] * alpha + 127));
    const words = new Uint32Array(out.buffer); // a pixel at a time: little-endian, as every browser's machine is
    for (let y = y0, k = 0; y < y1; y++) {
      for (let at = y * width + x0, end = y * width + x1; at < end; at++, k++) {
        const level = levels[k], i = 4 * at;
        const r = red[level] + rgba[i] * rest, g = green[level] + rgba[i + 1] * rest, b = blue[level] + rgba[i + 2] * rest;
        words[at] = -16777216 | (by255(b) << 16) | (by255(g) << 8) | by255(r);
      }
    }
  }
}

/** The place under a point, both in pixels of the picture; -1 outside of what was seen. */
export function placeAt(x, y, seen, rows, columns) {
  const column = Math.floor(((x - seen[0]) / (seen[2] - seen[0])) * columns), row = Math.floor(((y - seen[1]) / (seen[3] - seen[1])) * rows);
  return column >= 0 && column < columns && row >= 0 && row < rows ? row * columns + column : -1;
}

/** Pixels of a canvas for a photo of width x height shown `css` pixels wide. */
export function backing(width, height, css, ratio) {
  const wide = Math.max(1, Math.round(css * ratio)), high = Math.max(1, Math.round((wide * height) / width));
  const shrink = Math.min(1, Math.sqrt(PIXELS / (wide * high)));
  return [Math.max(1, Math.round(wide * shrink)), Math.max(1, Math.round(high * shrink))];
}

export class MapView {
  /** point(place or -1, kind): "over", "out", "press" by the pointer, "step" by the arrow keys, "leave" by Escape; resized(): draw again. */
  constructor(parent, { label, hint, point, resized }) {
    this.canvas = add(parent, "canvas", "gb-map");
    Object.assign(this.canvas, { tabIndex: 0, width: 16, height: 9 });
    this.canvas.setAttribute("role", "application");
    this.canvas.setAttribute("aria-label", label);
    this.canvas.setAttribute("aria-description", hint);
    this.pen = this.canvas.getContext("2d");
    this.point = point;
    this.at = -1; // the place that is outlined
    this.stale = true; // the canvas has another size than what is painted
    this.listen();
    this.sight = new ResizeObserver(() => {
      this.stale ||= this.fitted !== this.canvas.clientWidth;
      if (this.stale) resized();
    });
    this.sight.observe(this.canvas);
  }

  /** Show a photo (an image that has loaded) of width x height pixels; seen: xyxy in them; grid_hw: its places. */
  show(image, width, height, seen, [rows, columns]) {
    Object.assign(this, { image, width, height, seen, rows, columns, stale: true });
    this.canvas.style.setProperty("--shape", width / height);
  }

  /** Measure the canvas and take the photo's pixels again at that size. */
  fit() {
    const css = this.canvas.clientWidth;
    if (!this.image || !css) return; // hidden: the next look fits
    const [wide, high] = backing(this.width, this.height, css, globalThis.devicePixelRatio || 1);
    this.fitted = css;
    const sheet = new OffscreenCanvas(wide, high).getContext("2d", { willReadFrequently: true });
    sheet.imageSmoothingQuality = "high";
    sheet.drawImage(this.image, 0, 0, wide, high);
    Object.assign(this.canvas, { width: wide, height: high });
    const sx = wide / this.width, sy = high / this.height;
    const seen = [this.seen[0] * sx, this.seen[1] * sy, this.seen[2] * sx, this.seen[3] * sy];
    this.painter = new Painter(sheet.getImageData(0, 0, wide, high).data, wide, high, seen);
    this.sheet = new ImageData(this.painter.out, wide, high);
    this.map = null;
    this.stale = false;
  }

  /** Draw a map {grid of 0..1, rows, columns} (null: the photo alone) in a look {table, alpha}; at: the place to outline. */
  draw(map, { table, alpha }, at) {
    if (this.stale) this.fit();
    if (this.stale) return;
    if (map && map.grid !== this.map?.grid) this.painter.take(map.grid, map.rows, map.columns);
    this.map = map;
    this.at = at;
    this.painter.paint(table, map ? alpha : 0);
    this.pen.putImageData(this.sheet, 0, 0);
    if (at >= 0) this.outline(at);
  }

  outline(at) {
    const [x0, y0, x1, y1] = this.painter.seen, { pen, rows, columns } = this;
    const cell = [(x1 - x0) / columns, (y1 - y0) / rows], unit = this.canvas.width / this.fitted;
    const box = [x0 + (at % columns) * cell[0], y0 + Math.floor(at / columns) * cell[1], ...cell];
    for (const [colour, width] of [["#000", 4], ["#fff", 2]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = width * unit;
      pen.strokeRect(...box);
    }
  }

  listen() {
    const under = (event) => {
      const box = this.canvas.getBoundingClientRect();
      if (!this.image || !box.width) return -1;
      const x = ((event.clientX - box.left) / box.width) * this.width, y = ((event.clientY - box.top) / box.height) * this.height;
      return placeAt(x, y, this.seen, this.rows, this.columns);
    };
    this.canvas.addEventListener("pointermove", (event) => event.pointerType !== "touch" && this.point(under(event), "over"));
    this.canvas.addEventListener("pointerleave", (event) => event.pointerType !== "touch" && this.point(-1, "out"));
    this.canvas.addEventListener("click", (event) => this.point(under(event), "press"));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!this.image || event.ctrlKey || event.metaKey || event.altKey || !(steps || event.key === "Escape")) return;
    event.preventDefault();
    if (!steps) return void this.point(-1, "leave");
    const from = this.at >= 0 ? this.at : Math.floor(this.rows / 2) * this.columns + Math.floor(this.columns / 2);
    const row = Math.floor(from / this.columns) + steps[0], column = (from % this.columns) + steps[1];
    const clamp = (value, most) => Math.min(Math.max(value, 0), most - 1);
    this.point(clamp(row, this.rows) * this.columns + clamp(column, this.columns), "step");
  }
}

/** A strip of the colour table with a number at each end and a mark at a value. */
export class ColourBar {
  constructor(parent) {
    const root = add(parent, "div", "gb-colourbar");
    this.low = add(root, "span");
    this.canvas = add(root, "canvas");
    this.canvas.setAttribute("aria-hidden", "true");
    this.high = add(root, "span");
    this.root = root;
    Object.assign(this.canvas, { width: 256, height: 1 });
    this.pen = this.canvas.getContext("2d");
  }

  /** Show texts of both ends in the colours of `table`; mark: 0..1, or null. */
  draw(low, high, table, mark) {
    this.low.textContent = low;
    this.high.textContent = high;
    const strip = this.pen.createImageData(256, 1);
    for (let i = 0; i < 256; i++) strip.data.set([table[3 * i], table[3 * i + 1], table[3 * i + 2], 255], 4 * i);
    if (mark !== null) {
      for (let i = -3; i <= 3; i++) {
        const at = Math.min(Math.max(Math.round(mark * 255), 3), 252) + i;
        strip.data.fill(Math.abs(i) < 2 ? 255 : 0, 4 * at, 4 * at + 3);
      }
    }
    this.pen.putImageData(strip, 0, 0);
  }
}
