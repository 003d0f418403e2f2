// The Fuse tab's talk with its server: what is asked, what is remembered, and which answer still counts (the newest).

import { note } from "./address.js";
import { fill } from "./controls.js";
import { isLocal, recipe } from "./fuse_methods.js";
import { decode } from "./fuse_stage.js";

const KEPT = 12; // results that are remembered
const PAUSE_MS = 200; // of quiet before a method is asked for
const LOST_MS = 20_000; // a pair without an answer for so long is given up

export class Talk {
  /** hear: { pair(images, facts), result(kept), move(move), file(file), say(sentence, failed) } */
  constructor(emit, words, state, hear) {
    Object.assign(this, { emit, words, state, hear });
    this.seq = 0;
    this.seen = 0;
    this.given = {}; // the sources of A and B, as the server named them
    this.kept = new Map();
    this.pairing = 0; // the question whose answer is a pair; the next one builds on that answer
    this.waiting = new Map(); // what else is to become of the pair: slot or "fit" -> how to ask
  }

  /** Ask for another pair, once the answer to the one before is there; of each kind only the newest waits. */
  change(kind, ask) {
    this.waiting.delete(kind);
    this.waiting.set(kind, ask);
    if (!this.pairing) this.next();
  }

  next() {
    clearTimeout(this.patience);
    this.pairing = 0;
    const [first] = this.waiting;
    if (!first) return;
    this.waiting.delete(first[0]);
    first[1]();
    this.pairing = this.seq;
    this.patience = setTimeout(() => this.next(), LOST_MS);
  }

  get complete() {
    return Boolean(this.given.a && this.given.b);
  }

  send(event, sentence, detail) {
    this.seq += 1;
    this.hear.say(sentence);
    this.emit(event, { seq: this.seq, fit: this.state.fit, given: this.given, ...detail });
  }

  pick(slot, what) {
    note({ pair: what.pair ?? null });
    if (what.pair) this.waiting.clear();
    this.change(slot, () => this.send("pick", this.words.busy_pictures, { slot, name: what.file?.name ?? "", ...what }));
  }

  /** Take the pictures of another page, {a, b} as the server named them. */
  take(given) {
    note({ pair: null });
    this.waiting.clear();
    this.change("take", () => this.send("fit", this.words.busy_pictures, { given }));
  }

  swap() {
    if (!this.complete) return;
    this.change("swap", () => this.send("fit", this.words.busy_pictures, { given: { a: this.given.b, b: this.given.a } }));
  }

  fit() {
    if (this.complete) this.change("fit", () => this.send("fit", this.words.busy_pictures, {}));
  }

  align(way) {
    if (this.complete) this.send("align", this.words.busy_align, { way });
  }

  save(kind) {
    if (this.complete) this.send("save", this.words.busy_save, { kind, ...this.recipe() });
  }

  recipe() {
    return recipe(this.state.settings, this.state.fit, this.state.move);
  }

  /** Ask for the settings as they are, after a moment of quiet. */
  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.mix(), PAUSE_MS);
  }

  /** Ask for the settings as they are, or take what is remembered. */
  mix() {
    if (!this.complete) return;
    const wanted = this.recipe();
    this.wanted = JSON.stringify([this.given, wanted]);
    const kept = this.kept.get(this.wanted);
    if (kept) this.hear.result(kept);
    else this.send("mix", this.words[isLocal(wanted.method) ? "busy_measure" : "busy_mix"], { key: this.wanted, ...wanted });
  }

  /** Take an answer of the server; an older one than the newest seen is let go. */
  async update(next) {
    const mine = next.seq === this.pairing;
    if (next.seq === undefined || (next.seq < this.seen && !mine)) return;
    if (next.line) return void this.hear.say(next.line); // the place in the nets' line
    this.seen = Math.max(this.seen, next.seq);
    try {
      if (next.error) this.hear.say(next.error, true);
      else if (next.pair) await this.pair(next.pair, next.seq);
      else if (next.result) await this.result(next.key, next.result);
      else if (next.move) this.move(next.move);
      else if (next.file) this.hear.file(next.file);
    } catch (error) {
      if (error.name === "AbortError") return;
      console.warn(error);
      this.hear.say(this.words.lost, true);
    } finally {
      if (mine && this.pairing === next.seq) this.next();
    }
  }

  async pair(pair, seq) {
    this.loading?.abort();
    this.loading = new AbortController();
    const [a, b] = await Promise.all(["a", "b"].map((slot) => (pair[slot] ? decode(pair[slot].url, this.loading.signal) : null)));
    if (seq !== this.pairing) return; // it was given up, and a newer pair is on its way
    this.given = pair.sources;
    this.kept.clear();
    this.hear.say(a && b ? "" : this.words[a ? "need_b" : "need_a"]);
    this.hear.pair({ a, b, left: pair.left, top: pair.top }, pair);
  }

  async result(key, result) {
    const [rgba, share] = await Promise.all([result.url, result.share].map((url) => (url ? decode(url) : null)));
    const kept = { rgba, share, words: result.words };
    this.kept.set(key, kept);
    if (this.kept.size > KEPT) this.kept.delete(this.kept.keys().next().value);
    if (key === this.wanted) this.hear.result(kept);
  }

  move(move) {
    this.hear.move(move);
    this.hear.say(fill(this.words.aligned, { scale: move.scale.toFixed(2), turn: move.turn.toFixed(1) }));
  }

  stop() {
    clearTimeout(this.timer);
    clearTimeout(this.patience);
    this.loading?.abort();
  }
}
