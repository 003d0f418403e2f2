// The logit lens: the answer read after each block of a vision transformer, as a chart over depth and as a table of names.

import { add, fill } from "./controls.js";
import { percent, short } from "./figures.js";
import { best, rank, softmax } from "./softmax.js";

const LINES = 4; // names that the chart follows: the best of the net's own answer
const NAMES = 3; // per row of the table

/** What is read at each depth: shares, the first names, and which number the net's own answer is there. */
export function readings({ data, shape: [depths, classes] }) {
  const shares = Array.from({ length: depths }, (_, depth) => softmax(data.subarray(depth * classes, (depth + 1) * classes)));
  const answer = best(shares.at(-1), 1)[0];
  return shares.map((row) => ({ shares: row, names: best(row, NAMES), rank: rank(row, answer) }));
}

export class Lens {
  /** pick(depth): a depth was chosen. */
  constructor(parent, words, pick) {
    Object.assign(this, { words, pick, rows: null, depth: -1 });
    this.root = add(parent, "div", "gb-lens");
    const figure = add(this.root, "figure");
    this.canvas = add(figure, "canvas", "gb-lens-chart");
    this.canvas.setAttribute("role", "img");
    this.said = add(figure, "figcaption");
    this.frame = add(this.root, "div", "gb-lens-frame");
    this.table = add(this.frame, "table", "gb-lens-table");
    this.sight = new ResizeObserver(() => this.draw());
    this.sight.observe(this.canvas);
  }

  /** Take the lens of a photo and its class names. */
  show(lens, labels) {
    Object.assign(this, { labels, rows: readings(lens), depth: -1 });
    this.lines = best(this.rows.at(-1).shares, LINES);
    const { words } = this, answer = short(labels[this.lines[0]]), last = this.rows.length - 1;
    const since = this.rows.length - [...this.rows].reverse().findIndex((row) => row.rank > 1); // first depth from which it leads on
    const first = this.rows.every((row) => row.rank === 1) ? 0 : since;
    const said = first === 0 ? words.lens_always : first === last ? words.lens_last : words.lens_since;
    this.said.textContent = fill(said, { label: answer, depth: first, rank: this.rows[0].rank });
    this.canvas.setAttribute("aria-label", fill(words.lens_chart, { label: answer, blocks: last }));
    this.table.textContent = "";
    add(this.table, "caption", "", words.lens_table);
    const body = add(this.table, "tbody");
    this.buttons = this.rows.map((row, depth) => this.line(body, row, depth, answer));
    this.mark(last);
  }

  line(body, row, depth, answer) {
    const { words, labels } = this, line = add(body, "tr");
    const head = add(line, "th");
    head.scope = "row";
    const one = add(head, "button", "gb-button", depth ? fill(words.lens_depth, { depth }) : words.lens_start);
    one.type = "button";
    one.addEventListener("click", () => this.pick(depth));
    const names = row.names.map((index) => fill(words.lens_name, { label: short(labels[index]), percent: percent(row.shares[index]).replaceAll(" ", "\u00a0") }));
    add(line, "td", "", names.join(", "));
    add(line, "td", "gb-muted", fill(words.lens_rank, { label: answer, rank: row.rank }));
    return one;
  }

  mark(depth) {
    if (depth === this.depth || !this.rows) return;
    this.depth = depth;
    this.buttons.forEach((one, at) => one.setAttribute("aria-pressed", String(at === depth)));
    this.draw();
  }

  draw() {
    const wide = this.canvas.clientWidth, high = this.canvas.clientHeight;
    if (!this.rows || !wide) return;
    const ratio = globalThis.devicePixelRatio || 1, style = getComputedStyle(this.canvas), size = parseFloat(style.fontSize);
    Object.assign(this.canvas, { width: Math.round(wide * ratio), height: Math.round(high * ratio) });
    const pen = this.canvas.getContext("2d"), colour = (name) => style.getPropertyValue(name).trim();
    pen.scale(ratio, ratio);
    pen.font = `${size}px ${style.fontFamily}`;
    const depths = this.rows.length - 1;
    const highest = Math.max(0.01, ...this.lines.flatMap((index) => this.rows.map((row) => row.shares[index])));
    const frame = { left: 3.4 * size, right: wide - Math.min(9.5 * size, 0.36 * wide), top: 0.6 * size, bottom: high - 2.8 * size };
    const x = (depth) => frame.left + (depth / depths) * (frame.right - frame.left);
    const y = (share) => frame.bottom - (share / highest) * (frame.bottom - frame.top);
    this.axes(pen, { ...frame, size, depths, highest, x }, colour);
    this.follow(pen, { ...frame, size, x, y, wide }, colour);
  }

  axes(pen, { left, right, top, bottom, size, depths, highest, x }, colour) {
    pen.strokeStyle = colour("--gb-line");
    pen.fillStyle = colour("--gb-muted");
    pen.strokeRect(left, top, right - left, bottom - top);
    pen.textAlign = "right";
    pen.fillText(percent(highest), left - 6, top + 0.8 * size);
    pen.fillText("0", left - 6, bottom);
    pen.textAlign = "center";
    for (let depth = 0; depth <= depths; depth += depths > 6 ? 3 : 1) pen.fillText(String(depth), x(depth), bottom + 1.2 * size);
    pen.fillText(this.words.lens_axis, (left + right) / 2, bottom + 2.4 * size);
    pen.setLineDash([3, 3]);
    pen.strokeStyle = colour("--gb-ink");
    pen.beginPath();
    pen.moveTo(x(this.depth), top);
    pen.lineTo(x(this.depth), bottom);
    pen.stroke();
    pen.setLineDash([]);
  }

  /** A line per name, each named at its end; names keep a line's height apart. */
  follow(pen, { right, top, bottom, size, x, y, wide }, colour) {
    pen.textAlign = "left";
    const ends = this.lines.map((index, n) => ({ index, n, at: y(this.rows.at(-1).shares[index]) })).sort((a, b) => a.at - b.at);
    let free = top + 0.8 * size;
    for (const end of ends) {
      end.text = Math.max(free, Math.min(end.at + 0.35 * size, bottom - (ends.length - 1 - ends.indexOf(end)) * 1.25 * size));
      free = end.text + 1.25 * size;
    }
    for (const { index, n, text } of ends) {
      pen.strokeStyle = colour(["--gb-accent", "--gb-warn", "--gb-bad", "--gb-good"][n]);
      pen.lineWidth = n ? 2 : 3.5;
      pen.setLineDash([[], [8, 4], [2, 3], [12, 3, 2, 3]][n]);
      pen.beginPath();
      this.rows.forEach((row, depth) => (depth ? pen.lineTo(x(depth), y(row.shares[index])) : pen.moveTo(x(depth), y(row.shares[index]))));
      pen.stroke();
      pen.beginPath();
      pen.moveTo(right + 4, text - 0.35 * size);
      pen.lineTo(right + 1.6 * size, text - 0.35 * size);
      pen.stroke();
      pen.setLineDash([]);
      pen.fillStyle = colour("--gb-ink");
      pen.fillText(short(this.labels[index]), right + 1.9 * size, text, wide - right - 2 * size);
    }
  }

  destroy() {
    this.sight.disconnect();
  }
}
