// The Measure tab: a folder of labelled pictures, and what two classifiers, or a detector, are worth on them.
//
// data: { words, models: {cnn, vit, detector: [{key, name, local}]}, most: pictures of one go, boxes: of one picture, tabs: their titles,
//         examples: [{key, name, url}], and after an answer: seq, and one of
//         begun: {id, kind, nets: [{key, name}], names, truths: word by example, index: {word: place in names}, left_out: [{name, why}]}
//         row: {truth, guesses: [{label, score, is}]} | {boxes} | {failed: a sentence}
//         figures: {nets: [Scores]} | {precision, score, rows: [counts]}; download: {url, name}; said (a sentence), failed (something broke) }
// emits: begin {seq, kind, names, examples, models}, picture {seq, id, name, truth | boxes, size, file | example}, figures {seq, id, score},
//        save {seq, id, kind, score}. One question at a time: an answer may be passed over where the next one is quick.

import { add, button, choice, fill } from "./controls.js";
import { dropped, entries, labelled, spread } from "./measure_truth.js";
import { Questions } from "./questions.js";
import { Scores } from "./measure_scores.js";
import { Survey } from "./measure_survey.js";
import { visit } from "./visit.js";

const LOST_MS = 180_000;
const EVERY = 10; // pictures between two looks at the figures

class Tab {
  constructor(element, data, emit) {
    Object.assign(this, { words: data.words, data, questions: new Questions(emit, data.words, LOST_MS), turn: 0, rows: [], begun: null, chosen: {} });
    this.root = add(element, "div", "gb-measure");
    this.root.dataset.takes = "measure";
    this.intake();
    this.head = add(this.root, "div", "gb-measure-run");
    this.progress = add(this.head, "progress");
    this.progress.setAttribute("aria-label", this.words.progress_name);
    this.status = add(this.head, "p");
    this.status.setAttribute("role", "status");
    this.stopper = button(this.head, this.words.stop, () => this.stop());
    this.head.hidden = true;
    this.said = add(this.root, "div", "gb-said");
    this.said.setAttribute("role", "alert");
    this.said.hidden = true;
    const open = (key) => (row) => this.open(key, row);
    this.views = {
      classify: new Scores(this.root, this.words, open("classify")),
      detect: new Survey(this.root, this.words, open("detect"), (score) => this.rescore(score)),
    };
    for (const view of Object.values(this.views)) view.root.hidden = true;
    this.saves = add(this.head, "div", "gb-row gb-measure-saves");
    for (const kind of ["csv", "json"]) button(this.saves, this.words[`save_${kind}`], () => this.save(kind));
    this.saves.hidden = true;
    this.onSay = (event) => {
      event.preventDefault(); // said here, so the page need not
      this.questions.fail(new Error(event.detail));
    };
    element.addEventListener("gb-say", this.onSay);
  }

  intake() {
    const { words, data, root } = this;
    const box = add(root, "section", "gb-measure-intake");
    box.setAttribute("aria-label", words.intake);
    add(box, "p", "gb-measure-lead", words.start);
    add(box, "p", "gb-muted gb-measure-more", words.start_more);
    const row = add(box, "div", "gb-row");
    this.chooser(row, words.choose_folder, { webkitdirectory: true }, "gb-button gb-main");
    this.chooser(row, words.choose_zip, { accept: ".zip,application/zip" }, "gb-button");
    if (data.examples.length) button(row, fill(words.try_examples, { count: data.examples.length }), () => this.examples());
    const nets = add(box, "div", "gb-row gb-measure-nets");
    for (const family of ["cnn", "vit", "detector"]) {
      const models = data.models[family].filter(({ local }) => local);
      const options = models.map(({ key, name }) => [key, name]);
      this.chosen[family] = options[0]?.[0] ?? "";
      choice(nets, { name: words[family], options, value: this.chosen[family], change: (key) => (this.chosen[family] = key) });
    }
    root.addEventListener("dragover", (event) => event.preventDefault());
    root.addEventListener("drop", (event) => {
      event.preventDefault();
      this.take(dropped(event.dataTransfer));
    });
  }

  chooser(parent, text, attributes, className) {
    const input = add(parent, "input", "gb-hidden");
    Object.assign(input, { type: "file", tabIndex: -1, ...attributes });
    input.setAttribute("aria-hidden", "true");
    input.addEventListener("change", () => {
      this.take([...input.files]);
      input.value = ""; // the same again is a choice too
    });
    button(parent, text, () => input.click(), className);
  }

  // ---- a go ----

  examples() {
    const { examples } = this.data;
    const items = examples.map(({ key, name, url }) => ({ name, example: key, url: new URL(url, document.baseURI).href }));
    this.run({ kind: "classify", names: [], items, unnamed: 0 });
  }

  /** Take what was dropped or chosen: read what it is, then measure. */
  async take(files) {
    this.tell([]);
    try {
      await this.run(await labelled(await entries(await files)));
    } catch (error) {
      console.info(error);
      this.tell([this.words[error.message] ?? this.words.unreadable]);
    }
  }

