// What if the photo were different: one change at a time, both nets' scores as live curves over its strength.
//
// data: { words: the section whatif, kinds: {kind: [amounts]}, tiles: [{key, title}] }, then per answer { seq, event, error or
//   begin: photo {id, width, height, reduced, picture}, nets {cnn, vit: {id, name, needs, label, score}}; before an answer { seq, line: a sentence while others go first }
//   look, point: photo_id, picture (look), nets {cnn, vit: {id, score, holds, now: {label, score}}}
//   other: source, title; save: file {url, name} }
// emits: begin, look and point {kind, stop, seed, strokes, fill, other}, other {file}, save like look

import { add, button, choice, fill, radios, slider } from "./controls.js";
import { percent } from "./figures.js";
import { gesture } from "./gesture.js";
import { Line } from "./line.js";
import { picture } from "./picture.js";
import { follow } from "./whatif_address.js";
import { Brush } from "./whatif_brush.js";
import { amount, Curves, Readout, verdict } from "./whatif_curve.js";

const ORDER = ["begin", "look", "other", "save", "point"]; // who goes first: what lies ahead waits for the hand
const FILLS = ["grey", "blur", "average", "patch"];
const FAMILIES = ["cnn", "vit"];
const LOST_MS = 120_000; // a net may have to be loaded, or a class may be waiting for it
const QUIET_MS = 400; // after a move of the hand, before what lies ahead is asked for

export default function mount(element, data, emit) {
  const one = new WhatIf(element, data, emit);
  return { update: (answer) => one.update(answer), destroy: () => one.destroy() };
}

class WhatIf {
  constructor(element, data, emit) {
    Object.assign(this, { words: data.words, kinds: data.kinds, line: new Line(emit, ORDER, globalThis, LOST_MS), asked: new WeakMap() });
    Object.assign(this, { kind: "shuffle", stop: 0, seeds: {}, fillKind: "grey", other: null, moved: 0, photo: null, nets: {}, courses: new Map() });
    this.stops = Object.fromEntries(Object.entries(data.kinds).map(([kind, stops]) => [kind, stops.map((value, at) => this.told(kind, value, at))]));
    this.root = add(element, "details", "gb-lab gb-whatif");
    add(this.root, "summary", "", this.words.title);
    add(this.root, "p", "", this.words.lead);
    this.status = add(this.root, "p", "gb-lab-said");
    this.status.setAttribute("role", "status");
    this.body = add(this.root, "div", "gb-lab-body");
    this.build(data.tiles);
    this.body.hidden = true;
    this.root.addEventListener("toggle", () => this.root.open && !this.photo && this.begin());
    this.onPhoto = ({ detail }) => {
      this.photo = null; // asked anew when somebody looks
      if (this.root.open && detail.photo && (detail.cnn || detail.vit)) this.begin();
    };
    document.addEventListener("gb-photo", this.onPhoto);
    this.deaf = follow(this);
  }

  told(kind, value, at) {
    const [key, values] = amount(kind, value);
    return at ? fill(this.words[key], values) : this.words.unchanged;
  }

  build(tiles) {
    const { words } = this;
    const kinds = Object.keys(this.kinds).map((kind) => [kind, words[`kind_${kind}`]]);
    this.switch = radios(this.body, { name: words.kind, options: kinds, value: this.kind, change: (kind) => this.choose(kind) });
    const two = add(this.body, "div", "gb-lab-two");
    const left = add(two, "div", "gb-lab-left");
    this.brush = new Brush(left, words, (done) => this.painted(done));
    this.size = add(left, "p", "gb-muted");
    this.strength(left);
    this.brushTools(left, tiles);
    const right = add(two, "div", "gb-lab-right");
    this.readout = new Readout(right, words);
    this.curves = new Curves(right, words);
    this.said = add(right, "p", "gb-lab-verdict");
    this.said.setAttribute("role", "status");
    this.about = add(right, "p", "gb-muted");
    this.hybrid = add(right, "p", "gb-muted");
    const foot = add(right, "div", "gb-lab-row");
    button(foot, words.save, () => this.photo && this.line.ask("save", this.question(this.stop)));
  }

  strength(parent) {
    const { words } = this, last = this.stops[this.kind].length - 1;
    this.slider = slider(parent, {
      name: words.strength, min: 0, max: last, step: 1, value: 0, show: (at) => this.stops[this.kind][at] ?? "",
      change: (at) => this.move(at),
    });
    this.slider.input.ariaLabel = words.strength;
    this.again = button(parent, words.again, () => this.draw((this.seeds[this.kind] ?? 0) + 1));
    this.drawn = gesture(parent, "seed", (text) => this.draw(Math.max(0, Math.trunc(Number(text)) || 0)));
  }

