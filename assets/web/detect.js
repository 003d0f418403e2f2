// The Detect tab: photos with boxes, sliders that redraw them here and ask nobody, and what suppression does to each candidate.
// data: { words, models: [{key, name, local}], examples: [{key, title, credit, url}], and after an answer:
//         seq, source (what to send to ask about the same picture), picture: {name, width, height, url}, panels: [Candidates as wire sends
//         them, with `title`], said (a sentence instead of an answer), failed (something broke), downloads: [{url, name}] }
//         or { seq, line: a sentence while the question waits for others }
// emits: detect {seq, models, file, name | example | source}, export {seq, kind, source, models, views: one for each panel}

import { note } from "./address.js";
import { add, button, choice, fill, radios } from "./controls.js";
import { follow } from "./detect_address.js";
import { controls, list } from "./detect_controls.js";
import { load } from "./detect_data.js";
import { modes } from "./detect_modes.js";
import { Photo, hit } from "./detect_photo.js";
import { plot } from "./detect_plot.js";
import { read, view, write } from "./detect_settings.js";
import { source } from "./detect_source.js";
import { boxSentence, countSentence, whereSentence } from "./detect_words.js";
import { Memory, ghosts, sift, tally } from "./sift.js";

class Tab {
  constructor(element, data, emit) {
    Object.assign(this, { words: data.words, models: data.models, emit });
    this.settings = read(location.search);
    this.panels = [];
    this.seq = 0;
    this.truth = [];
    this.looked = -1; // the candidate under the pointer or the keyboard
    this.over = 0; // and the panel it is in
    this.root = add(element, "div", "gb-detect");
    this.root.dataset.state = "empty";
    this.build(data);
    this.sizes = new ResizeObserver(() => this.redraw());
    this.update(data);
    this.deaf = follow(this);
  }

  build(data) {
    const { words, root } = this;
    this.source = source(root, root, words, data.examples, (what) => (what.truth ? this.takeTruth(what.truth) : this.ask(what)));
    this.status = add(root, "p", "gb-said", words.start);
    this.status.setAttribute("role", "status");
    const work = add(root, "div", "gb-work");
    const left = add(work, "div", "gb-left");
    this.photos = add(left, "div", "gb-photos");
    this.side = add(work, "div", "gb-side");
    this.choosers(this.side);
    this.controls = controls(this.side, words, this.settings, () => this.changed());
    this.plot = add(this.side, "canvas", "gb-plot");
    this.plot.setAttribute("role", "img");
    this.list = list(this.side, words, (i) => this.look(i, 0));
    this.exports(this.side);
    this.modes = modes(this);
    this.mode = this.modes.boxes;
    this.switch = radios(left, {
      name: words.mode,
      options: Object.keys(this.modes).map((key) => [key, words[`mode_${key}`]]),
      value: "boxes",
      change: (key) => this.enter(key),
    });
    this.bench = add(left, "div", "gb-bench");
  }

  choosers(parent) {
    const { words, models, settings } = this;
    const text = (one) => (one.local ? one.name : fill(words.to_download, one));
    const options = models.map((one) => [one.key, text(one)]);
    const known = (key) => models.some((one) => one.key === key);
    settings.models = settings.models.filter(known);
    if (!settings.models.length && models.length) settings.models = [(models.find((one) => one.local) ?? models[0]).key];
    const choose = (at, key) => {
      settings.models = (at ? [settings.models[0], key] : [key, settings.models[1]]).filter(Boolean);
      this.remember();
      if (this.from) this.ask({ source: this.from });
    };
    const row = add(parent, "div", "gb-models-row");
    this.menus = [0, 1].map((at) =>
      choice(row, { name: words[at ? "beside" : "detector"], options: at ? [["", words.nobody], ...options] : options, value: settings.models[at] ?? "", change: (key) => choose(at, key) }),
    );
  }