  async run({ kind, names, items, unnamed }) {
    const turn = (this.turn += 1); // what ran before ends
    const over = () => turn !== this.turn;
    const { words } = this;
    Object.assign(this, { rows: [], figures: null, failed: [] });
    this.began(true);
    try {
      const { begun } = await this.questions.ask("begin", { kind, names, examples: Boolean(items[0]?.example), models: this.chosen });
      if (over()) return;
      this.begun = begun;
      for (const item of items) if (item.example) item.truth = begun.truths[item.example]; // in the visitor's language
      const known = kind === "detect" ? items : items.filter(({ truth }) => Object.hasOwn(begun.index, truth));
      const some = spread(known, this.data.most);
      this.notes = this.strangers(begun, kind, items);
      if (unnamed) this.notes.push(fill(words.unnamed, { count: unnamed }));
      if (some.length < known.length) this.notes.push(fill(words.most, { count: known.length, most: some.length }));
      this.tell(this.notes);
      if (!begun.names.length || !some.length) return;
      for (const [at, item] of some.entries()) {
        this.advance(at, some.length);
        await this.one(item, at);
        if (over()) return;
        if (at % EVERY === EVERY - 1 || at === some.length - 1) await this.look();
      }
      this.advance(some.length, some.length);
    } catch (error) {
      if (!over()) this.tell([...(this.notes ?? []), error.message]);
    } finally {
      if (!over()) this.began(false);
    }
  }

  /** Sentences about the names that are left out, with their pictures. */
  strangers(begun, kind, items) {
    const { words } = this;
    const count = (name) => items.filter((item) => (kind === "detect" ? item.boxes.some((box) => box.name === name) : item.truth === name)).length;
    return begun.left_out.map(({ name, why }) => `${why} ${fill(words.left_out, { count: count(name) })}`);
  }

  async one(item, n) {
    const { id } = this.begun;
    const { name, truth, boxes, size, example } = item;
    const about = boxes ? { boxes: boxes.slice(0, this.data.boxes), size } : { truth };
    let row;
    try {
      const what = example ? { example } : { file: named(await item.get(), name) };
      ({ row } = await this.questions.ask("picture", { id, name, ...about, ...what }));
    } catch (error) {
      if (!this.words[error.message]) throw error; // the server's sentence ends the go; a file that cannot be unpacked does not
      row = { failed: this.words[error.message] };
    }
    if (row.failed) {
      this.failed.push(fill(this.words.failed_one, { name, why: row.failed }));
      this.tell([...this.notes, ...this.failed]);
      return;
    }
    this.rows.push({ ...row, n, name, get: item.get, url: item.url, example });
    this.show();
  }

  /** Bring the figures of what is done. */
  async look() {
    if (!this.rows.length) return;
    const { figures } = await this.questions.ask("figures", { id: this.begun.id, score: this.views.detect.score });
    this.figures = figures;
    this.show();
  }

  /** Another threshold: only the newest is asked for. */
  async rescore(score) {
    this.wanted = score;
    if (this.asking || !this.rows.length) return;
    this.asking = true;
    try {
      for (let asked; asked !== this.wanted; ) {
        asked = this.wanted;
        await this.look();
      }
    } catch (error) {
      this.tell([error.message]);
    } finally {
      this.asking = false;
    }
  }

  async stop() {
    this.turn += 1;
    this.began(false);
    try {
      await this.look();
    } catch (error) {
      this.tell([error.message]);
    }
  }

  async save(kind) {
    try {
      const { download } = await this.questions.ask("save", { id: this.begun.id, kind, score: this.views.detect.score });
      Object.assign(document.createElement("a"), { href: new URL(download.url, document.baseURI), download: download.name }).click();
    } catch (error) {
      this.tell([error.message]);
    }
  }

  /** Show a picture in the tab of its task. */
  async open(key, row) {
    const detail = row.example ? { example: row.example } : { file: named(await row.get(), row.name), name: row.name };
    visit(key, this.data.tabs?.[key], detail);
  }

  // ---- what is shown ----

  began(on) {
    this.head.hidden = false;
    this.root.dataset.state = on ? "busy" : "done";
    this.stopper.hidden = !on;
    this.progress.hidden = !on;
    if (on) {
      this.progress.removeAttribute("value");
      this.status.textContent = this.words.beginning;
      this.saves.hidden = true;
      for (const view of Object.values(this.views)) view.root.hidden = true;
    } else this.status.textContent = this.rows.length ? fill(this.words.done, { count: this.rows.length }) : "";
  }

  advance(done, of) {
    Object.assign(this.progress, { max: of, value: done });
    this.status.textContent = fill(this.words.progress, { done, of });
  }

  tell(sentences) {
    this.said.textContent = "";
    for (const sentence of sentences.slice(0, 12)) add(this.said, "p", "", sentence);
    if (sentences.length > 12) add(this.said, "p", "", fill(this.words.further, { count: sentences.length - 12 }));
    this.said.hidden = !sentences.length;
  }

  show() {
    this.saves.hidden = !this.figures;
    this.views[this.begun.kind].update(this.begun, this.rows, this.figures);
  }

  destroy() {
    this.turn += 1;
    for (const view of Object.values(this.views)) view.destroy();
  }
}

/** A blob as a file of a name, which is what hosts send. */
const named = (blob, name) => (blob instanceof File ? blob : new File([blob], name, { type: blob.type }));

export default function mount(element, data, emit) {
  const tab = new Tab(element, data, emit);
  return { update: (next) => tab.questions.update(next), destroy: () => tab.destroy() };
}
