// The sheet of a layer: all its maps as small multiples on one canvas, each a button.

import { add, fill } from "./controls.js";
import { index } from "./heat.js";
import { extremes } from "./inside_material.js";

const GAP = 2; // cells between two maps of the size MIDDLE
const MIDDLE = 32;

/** How many maps stand in a line: the sheet is about twice as wide as high. */
export const across = (count) => Math.min(count, Math.ceil(Math.sqrt(2 * count)));

/** Pixels of a sheet, RGBA: `count` maps of rows x columns in `data`, each in colours of its own range, or of `range` [low, high]. */
export function sheet(data, count, rows, columns, table, range = null) {
  const gap = Math.max(1, Math.round((GAP * columns) / MIDDLE)), line = across(count), down = Math.ceil(count / line);
  const width = line * (columns + gap) - gap, height = down * (rows + gap) - gap;
  const rgba = new Uint8ClampedArray(4 * width * height); // gaps stay transparent
  for (let n = 0; n < count; n++) {
    const map = data.subarray(n * rows * columns, (n + 1) * rows * columns);
    const [low, high] = range ?? extremes(map);
    const left = (n % line) * (columns + gap), top = Math.floor(n / line) * (rows + gap);
    for (let i = 0; i < map.length; i++) {
      const at = 3 * (high > low ? index((map[i] - low) / (high - low)) : 0);
      const to = 4 * ((top + Math.floor(i / columns)) * width + left + (i % columns));
      for (let c = 0; c < 3; c++) rgba[to + c] = table[at + c];
      rgba[to + 3] = 255;
    }
  }
  return { rgba, width, height, line, down };
}

export class Sheet {
  /** pick(n): the n-th kept map was chosen. */
  constructor(parent, words, pick) {
    Object.assign(this, { words, pick, buttons: [] });
    this.frame = add(parent, "div", "gb-sheet");
    this.canvas = add(this.frame, "canvas");
    this.canvas.setAttribute("aria-hidden", "true");
    this.pen = this.canvas.getContext("2d");
    this.table = add(this.frame, "div", "gb-sheet-buttons");
    this.table.setAttribute("role", "group");
    this.table.setAttribute("aria-label", words.sheet);
    this.table.addEventListener("keydown", (event) => this.key(event));
  }

  /** Draw the maps of a layer {data, rows, columns, channels} in colours of `table`, each in its own range or all in `range`. */
  draw({ data, rows, columns, channels }, table, range) {
    const look = [data, table, range?.join() ?? ""];
    if (look.every((one, i) => one === this.drawn?.[i])) return;
    this.drawn = look;
    const made = sheet(data, channels.length, rows, columns, table, range);
    Object.assign(this.canvas, { width: made.width, height: made.height });
    this.pen.putImageData(new ImageData(made.rgba, made.width, made.height), 0, 0);
    this.frame.style.setProperty("--shape", made.width / made.height);
    this.frame.style.setProperty("--across", made.line);
    this.line = made.line;
    const key = channels.join();
    if (key === this.offered) return;
    this.offered = key;
    this.table.textContent = "";
    this.buttons = channels.map((channel, n) => {
      const one = add(this.table, "button", "gb-sheet-map");
      one.type = "button";
      one.title = fill(this.words.channel, { number: channel + 1 });
      one.setAttribute("aria-label", one.title);
      one.addEventListener("click", () => this.pick(n));
      return one;
    });
  }

  /** Mark the map that is shown large. */
  mark(at) {
    this.buttons.forEach((one, n) => {
      one.setAttribute("aria-pressed", String(n === at));
      one.tabIndex = n === at ? 0 : -1; // one stop for the Tab key; arrows go on from there
    });
  }

  key(event) {
    const at = this.buttons.indexOf(event.target);
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.line, ArrowDown: this.line }[event.key];
    if (!step || at < 0) return;
    event.preventDefault();
    const to = this.buttons[at + step];
    if (!to) return;
    to.focus();
    to.click();
  }
}
