// What two classifiers are worth on labelled pictures: figures, who is taken for whom, and the pictures themselves.

import { add, fill, radios } from "./controls.js";
import { percent } from "./figures.js";
import { Gallery } from "./measure_gallery.js";

const SIDE = 25; // names of the largest matrix that can still be read; beyond, the commonest mistakes alone
const PAIRS = 12;
const MEANS = ["accuracy", "precision", "recall", "f1"];

/** How often both were right, only one, or none. */
export function together(rows) {
  const found = { both: 0, first: 0, second: 0, none: 0 };
  for (const { truth, guesses } of rows) {
    const [a, b] = guesses.map(({ is }) => is === truth);
    found[a ? (b ? "both" : "first") : b ? "second" : "none"] += 1;
  }
  return found;
}

/** The commonest mistakes of a matrix: [{truth, answer, count}], most first; of equal ones as they stand. */
export function mistakes(confusion, most = PAIRS) {
  const found = confusion.flatMap((row, truth) => row.map((count, answer) => ({ truth, answer, count })));
  return found.filter(({ truth, answer, count }) => count && truth !== answer).sort((a, b) => b.count - a.count).slice(0, most);
}

function head(table, names) {
  const line = add(add(table, "thead"), "tr");
  for (const name of names) add(line, "th", "", name).scope = "col";
}

export class Scores {
  constructor(parent, words, open) {
    Object.assign(this, { words, net: 0 });
    this.root = add(parent, "div", "gb-measure-scores");
    const top = add(this.root, "div", "gb-measure-top"), left = add(top, "div", "gb-measure-left");
    this.table = add(left, "table", "gb-measure-figures");
    this.said = add(left, "div", "gb-measure-sentences");
    const what = add(left, "details");
    add(what, "summary", "", words.what);
    for (const key of MEANS) add(what, "p", "", words[`about_${key}`]);
    this.each = add(left, "details");
    add(this.each, "summary", "", words.each);
    this.classes = this.scroller(this.each, words.each);
    this.matrix = add(top, "section", "gb-measure-matrix");
    const differ = ({ guesses }) => (guesses[0].is !== guesses[1].is || (guesses[0].is < 0 && guesses[0].label !== guesses[1].label));
    this.gallery = new Gallery(this.root, words, {
      filters: [
        ["differ", differ],
        ["wrong_cnn", ({ truth, guesses }) => guesses[0].is !== truth],
        ["wrong_vit", ({ truth, guesses }) => guesses[1].is !== truth],
        ["all", () => true],
      ],
      tile: (tile, row) => this.tile(tile, row),
      open,
    });
  }

  scroller(parent, name) {
    const made = add(parent, "div", "gb-measure-scroll");
    Object.assign(made, { tabIndex: 0 });
    made.setAttribute("role", "region");
    made.setAttribute("aria-label", name);
    return made;
  }

  /** What stands below a picture; returns it for the ear. */
  tile(parent, { truth, guesses }) {
    const { words, begun } = this;
    add(parent, "span", "gb-measure-truth", begun.names[truth]);
    const said = guesses.map(({ label, score, is }, net) => {
      const right = is === truth;
      const line = add(parent, "span", `gb-measure-guess ${right ? "gb-right" : "gb-wrong"}`, `${right ? "✓" : "✗"} ${label} ${percent(score)}`);
      line.title = begun.nets[net].name;
      return fill(words[right ? "guess_right" : "guess_wrong"], { name: begun.nets[net].name, label });
    });
    return [begun.names[truth], ...said].join("; ");
  }

  /** begun: {names, nets}; rows: [{n, name, truth, guesses: [{label, score, is}]}]; figures: {nets: [Scores]} */
  update(begun, rows, figures) {
    this.begun = begun;
    this.root.hidden = !rows.length;
    if (!rows.length) return;
    this.gallery.update(rows);
    if (!figures) return;
    this.figures = figures;
    this.means(rows);
    this.perClass();
    this.draw();
  }