  exports(parent) {
    const { words } = this;
    const row = add(parent, "div", "gb-exports");
    add(row, "span", "", words.export);
    for (const kind of ["png", "coco", "csv"]) button(row, words[`export_${kind}`], () => this.export(kind));
  }

  export(kind) {
    if (!this.panels.length) return;
    const { models, ghosts } = this.settings;
    const views = this.panels.map((panel) => ({ ...view(this.settings, panel.found.names), ghosts })); // each detector numbers its own classes
    this.emit("export", { seq: this.seq, kind, source: this.from, models, views });
  }

  /** Ask the server for the candidates of a picture; the old result stays until the new one is there. */
  ask(what) {
    if (!what.source) note({ example: what.example ?? null });
    this.seq += 1;
    this.root.dataset.busy = "";
    this.say(this.words.working);
    this.emit("detect", { seq: this.seq, models: this.settings.models, ...what });
  }

  /** A file of ground truth was dropped: it belongs to the photo that is there. */
  takeTruth(file) {
    if (!this.panels.length) return;
    this.enter("truth");
    this.mode.take(file);
  }

  say(text) {
    this.status.textContent = text;
    this.status.hidden = !text;
  }

  async update(data) {
    for (const file of data.downloads ?? []) this.save(file);
    if (data.failed) {
      delete this.root.dataset.busy;
      this.say(this.words.failed);
      return;
    }
    if ((data.seq ?? -1) < this.seq) return; // an answer to an older question
    if (data.line) return void this.say(data.line); // the place in the nets' line
    this.seq = data.seq;
    if (data.panels) {
      const found = await Promise.all(data.panels.map(load)).catch(() => null);
      if (data.seq < this.seq) return; // a newer one came while the arrays were on their way
      if (found) this.show(data, found);
      else data.said = this.words.lost;
    }
    delete this.root.dataset.busy;
    this.say(data.said ?? "");
    this.root.dataset.seq = data.seq;
  }

  save({ url, name }) {
    const link = document.createElement("a");
    Object.assign(link, { href: url, download: name });
    link.click();
  }

  show(data, found) {
    if (this.picture?.digest !== data.picture.digest) this.truth = [];
    this.picture = data.picture;
    this.from = data.source;
    this.looked = -1;
    this.photos.textContent = "";
    this.sizes.disconnect();
    this.panels = found.map((one, at) => {
      const photo = new Photo(this.photos);
      if (found.length > 1) add(photo.figure, "h3", "gb-photo-name", one.title);
      const detail = add(photo.figure, "p", "gb-photo-detail");
      detail.setAttribute("role", "status");
      photo.show(data.picture, fill(this.words.canvas, { name: data.picture.name, model: one.title }));
      this.listen(photo, at);
      this.sizes.observe(photo.frame);
      return { found: one, memory: new Memory(), photo, detail };
    });
    this.root.dataset.state = "full";
    this.photos.dataset.count = String(found.length);
    this.controls.fit(found);
    for (const [key, input] of this.switch.inputs) {
      const fits = key !== "stages" || found.some((one) => one.proposals);
      input.input.disabled = !fits;
      input.label.title = fits ? "" : this.words.no_stages;
      if (!fits && this.mode === this.modes[key]) this.enter("boxes");
    }
    this.enter(Object.keys(this.modes).find((key) => this.modes[key] === this.mode));
  }

  enter(key) {
    this.mode.leave?.();
    this.mode = this.modes[key];
    this.switch.choose(key);
    this.bench.textContent = "";
    if (this.panels.length) this.mode.build?.(this.bench);
    this.redraw();
  }

  listen(photo, at) {
    const { canvas } = photo;
    canvas.addEventListener("pointermove", (event) => {
      if (this.mode.move?.(this.panels[at], photo.place(event), event)) return;
      this.look(hit(this.panels[at].found, this.within(at), photo.place(event)), at);
    });
    canvas.addEventListener("pointerleave", () => this.look(-1, at));
    canvas.addEventListener("pointerdown", (event) => this.mode.down?.(this.panels[at], photo.place(event), event));
    canvas.addEventListener("pointerup", (event) => this.mode.up?.(this.panels[at], photo.place(event), event));
    canvas.addEventListener("keydown", (event) => this.key(event, at));
    canvas.addEventListener("blur", () => this.look(-1, at));
  }

