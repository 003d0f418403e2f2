// One map of numbers, large: every place a square of one colour, one of them ringed; by pointer and arrow keys.

import { add } from "./controls.js";
import { index } from "./heat.js";

const SIDE = 560; // pixels of the canvas on its longer side, at least

export class Plane {
  /** point(place or -1, kind): "over", "out" by the pointer, "press" by a click, "step" by the arrow keys. */
  constructor(parent, { label, hint, point }) {
    this.canvas = add(parent, "canvas", "gb-plane");
    Object.assign(this.canvas, { tabIndex: 0, width: 16, height: 16 });
    this.canvas.setAttribute("role", "application");
    this.canvas.setAttribute("aria-label", label);
    this.canvas.setAttribute("aria-description", hint);
    this.pen = this.canvas.getContext("2d");
    Object.assign(this, { point, at: -1, rows: 0, columns: 0 });
    this.listen();
  }

  /** Draw values [rows, columns], low and high the ends of the colours of `table`; at: the ringed place, or the first of span x span; marks: places with a number. */
  draw(values, rows, columns, [low, high], table, at, marks = [], span = 1) {
    Object.assign(this, { rows, columns, at });
    const cell = Math.max(1, Math.ceil(SIDE / Math.max(rows, columns))), { pen } = this;
    if (this.canvas.width !== columns * cell || this.canvas.height !== rows * cell) {
      Object.assign(this.canvas, { width: columns * cell, height: rows * cell });
      this.canvas.style.setProperty("--shape", columns / rows);
    }
    pen.imageSmoothingEnabled = false;
    pen.drawImage(this.small(values, low, high, table), 0, 0, columns * cell, rows * cell);
    const unit = this.canvas.width / (this.canvas.clientWidth || this.canvas.width);
    marks.forEach((place, n) => number(pen, this.middle(place, cell), n + 1, unit));
    if (at >= 0) ring(pen, (at % columns) * cell, Math.floor(at / columns) * cell, span * cell, span * cell, unit);
  }

  /** The map with one pixel a place; kept while only the ring moves. */
  small(values, low, high, table) {
    const look = [values.buffer, values.byteOffset, values.length, low, high, table];
    if (this.look?.every((one, i) => one === look[i])) return this.image;
    const image = new OffscreenCanvas(this.columns, this.rows), pixels = new ImageData(this.columns, this.rows);
    for (let i = 0; i < values.length; i++) {
      const from = 3 * (high > low ? index((values[i] - low) / (high - low)) : 0);
      for (let c = 0; c < 3; c++) pixels.data[4 * i + c] = table[from + c];
      pixels.data[4 * i + 3] = 255;
    }
    image.getContext("2d").putImageData(pixels, 0, 0);
    Object.assign(this, { look, image });
    return image;
  }

  middle(place, cell) {
    return [((place % this.columns) + 0.5) * cell, (Math.floor(place / this.columns) + 0.5) * cell];
  }

  listen() {
    const under = (event) => {
      const box = this.canvas.getBoundingClientRect();
      const column = Math.floor(((event.clientX - box.left) / box.width) * this.columns);
      const row = Math.floor(((event.clientY - box.top) / box.height) * this.rows);
      return column >= 0 && column < this.columns && row >= 0 && row < this.rows ? row * this.columns + column : -1;
    };
    this.canvas.addEventListener("pointermove", (event) => event.pointerType !== "touch" && this.point(under(event), "over"));
    this.canvas.addEventListener("pointerleave", (event) => event.pointerType !== "touch" && this.point(-1, "out"));
    this.canvas.addEventListener("click", (event) => this.point(under(event), "press"));
    this.canvas.addEventListener("keydown", (event) => {
      const to = arrow(event, this.at, this.rows, this.columns);
      if (to >= 0) this.point(to, "step");
    });
  }
}

/** The place an arrow key leads to from `at` (-1: from the middle); -1 for another key. */
export function arrow(event, at, rows, columns) {
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  if (!step || !rows || event.ctrlKey || event.metaKey || event.altKey) return -1;
  event.preventDefault();
  const from = at >= 0 ? at : Math.floor(rows / 2) * columns + Math.floor(columns / 2);
  const row = Math.min(Math.max(Math.floor(from / columns) + step[0], 0), rows - 1);
  const column = Math.min(Math.max((from % columns) + step[1], 0), columns - 1);
  return row * columns + column;
}

/** A box in black and white, seen on every colour; at least a few pixels wide. */
export function ring(pen, x, y, width, height, unit = 1) {
  const wide = Math.max(width, 10 * unit), high = Math.max(height, 10 * unit);
  const box = [x - (wide - width) / 2, y - (high - height) / 2, wide, high];
  for (const [colour, line] of [["#000", 5], ["#fff", 2.5]]) {
    pen.strokeStyle = colour;
    pen.lineWidth = line * unit;
    pen.strokeRect(...box);
  }
}

/** A place marked by a number on a dot to its upper right, or to its left at the edge; seen on every colour. */
export function number(pen, [atX, atY], text, unit = 1) {
  const x = atX + (atX + 26 * unit > pen.canvas.width ? -14 : 14) * unit, y = Math.max(atY - 12 * unit, 11 * unit);
  pen.beginPath();
  pen.arc(atX, atY, 3 * unit, 0, 7);
  pen.moveTo(x + 10 * unit, y);
  pen.arc(x, y, 10 * unit, 0, 7);
  pen.fillStyle = "#000";
  pen.fill();
  pen.lineWidth = 2 * unit;
  pen.strokeStyle = pen.fillStyle = "#fff";
  pen.stroke();
  pen.font = `600 ${14 * unit}px system-ui, sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(String(text), x, y + unit);
}