  means(rows) {
    const { words, begun, figures, table } = this;
    table.textContent = "";
    add(table, "caption", "gb-hidden", words.figures);
    head(table, [words.net, words.right, ...MEANS.map((key) => words[key])]);
    const body = add(table, "tbody");
    for (const [at, net] of figures.nets.entries()) {
      const line = add(body, "tr");
      add(line, "th", "", begun.nets[at].name).scope = "row";
      add(line, "td", "", fill(words.of, { part: net.right, whole: net.pictures }));
      for (const key of MEANS) add(line, "td", "gb-measure-mean", percent(net[key]));
    }
    const counted = together(rows);
    const [first, second] = begun.nets.map(({ name }) => name);
    this.said.textContent = "";
    add(this.said, "p", "", fill(words.together, { ...counted, first_name: first, second_name: second, count: rows.length }));
    add(this.said, "p", "gb-muted", fill(words.weight, { count: rows.length, share: percent(1 / rows.length) }));
  }

  perClass() {
    const { words, begun, figures } = this;
    this.classes.textContent = "";
    const table = add(this.classes, "table", "gb-measure-classes");
    const columns = begun.nets.flatMap(({ name }) => ["precision", "recall", "f1"].map((key) => `${words[key]}, ${name}`));
    head(table, [words.name, words.pictures, ...columns]);
    const body = add(table, "tbody");
    for (const [at, row] of figures.nets[0].classes.entries()) {
      if (!row.pictures) continue;
      const line = add(body, "tr");
      add(line, "th", "", row.name).scope = "row";
      add(line, "td", "", String(row.pictures));
      for (const net of figures.nets) for (const key of ["precision", "recall", "f1"]) add(line, "td", "", percent(net.classes[at][key]));
    }
  }

  draw() {
    const { words, begun, figures, matrix } = this;
    if (!this.switch || this.switched !== begun.id) {
      this.switched = begun.id;
      matrix.textContent = "";
      add(matrix, "h3", "", words.confusion);
      const options = begun.nets.map(({ name }, at) => [String(at), name]);
      const change = (at) => {
        this.net = Number(at);
        this.draw();
      };
      this.switch = radios(matrix, { name: words.net, options, value: String(this.net), change });
      add(matrix, "p", "gb-muted", words.about_confusion);
      this.grid = this.scroller(matrix, words.confusion);
    }
    this.grid.textContent = "";
    const { confusion } = figures.nets[this.net];
    if (begun.names.length <= SIDE) this.cells(confusion);
    else this.pairs(confusion);
  }

  cells(confusion) {
    const { words, begun } = this;
    const table = add(this.grid, "table", "gb-measure-cells");
    add(table, "caption", "gb-hidden", fill(words.matrix_of, { name: begun.nets[this.net].name }));
    head(table, [words.truth_answer, ...begun.names, words.other]);
    const body = add(table, "tbody");
    for (const [truth, row] of confusion.entries()) {
      const total = row.reduce((sum, count) => sum + count, 0);
      const line = add(body, "tr");
      add(line, "th", "", begun.names[truth]).scope = "row";
      for (const [answer, count] of row.entries()) {
        const cell = add(line, "td", truth === answer ? "gb-measure-hit" : "");
        if (!count) continue;
        cell.style.setProperty("--share", `${Math.round((50 * count) / total)}%`);
        this.pair(cell, { truth, answer, count }, String(count));
      }
    }
  }

  /** The commonest mistakes in words, where a matrix would be too large. */
  pairs(confusion) {
    const list = add(this.grid, "ol", "gb-measure-pairs");
    for (const one of mistakes(confusion)) this.pair(add(list, "li"), one, this.sentence(one));
  }

  sentence({ truth, answer, count }) {
    const { words, begun } = this;
    const named = begun.names[answer] ?? words.other;
    return fill(words[truth === answer ? "cell_right" : "cell_wrong"], { truth: begun.names[truth], answer: named, count });
  }

  pair(parent, one, text) {
    const { truth, answer } = one, net = this.net;
    const made = add(parent, "button", "gb-measure-pair", text);
    made.type = "button";
    made.setAttribute("aria-label", this.sentence(one));
    const is = answer < this.begun.names.length ? answer : -1;
    made.addEventListener("click", () => {
      const test = (row) => row.truth === truth && row.guesses[net].is === is;
      this.gallery.choose(`${net} ${truth} ${answer}`, test, `${this.begun.nets[net].name}: ${this.sentence(one)}`);
      this.gallery.root.scrollIntoView({ block: "nearest" });
    });
  }

  destroy() {
    this.gallery.destroy();
  }
}
