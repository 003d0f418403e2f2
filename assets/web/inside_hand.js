// Convolution by hand: a small corner of the visitor's photo, a kernel, padding and stride; every place of the result with its sum.

import { add, button, choice, fill, radios, tell } from "./controls.js";
import { convolve, places, windowOf } from "./inside_convolve.js";
import { number as figure } from "./figures.js";
import { extremes } from "./inside_material.js";
import { arrow, Plane } from "./inside_plane.js";

const SMALL = 32; // the photo's side for this, in pixels
const CORNER = 8; // pixels a side that are written out
const SIZE = 3;
const STEP_MS = 700; // between two places while it plays
export const KERNELS = {
  identity: [0, 0, 0, 0, 1, 0, 0, 0, 0],
  blur: Array(9).fill(1 / 9),
  edge: [0, 1, 0, 1, -4, 1, 0, 1, 0],
  upright: [-1, 0, 1, -2, 0, 2, -1, 0, 1],
  sharpen: [0, -1, 0, -1, 5, -1, 0, -1, 0],
};
const GREYS = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));

/** A picture [high, wide, 3] as whole greys 0..255 (Rec. 709 luma), at most `side` a side, each the mean of its block: {values, rows, columns}. */
export function small(pixels, high, wide, side = SMALL) {
  const rows = Math.min(side, high), columns = Math.min(side, wide), values = new Float64Array(rows * columns);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) {
      let sum = 0, count = 0;
      for (let y = Math.floor((row * high) / rows); y < Math.floor(((row + 1) * high) / rows); y++) {
        for (let x = Math.floor((column * wide) / columns); x < Math.floor(((column + 1) * wide) / columns); x++, count++) {
          const at = 3 * (y * wide + x);
          sum += 0.2126 * pixels[at] + 0.7152 * pixels[at + 1] + 0.0722 * pixels[at + 2];
        }
      }
      values[i] = Math.floor(sum / count + 0.5);
    }
  }
  return { values, rows, columns };
}

export class Hand {
  constructor(parent, words) {
    Object.assign(this, { words, kind: "edge", kernel: [...KERNELS.edge], pad: 0, stride: 1, corner: 0, at: 0, one: null, timer: 0 });
    this.root = add(parent, "section", "gb-inside-part");
    this.root.setAttribute("aria-label", words.view_hand);
    this.waits = add(this.root, "p", "gb-muted", words.sums_wait);
    this.body = add(this.root, "div");
    this.controls(add(this.body, "div", "gb-controls"));
    this.steps(add(this.body, "div", "gb-row"));
    this.line = add(this.body, "p", "gb-walk-line gb-hand-line");
    const row = add(this.body, "div", "gb-hand");
    const photo = add(row, "figure");
    const move = (place, kind) => place >= 0 && (kind === "press" || kind === "step") && this.set({ corner: place });
    this.photo = new Plane(photo, { label: words.hand_photo, hint: words.hand_photo_hint, point: move });
    add(photo, "figcaption", "gb-muted", words.hand_photo_about);
    this.input = this.grid(row, words.hand_input);
    this.kernelBox(row);
    this.output = this.grid(row, words.hand_output);
    this.output.table.tabIndex = 0;
    this.output.table.addEventListener("keydown", (event) => {
      const to = arrow(event, this.at, this.made.rows, this.made.columns);
      if (to >= 0) this.set({ at: to, speak: true });
    });
    this.output.table.addEventListener("pointerover", (event) => event.target.dataset.at && this.set({ at: Number(event.target.dataset.at) }));
    const whole = add(row, "figure");
    this.whole = new Plane(whole, { label: words.hand_whole, hint: "", point: () => {} });
    this.whole.canvas.tabIndex = -1;
    this.wholeCaption = add(whole, "figcaption", "gb-muted");
    this.spoken = add(this.body, "p", "gb-hidden"); // what keys and buttons found; a line that follows a pointer is no live region
    this.spoken.setAttribute("role", "status");
    this.sizeSaid = add(this.body, "p", "gb-muted");
    add(this.body, "p", "gb-muted gb-inside-about", words.about_hand);
  }

  controls(parent) {
    const { words } = this, kinds = [...Object.keys(KERNELS), "own"].map((key) => [key, words[`kernel_${key}`]]);
    this.kinds = choice(parent, { name: words.kernel, options: kinds, value: this.kind, change: (kind) => this.set({ kind, kernel: [...(KERNELS[kind] ?? this.kernel)] }) });
    const three = (from) => [0, 1, 2].map((n) => [String(n + from), String(n + from)]);
    radios(parent, { name: words.padding, options: three(0), value: "0", change: (key) => this.set({ pad: Number(key), at: 0 }) });
    radios(parent, { name: words.stride, options: three(1), value: "1", change: (key) => this.set({ stride: Number(key), at: 0 }) });
  }

  /** One place on, one back, or all of them in turn. */
  steps(parent) {
    const { words } = this, go = (by) => this.set({ at: this.at + by, speak: true });
    this.back = button(parent, words.hand_back, () => go(-1));
    this.next = button(parent, words.hand_next, () => go(1), "gb-button gb-main");
    this.play = button(parent, words.hand_play, () => (this.timer ? this.rest() : this.run()));
  }

  run() {
    if (this.at === this.made.values.length - 1) this.set({ at: 0 });
    this.play.textContent = this.words.hand_stop;
    this.timer = setInterval(() => {
      this.set({ at: this.at + 1 });
      if (this.at === this.made.values.length - 1 || this.root.hidden) this.rest();
    }, STEP_MS);
  }