  brushTools(parent, tiles) {
    const { words } = this;
    this.tools = add(parent, "div", "gb-lab-tools");
    const fills = FILLS.map((key) => [key, words[`fill_${key}`]]);
    radios(this.tools, { name: words.fill, options: fills, value: this.fillKind, change: (key) => this.refill(() => (this.fillKind = key)) });
    this.patch = add(this.tools, "div", "gb-lab-row");
    const options = [["", words.other_mirrored], ...tiles.map(({ key, title }) => [key, title])];
    this.others = choice(this.patch, { name: words.other, options, value: "", change: (key) => this.refill(() => (this.other = this.sources.get(key) ?? null)) });
    this.sources = new Map(tiles.map(({ key }) => [key, { example: key }]));
    const own = add(this.patch, "label", "gb-button gb-lab-file", words.other_own);
    const input = add(own, "input");
    Object.assign(input, { type: "file", accept: "image/*" });
    input.setAttribute("aria-label", words.other_own);
    input.addEventListener("change", () => {
      if (input.files[0]) this.line.ask("other", { file: input.files[0], name: input.files[0].name });
      input.value = "";
    });
    const size = slider(this.tools, { name: words.brush_size, min: 0.02, max: 0.25, step: 0.01, value: this.brush.radius, show: percent, change: (value) => (this.brush.radius = value) });
    size.input.ariaLabel = words.brush_size;
    button(this.tools, words.clear, () => this.refill(() => this.brush.clear()));
  }

  // ---- what a hand does ----

  begin() {
    this.say(this.body.hidden ? this.words.begin : "");
    this.line.drop("look");
    this.line.drop("point");
    this.line.ask("begin", {});
  }

  /** Shuffle or make noise by another seed. */
  draw(seed) {
    this.seeds[this.kind] = seed;
    this.drawn(String(seed));
    this.move(this.stop);
  }

  choose(kind) {
    this.kind = kind;
    this.drawn(String(this.seeds[kind] ?? 0));
    this.stop = kind === "brush" ? this.stops.brush.length - 1 : 0;
    this.slider.input.max = this.stops[kind].length - 1;
    this.slider.set(this.stop);
    this.move(this.stop);
  }

  refill(change) {
    change();
    this.move(this.stop);
  }

  painted(done) {
    this.hand = !done;
    this.move(this.stop);
  }

  /** Go to a stop: what is known of it is shown at once, the rest is asked for. */
  move(stop) {
    this.stop = stop;
    this.moved = performance.now();
    this.body.setAttribute("aria-busy", "true");
    if (!this.photo) return;
    const course = this.course(), known = course.pictures.has(stop);
    if (known) this.line.drop("look");
    else this.ask("look", stop);
    this.show(known ? stop : null);
    this.ahead();
  }

  /** What is known of the present change, by stop: thrown away when anything but the stop is another one. */
  course() {
    const { kind } = this, key = JSON.stringify({ ...this.question(0), stop: null });
    const kept = this.courses.get(kind);
    if (kept?.key === key) return kept;
    const points = Object.fromEntries(FAMILIES.filter((family) => this.nets[family]).map((family) => [family, new Map()]));
    for (const family of Object.keys(points)) points[family].set(0, { score: this.nets[family].score, holds: true, now: this.nets[family] });
    const made = { key, kind, points, pictures: new Map([[0, this.plain]]), discs: this.brush.discs.length };
    this.courses.set(kind, made);
    return made;
  }

  question(stop) {
    const { kind } = this, seed = this.seeds[kind] ?? 0;
    if (kind !== "brush") return { kind, stop, seed };
    return { kind, stop, seed: 0, strokes: this.brush.discs, fill: this.fillKind, other: this.fillKind === "patch" ? this.other : null };
  }

  ask(event, stop) {
    const detail = this.question(stop);
    this.asked.set(detail, this.course());
    this.line.ask(event, detail);
  }

  /** Fill the curve while the hand rests, the nearest unknown stop first. */
  ahead() {
    clearTimeout(this.timer);
    this.line.drop("point");
    this.timer = setTimeout(() => this.point(), Math.max(0, this.moved + QUIET_MS - performance.now()));
  }