  /** Arrow keys go through the boxes, best first; Enter takes one where boxes are picked. */
  key(event, at) {
    const order = this.within(at);
    const now = order.indexOf(this.over === at ? this.looked : -1);
    const moves = { ArrowRight: now + 1, ArrowDown: now + 1, ArrowLeft: now - 1, ArrowUp: now - 1, Home: 0, End: order.length - 1 };
    if (event.key in moves && order.length) {
      this.look(order[(moves[event.key] + order.length) % order.length], at);
    } else if (event.key === "Escape") this.look(-1, at);
    else if (event.key === "Enter" && this.looked >= 0) this.mode.pick?.(this.panels[at], this.looked);
    else return;
    event.preventDefault();
  }

  /** The candidates that can be pointed at now. */
  within(at) {
    const panel = this.panels[at];
    if (!panel?.sifted) return [];
    const now = this.mode.within?.(panel);
    if (now) return now;
    const faint = this.settings.ghosts ? ghosts(panel.sifted, panel.view) : [];
    return [...panel.sifted.shown, ...faint];
  }

  look(i, at) {
    if (i === this.looked && at === this.over) return;
    this.looked = i;
    this.over = at;
    this.redraw();
  }

  changed() {
    this.redraw();
    this.remember();
  }

  /** Put the settings into the address, when the hand rests. */
  remember() {
    clearTimeout(this.later);
    this.later = setTimeout(() => {
      const query = write(location.search, this.settings);
      if (query !== location.search) history.replaceState(history.state, "", `${location.pathname}${query}${location.hash}`);
    }, 300);
  }

  redraw() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  /** What measures the page comes first and what writes into it last, so that a frame has one layout. */
  draw() {
    const { words, settings } = this;
    const over = (at) => (at === this.over ? this.looked : -1);
    this.panels.forEach((panel, at) => {
      panel.view = view(settings, panel.found.names);
      panel.sifted = sift(panel.found, panel.view, panel.memory);
      panel.photo.draw(this.mode.scene(panel, over(at)));
    });
    if (this.panels.length) this.drawPlot(this.panels[0]);
    this.mode.drawn?.();
    this.panels.forEach((panel, at) => {
      const { found, sifted, photo, detail } = panel;
      photo.caption.textContent = countSentence(words, found, sifted);
      if (over(at) >= 0) detail.textContent = boxSentence(words, found, sifted, panel.view, over(at));
      else detail.textContent = this.mode.said?.(panel) ?? whereSentence(words, found, sifted);
    });
    if (!this.panels.length) return;
    const [{ found, sifted }] = this.panels;
    this.root.dataset.kept = sifted.shown.length;
    this.list.draw(found, sifted, over(0));
  }

  drawPlot({ sifted }) {
    const counts = tally(sifted);
    const { words, settings } = this;
    const now = sifted.kept.length;
    plot(this.plot, {
      points: counts.map((count, at) => [at / 100, count]),
      dot: [settings.score, now],
      top: Math.max(1, counts[Math.max(1, Math.round(settings.score * 50))], Math.min(counts[1], 4 * now + 10)),
      xName: words.plot_x,
      yName: words.plot_y,
      steps: true,
    });
    this.plot.setAttribute("aria-label", fill(words.plot, { kept: now, score: settings.score.toFixed(2) }));
  }

  destroy() {
    this.deaf();
    this.source.destroy();
    this.sizes.disconnect();
    this.mode.leave?.();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.later);
    this.root.remove();
  }
}

export default function mount(element, data, emit) {
  const tab = new Tab(element, data, emit);
  return { update: (next) => tab.update(next), destroy: () => tab.destroy() };
}
