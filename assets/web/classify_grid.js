// The layer x head grid: what every head of every layer looks at, as small multiples on one canvas; each is a button.

import { add, fill } from "./controls.js";
import { index } from "./heat.js";

const GAP = 1; // cells of a map between two thumbnails

/** Pixels of thumbnails, RGBA: maps of rows x columns laid out `across` to a line, each stretched between its own ends. */
export function contact(cells, rows, columns, across, table) {
  const down = cells.length / across;
  const width = across * (columns + GAP) - GAP, height = down * (rows + GAP) - GAP;
  const rgba = new Uint8ClampedArray(4 * width * height); // the gaps stay transparent
  cells.forEach((cell, n) => {
    const left = (n % across) * (columns + GAP), top = Math.floor(n / across) * (rows + GAP);
    let low = Infinity, high = -Infinity;
    for (const value of cell) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    for (let i = 0; i < cell.length; i++) {
      const at = 3 * (high > low ? index((cell[i] - low) / (high - low)) : 0);
      const to = 4 * ((top + Math.floor(i / columns)) * width + left + (i % columns));
      for (let c = 0; c < 3; c++) rgba[to + c] = table[at + c];
      rgba[to + 3] = 255;
    }
  });
  return { rgba, width, height };
}

export class Thumbnails {
  /** pick(layer, head): -1 stands for all of them together. */
  constructor(parent, words, pick) {
    Object.assign(this, { words, pick });
    this.root = add(parent, "figure", "gb-thumbnails");
    this.caption = add(this.root, "figcaption", "gb-muted");
    this.frame = add(this.root, "div", "gb-thumbnails-frame");
    this.canvas = add(this.frame, "canvas");
    this.canvas.setAttribute("aria-hidden", "true");
    this.pen = this.canvas.getContext("2d");
    this.table = add(this.frame, "div", "gb-thumbnails-buttons");
    this.table.setAttribute("role", "grid");
    this.buttons = [];
    this.table.addEventListener("keydown", (event) => this.key(event));
  }

  /** Make the buttons of a net with so many layers and heads, each map of rows x columns places. */
  build(layers, heads, rows, columns) {
    Object.assign(this, { layers, heads, rows, columns });
    this.caption.textContent = fill(this.words.grid_caption, { layers, heads });
    this.table.setAttribute("aria-label", this.words.grid_label);
    this.table.textContent = "";
    this.frame.style.setProperty("--across", heads + 1);
    this.frame.style.setProperty("--shape", ((heads + 1) * (columns + GAP) - GAP) / ((layers + 1) * (rows + GAP) - GAP));
    this.buttons = [];
    for (let l = 0; l <= layers; l++) {
      const line = add(this.table, "div");
      line.setAttribute("role", "row");
      for (let h = 0; h <= heads; h++) this.buttons.push(this.make(line, l < layers ? l : -1, h < heads ? h : -1));
    }
    this.mark(-1, -1);
  }

  make(line, layer, head) {
    const cell = add(line, "div");
    cell.setAttribute("role", "gridcell");
    const one = add(cell, "button", "gb-thumbnail");
    one.type = "button";
    one.title = this.name(layer, head);
    one.setAttribute("aria-label", one.title);
    one.addEventListener("click", () => this.pick(layer, head));
    return one;
  }

  /** What a thumbnail shows, in words; counted from 1 as people do. */
  name(layer, head) {
    const which = layer < 0 ? (head < 0 ? "thumb_all" : "thumb_layers") : head < 0 ? "thumb_heads" : "thumb";
    return fill(this.words[which], { layer: layer + 1, head: head + 1 });
  }

  /** Draw the maps, row by row, as Attention.thumbnails gives them. */
  draw(cells, table) {
    if (cells === this.cells && table === this.colours) return;
    this.cells = cells;
    this.colours = table;
    const { rgba, width, height } = contact(cells, this.rows, this.columns, this.heads + 1, table);
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    this.pen.putImageData(new ImageData(rgba, width, height), 0, 0);
  }

  /** Mark the one that is shown large; null: none of them. */
  mark(layer, head) {
    const across = this.heads + 1;
    const at = layer === null ? -1 : (layer < 0 ? this.layers : layer) * across + (head < 0 ? this.heads : head);
    this.buttons.forEach((one, n) => {
      one.setAttribute("aria-pressed", String(n === at));
      one.tabIndex = n === Math.max(at, 0) ? 0 : -1; // one stop for the Tab key; arrows go on from there
    });
  }

  key(event) {
    const across = this.heads + 1, at = this.buttons.indexOf(event.target);
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[event.key];
    if (!step || at < 0) return;
    event.preventDefault();
    const to = at + step;
    const wraps = Math.abs(step) === 1 && Math.floor(to / across) !== Math.floor(at / across);
    if (!wraps) this.buttons[to]?.focus();
    if (document.activeElement !== event.target) document.activeElement.click();
  }
}