  rest() {
    clearInterval(this.timer);
    this.timer = 0;
    this.play.textContent = this.words.hand_play;
  }

  grid(parent, title) {
    const figure = add(parent, "figure"), table = add(figure, "table", "gb-numbers gb-hand-grid");
    add(table, "caption", "", title);
    return { table, body: add(table, "tbody") };
  }

  kernelBox(parent) {
    const figure = add(parent, "figure"), box = add(figure, "fieldset", "gb-hand-kernel");
    add(box, "legend", "", this.words.kernel);
    this.weights = Array.from({ length: SIZE * SIZE }, (_, i) => {
      const input = add(box, "input");
      Object.assign(input, { type: "number", step: "any", min: -99, max: 99 });
      input.setAttribute("aria-label", fill(this.words.hand_weight, { row: Math.floor(i / SIZE) + 1, column: (i % SIZE) + 1 }));
      input.addEventListener("input", () => {
        this.kernel[i] = Math.min(99, Math.max(-99, Number(input.value) || 0));
        this.set({ kind: "own" }, false);
      });
      return input;
    });
  }

  update({ cnn, vit }) {
    const one = cnn ?? vit;
    if (one === this.source) return;
    this.source = one;
    if (one) this.one = small(one.pixels.data, ...one.input_hw);
    else this.one = null;
    this.draw();
  }

  /** Change what is looked at; refill: write the kernel into its inputs too. */
  set(change, refill = true) {
    Object.assign(this, change);
    this.draw(refill);
  }

  /** The corner that is written out: CORNER x CORNER greys from its first pixel on, kept inside the photo. */
  cut() {
    const { values, rows, columns } = this.one, side = Math.min(CORNER, rows, columns);
    const top = Math.min(Math.floor(this.corner / columns), rows - side), left = Math.min(this.corner % columns, columns - side);
    this.corner = top * columns + left;
    const plane = Float64Array.from({ length: side * side }, (_, i) => values[(top + Math.floor(i / side)) * columns + left + (i % side)]);
    return { plane, side };
  }

  draw(refill = true) {
    const { one, kernel, pad, stride, words } = this;
    this.body.hidden = !one;
    this.waits.hidden = Boolean(one);
    if (!one) return;
    const { plane, side } = this.cut();
    this.made = convolve(plane, side, side, kernel, SIZE, stride, pad);
    this.at = Math.min(Math.max(this.at, 0), this.made.values.length - 1);
    const row = Math.floor(this.at / this.made.columns), column = this.at % this.made.columns;
    this.photo.draw(one.values, one.rows, one.columns, [0, 255], GREYS, this.corner, [], side);
    this.drawInput(plane, side, row, column);
    this.drawOutput();
    if (refill) this.weights.forEach((input, i) => (input.value = String(Number(kernel[i].toFixed(3)))));
    this.kinds.select.value = this.kind;
    const all = convolve(one.values, one.rows, one.columns, kernel, SIZE, stride, pad), ends = extremes(all.values);
    this.whole.draw(all.values, all.rows, all.columns, ends, GREYS, -1);
    tell(this.wholeCaption, fill(words.hand_whole_about, { rows: all.rows, columns: all.columns, low: figure(ends[0]), high: figure(ends[1]) }));
    this.say(plane, side, row, column);
  }

  drawInput(plane, side, row, column) {
    const { pad, stride, input } = this, wide = side + 2 * pad;
    input.body.textContent = "";
    for (let y = 0; y < wide; y++) {
      const line = add(input.body, "tr");
      for (let x = 0; x < wide; x++) {
        const inside = y >= pad && y < side + pad && x >= pad && x < side + pad;
        const cell = add(line, "td", "", String(inside ? plane[(y - pad) * side + x - pad] : 0));
        if (!inside) cell.dataset.padding = "true";
        if (y >= row * stride && y < row * stride + SIZE && x >= column * stride && x < column * stride + SIZE) cell.dataset.window = "true";
      }
    }
  }

  drawOutput() {
    const { values, rows, columns } = this.made, { body } = this.output;
    body.textContent = "";
    for (let y = 0, i = 0; y < rows; y++) {
      const line = add(body, "tr");
      for (let x = 0; x < columns; x++, i++) {
        const cell = add(line, "td", "", figure(values[i]));
        cell.dataset.at = String(i);
        if (i === this.at) cell.dataset.window = "true";
      }
    }
    this.output.table.setAttribute("aria-label", fill(this.words.hand_output_label, { rows, columns }));
  }

  say(plane, side, row, column) {
    const { pad, stride, kernel, words, made } = this;
    const window = windowOf(plane, side, side, SIZE, [stride, stride], [pad, pad], row, column);
    const terms = Array.from(window, (v, i) => `${figure(v)}·${kernel[i] < 0 ? `(${figure(kernel[i])})` : figure(kernel[i])}`);
    tell(this.line, fill(words.hand_sum, { row: row + 1, column: column + 1, terms: terms.join(" + "), sum: figure(made.values[this.at]) }));
    tell(this.sizeSaid, fill(words.hand_size, { side, pad, size: SIZE, stride, made: places(side, SIZE, stride, pad) }));
    if (this.speak) tell(this.spoken, this.line.textContent);
    this.speak = false;
    this.back.disabled = this.at === 0;
    this.next.disabled = this.at === made.values.length - 1;
  }

  destroy() {
    clearInterval(this.timer);
  }
}
