// What a detector is worth on pictures with true boxes: average precision, each class, and of which kind its mistakes are.

import { add, fill, slider } from "./controls.js";
import { number, percent } from "./figures.js";
import { Gallery } from "./measure_gallery.js";

const KINDS = ["localisation", "classification", "both", "duplicate", "background", "missed"];

/** The sums of all pictures' counts. */
export function sums(rows) {
  const found = Object.fromEntries(["right", ...KINDS].map((key) => [key, 0]));
  for (const row of rows) for (const key of Object.keys(found)) found[key] += row[key];
  return found;
}

export class Survey {
  /** ask(score): the figures at another threshold are wanted */
  constructor(parent, words, open, ask) {
    Object.assign(this, { words });
    this.root = add(parent, "div", "gb-measure-survey");
    this.means = add(this.root, "p", "gb-measure-means");
    add(this.root, "p", "gb-muted", words.about_ap);
    this.slider = slider(this.root, { name: words.score, min: 0.05, max: 0.95, step: 0.05, value: 0.5, change: (value) => ask(value) });
    this.counts = add(this.root, "p");
    this.table = add(this.root, "table", "gb-measure-kinds");
    const each = add(this.root, "details");
    add(each, "summary", "", words.each);
    this.classes = add(each, "div", "gb-measure-scroll");
    this.gallery = new Gallery(this.root, words, {
      filters: [["faulty", (row) => KINDS.some((kind) => row.counts?.[kind])], ...KINDS.map((kind) => [kind, (row) => row.counts?.[kind] > 0]), ["all", () => true]],
      tile: (tile, row) => this.tile(tile, row),
      open,
    });
  }

  get score() {
    return Number(this.slider.input.value);
  }

  tile(parent, { counts, boxes }) {
    const { words } = this;
    const said = counts ? ["right", ...KINDS].filter((key) => counts[key]).map((key) => `${words[`kind_${key}`]}: ${counts[key]}`) : [];
    const text = said.join(", ") || fill(words.true_boxes, { count: boxes });
    add(parent, "span", "gb-measure-guess", text);
    return text;
  }

  update(begun, rows, figures) {
    this.root.hidden = !rows.length;
    if (!rows.length) return;
    const marked = rows.map((row, at) => ({ ...row, counts: figures?.rows[at], mark: JSON.stringify(figures?.rows[at]) }));
    this.gallery.update(marked);
    if (!figures) return;
    const { words } = this;
    const { precision } = figures;
    this.means.textContent = fill(words.ap, { ap: percent(precision.ap), ap50: percent(precision.ap50), count: precision.pictures, boxes: precision.boxes, name: begun.nets[0].name });
    const counted = sums(figures.rows);
    const shown = counted.right + KINDS.slice(0, -1).reduce((sum, key) => sum + counted[key], 0);
    this.counts.textContent = fill(words.shown, { score: number(figures.score), shown, right: counted.right });
    this.kinds(counted);
    this.perClass(precision.classes);
  }

  kinds(counted) {
    const { words, table } = this;
    table.textContent = "";
    const line = add(add(table, "thead"), "tr");
    for (const key of ["kind", "count", "means"]) add(line, "th", "", words[key]).scope = "col";
    const body = add(table, "tbody");
    const most = Math.max(1, ...KINDS.map((key) => counted[key]));
    for (const key of KINDS) {
      const row = add(body, "tr");
      add(row, "th", "", words[`kind_${key}`]).scope = "row";
      const cell = add(row, "td", "gb-measure-bar", String(counted[key]));
      cell.style.setProperty("--share", `${(100 * counted[key]) / most}%`);
      add(row, "td", "gb-muted", words[`about_${key}`]);
    }
  }

  perClass(classes) {
    const { words } = this;
    this.classes.textContent = "";
    const table = add(this.classes, "table", "gb-measure-classes");
    const line = add(add(table, "thead"), "tr");
    for (const key of ["name", "boxes", "ap_short", "ap50_short"]) add(line, "th", "", words[key]).scope = "col";
    const body = add(table, "tbody");
    for (const { name, boxes, ap, ap50 } of classes) {
      const row = add(body, "tr");
      add(row, "th", "", name).scope = "row";
      for (const text of [String(boxes), percent(ap), percent(ap50)]) add(row, "td", "", text);
    }
  }

  destroy() {
    this.gallery.destroy();
  }
}
