// One number of a map, step by step: the window times the weights, summed, bias, normalisation, activation; beside it the net's own number.

import { add, fill, tell } from "./controls.js";
import { fixed, number } from "./figures.js";
import { follow } from "./inside_convolve.js";

const SHOWN = 3; // inputs whose windows are written out; of more, those that count most
export const NEAR = 1e-4; // two sums of the same float32 numbers in another order differ by less, relative to their size

/** A square table of numbers; each darker or lighter by its value from -top to top. */
export function numbers(parent, values, size, top, caption) {
  const table = add(parent, "table", "gb-numbers");
  add(table, "caption", "", caption);
  const body = add(table, "tbody");
  for (let row = 0; row < size; row++) {
    const line = add(body, "tr");
    for (let column = 0; column < size; column++) {
      const value = values[row * size + column], cell = add(line, "td", "", fixed(value, 2));
      cell.style.setProperty("--share", `${Math.round(Math.min(1, top > 0 ? Math.abs(value) / top : 0) * 60)}%`);
      cell.dataset.sign = value < 0 ? "minus" : "plus";
    }
  }
  return table;
}

const largest = (lists) => Math.max(...lists.flatMap((list) => Array.from(list, Math.abs)));

export class Walk {
  constructor(parent, words) {
    this.words = words;
    this.root = add(parent, "section", "gb-walk");
    this.root.setAttribute("aria-label", words.walk);
    this.title = add(this.root, "p", "gb-walk-title");
    this.parts = add(this.root, "div", "gb-walk-parts");
    this.line = add(this.root, "p", "gb-walk-line");
    this.check = add(this.root, "p", "gb-walk-check");
  }

  /** Say a sentence instead of numbers. */
  tell(sentence) {
    tell(this.title, sentence);
    this.parts.textContent = this.line.textContent = this.check.textContent = "";
  }

  /** Follow a convolution: maps, the layer's place `at` in them, the channel, the place, and the limits of the activation or null. */
  convolution(maps, at, channel, own, row, column, limits) {
    const { words } = this, layer = maps.layers[at], inputs = maps.inputs(at);
    const found = follow(inputs, layer.kernels, channel, row, column);
    const size = layer.kernels.weight.shape[2];
    const order = found.parts.map((part, n) => ({ ...part, n }));
    if (order.length > SHOWN) order.sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum) || a.n - b.n);
    const shown = order.slice(0, SHOWN), rest = order.slice(SHOWN);
    tell(this.title, fill(words.walk_title, { number: channel + 1, row: row + 1, column: column + 1, size }));
    this.parts.textContent = "";
    const tops = [largest(shown.map((part) => part.window)), largest(shown.map((part) => part.weight))];
    shown.forEach((part, n) => {
      const box = add(this.parts, "div", "gb-walk-part");
      const name = at === 0 ? words[["red", "green", "blue"][part.n]] : fill(words.walk_input, { number: part.n + 1 });
      numbers(box, part.window, size, tops[0], name);
      add(box, "span", "gb-walk-sign", "×");
      numbers(box, part.weight, size, tops[1], words.walk_weight);
      add(box, "span", "gb-walk-sign", `= ${fixed(part.sum, 3)}`);
    });
    const others = rest.reduce((total, part) => total + part.sum, 0);
    const terms = shown.map((part) => fixed(part.sum, 3));
    if (rest.length) terms.push(fill(words.walk_rest, { count: rest.length, sum: fixed(others, 3) }));
    this.sentence(layer.kernels, found, channel, terms, limits);
    this.compare(found.made, own);
  }

  sentence(kernels, found, channel, terms, limits) {
    const { words } = this, bias = kernels.bias.data[channel], scale = kernels.scale.data[channel], shift = kernels.shift.data[channel];
    const said = [fill(words.walk_sum, { terms: terms.join(" + ").replaceAll("+ -", "− "), sum: fixed(found.sum, 3) })];
    if (bias !== 0) said.push(fill(words.walk_bias, { bias: fixed(bias, 3), value: fixed(found.biased, 3) }));
    if (scale !== 1 || shift !== 0) said.push(fill(words.walk_norm, { scale: scale.toFixed(3), shift: fixed(shift, 3), value: fixed(found.made, 3) }));
    if (limits) {
      const [low, high] = limits, cut = Math.min(Math.max(found.made, low), high ?? Infinity);
      said.push(fill(high === null ? words.walk_relu : words.walk_relu6, { value: cut.toFixed(3), high: high ?? "" }));
    }
    tell(this.line, said.join(" "));
  }

  /** Follow a pool: the largest of four. */
  pool(before, row, column, channel, own) {
    const { words } = this, { values, columns } = before;
    const window = [0, 1, columns, columns + 1].map((step) => values[2 * row * columns + 2 * column + step]);
    tell(this.title, fill(words.walk_pool_title, { number: channel + 1, row: row + 1, column: column + 1 }));
    this.parts.textContent = "";
    const box = add(this.parts, "div", "gb-walk-part");
    numbers(box, window, 2, largest([window]), words.walk_pool_input);
    add(box, "span", "gb-walk-sign", `→ ${fixed(Math.max(...window), 3)}`);
    tell(this.line, words.walk_pool);
    this.compare(Math.max(...window), own);
  }

  compare(made, own) {
    const same = Math.abs(made - own) <= NEAR * Math.max(1, Math.abs(own));
    this.check.dataset.same = String(same);
    const values = { own: fixed(own, 3), made: fixed(made, 3), gap: number(Math.abs(made - own)) };
    tell(this.check, fill(same ? this.words.walk_same : this.words.walk_other, values));
  }
}