  point() {
    if (!this.photo || !this.root.open || this.hand || this.failed) return;
    const { pictures } = this.course(), nothing = this.kind === "brush" && !this.brush.discs.length;
    const all = nothing ? [] : [...this.stops[this.kind].keys()].filter((stop) => !pictures.has(stop));
    all.sort((a, b) => Math.abs(a - this.stop) - Math.abs(b - this.stop) || a - b);
    if (all.length) this.ask("point", all[0]);
    else if (this.line.quiet) this.body.setAttribute("aria-busy", "false");
  }

  // ---- answers ----

  async update(answer) {
    if (answer.seq === undefined) return;
    if (answer.line) return void (this.line.hold(answer) && this.wait(answer.line));
    const asked = this.line.take(answer);
    if (!asked) return;
    if (this.waiting) this.wait("");
    this.failed = Boolean(answer.error);
    if (answer.error) {
      this.body.setAttribute("aria-busy", "false");
      return void this.say(answer.error, true);
    }
    try {
      await this[`on_${answer.event}`](answer, asked);
    } catch (error) {
      console.warn(error);
      this.say(this.words.lost, true);
    }
  }

  async on_begin({ photo, nets }) {
    const image = await picture(photo.picture);
    const fresh = photo.id !== this.known?.id;
    Object.assign(this, { photo, known: photo, nets, plain: image });
    this.courses.clear();
    if (fresh) this.brush.clear();
    this.say("");
    this.body.hidden = false;
    this.size.textContent = fill(this.words[photo.reduced ? "size_reduced" : "size"], photo);
    const leaning = FAMILIES.map((family) => nets[family]).find((net) => net?.needs);
    this.hybrid.textContent = leaning ? fill(this.words.hybrid, { name: leaning.name }) : "";
    this.move(this.stop);
  }

  on_look(answer, asked) {
    return this.on_point(answer, asked);
  }

  async on_point({ photo_id: id, nets, picture: url }, asked) {
    const course = this.asked.get(asked);
    const same = id === this.photo?.id && Object.keys(this.nets).every((family) => nets[family]?.id === this.nets[family].id);
    if (!same) return void (this.photo && this.begin());
    const image = await picture(url);
    course.pictures.set(asked.stop, image);
    for (const [family, { score, holds, now }] of Object.entries(nets)) course.points[family]?.set(asked.stop, { score, holds, now });
    const mine = this.courses.get(this.kind) === course;
    if (mine || (course.kind === "brush" && this.kind === "brush")) this.show(asked.stop === this.stop || !this.course().pictures.has(this.stop) ? asked.stop : this.stop, course);
    this.ahead();
  }

  on_other({ source, title }) {
    this.sources.set("own", source);
    const { select } = this.others;
    const option = [...select.options].find((one) => one.value === "own") ?? add(select, "option");
    Object.assign(option, { value: "own", textContent: title || this.words.other_own, selected: true });
    this.refill(() => (this.other = source));
  }

  on_save({ file }) {
    Object.assign(document.createElement("a"), { href: new URL(file.url, document.baseURI), download: file.name }).click();
  }

  /** Show a stop's picture and scores (null: the last ones stay) and all curves. */
  show(stop, course = this.course()) {
    const { words, kind } = this, stops = this.stops[kind];
    this.brush.take(kind === "brush");
    this.tools.hidden = kind !== "brush";
    this.patch.hidden = this.fillKind !== "patch";
    this.again.hidden = kind !== "shuffle" && kind !== "noise";
    this.about.textContent = words[`about_${kind}`];
    if (stop !== null) {
      this.brush.show(course.pictures.get(stop), stop ? course.discs : this.brush.discs.length);
      for (const family of FAMILIES) this.readout.show(family, this.nets[family], course.points[family]?.get(stop));
    }
    const { points } = this.course();
    this.curves.show(points, stops, this.stop);
    const sentences = verdict(this.nets, points, stops).map(([key, values]) => fill(words[key], values)).join(" ");
    const said = kind === "brush" && !this.brush.discs.length ? words.brush_how : sentences;
    if (this.said.textContent !== said) this.said.textContent = said;
    this.curves.canvas.setAttribute("aria-label", fill(words.curves, { kind: words[`kind_${kind}`], said }));
  }

  /** Say the place in the nets' line; "" when that is over. */
  wait(line) {
    this.waiting = line;
    this.say(line);
  }

  say(sentence, failed = false) {
    this.status.textContent = sentence;
    this.status.dataset.state = failed ? "failed" : "";
  }

  destroy() {
    this.deaf();
    document.removeEventListener("gb-photo", this.onPhoto);
    clearTimeout(this.timer);
    this.line.stop();
    this.curves.destroy();
  }
}
