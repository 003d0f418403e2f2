// Walks: the chosen stops, the film between them in pieces, playing, and files of it; and A - B + C of three samples.

import { add, button, choice, fill, slider } from "./controls.js";

const FRAME_MS = 60;

export class Walk {
  /** ask(event, detail) asks the server; `compute(a, b, c)` shows the latent arithmetic. */
  constructor(parent, words, ask, compute) {
    Object.assign(this, { words, ask, stops: [], film: [], frames: 48, slots: {} });
    const sums = add(parent, "div", "gb-fuse-row gb-gen-sums");
    add(sums, "strong", "", words.arithmetic);
    for (const [slot, sign] of [["A", "−"], ["B", "+"], ["C", "="]]) {
      this.slots[slot] = { canvas: thumb(sums, fill(words.slot, { slot })), place: null };
      add(sums, "span", "", sign);
    }
    button(sums, words.compute, () => {
      const [a, b, c] = ["A", "B", "C"].map((slot) => this.slots[slot].place);
      if (a && b && c) compute(a, b, c);
    });
    const row = add(parent, "div", "gb-fuse-row");
    add(row, "strong", "", words.walk);
    this.list = add(row, "span", "gb-gen-stops");
    button(row, words.walk_clear, () => this.clear());
    const bar = add(parent, "div", "gb-gen-walk");
    this.screen = add(bar, "canvas", "gb-gen-screen");
    Object.assign(this.screen, { width: 192, height: 192 });
    this.screen.setAttribute("role", "img");
    this.screen.setAttribute("aria-label", words.film);
    const side = add(bar, "div");
    this.count = slider(side, { name: words.frames, min: 12, max: 240, step: 12, value: 48, show: String, change: (value) => {
      this.frames = value;
    } }); // prettier-ignore
    const buttons = add(side, "div", "gb-fuse-row");
    button(buttons, words.walk_start, () => this.start(), "gb-button gb-main");
    this.cancel = button(buttons, words.cancel, () => this.stop());
    this.progress = add(side, "progress");
    this.progress.setAttribute("aria-label", words.walk_progress);
    this.format = choice(side, { name: words.format, value: "gif", options: [["gif", "GIF"], ["mp4", "MP4"], ["png", words.format_strip]], change: () => {} });
    button(side, words.save, () => this.stops.length && this.ask("save", { stops: this.stops, frames: this.frames, format: this.format.select.value }));
    this.idle();
  }

  term(slot, place, picture) {
    this.slots[slot].place = place;
    copy(picture, this.slots[slot].canvas);
  }

  add(place, picture) {
    if (this.stops.length >= 12) return;
    this.stops.push(structuredClone(place));
    copy(picture, thumb(this.list, fill(this.words.stop, { number: this.stops.length })));
  }

  clear() {
    this.stop();
    this.stops = [];
    this.list.replaceChildren();
  }

  /** Leave everything of a generator that is no longer shown. */
  forget() {
    this.clear();
    for (const slot of Object.values(this.slots)) {
      slot.place = null;
      slot.canvas.getContext("2d").clearRect(0, 0, slot.canvas.width, slot.canvas.height);
    }
  }

  start() {
    if (!this.stops.length) return;
    this.stop();
    this.film = [];
    this.wanted = this.frames;
    this.running = true;
    Object.assign(this.progress, { max: this.wanted, value: 0, hidden: false });
    this.cancel.hidden = false;
    this.ask("walk", { stops: this.stops, frames: this.wanted, start: 0 });
  }

  /** Take a piece: an image of `count` pictures beside each other, from frame `start` on. */
  take(image, { start, count }) {
    if (!this.running || start !== this.film.length) return;
    const side = image.height;
    for (let at = 0; at < count; at += 1) this.film.push({ image, x: at * side, side });
    this.progress.value = this.film.length;
    if (this.film.length < this.wanted) this.ask("walk", { stops: this.stops, frames: this.wanted, start: this.film.length });
    else this.idle();
    if (!this.timer) this.play();
  }

  play() {
    let at = 0;
    this.timer = setInterval(() => {
      const { image, x, side } = this.film[at % this.film.length];
      this.screen.getContext("2d").drawImage(image, x, 0, side, side, 0, 0, this.screen.width, this.screen.height);
      at += 1;
    }, FRAME_MS);
  }

  idle() {
    this.running = false;
    this.progress.hidden = true;
    this.cancel.hidden = true;
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    this.idle();
  }
}

function thumb(parent, name) {
  const canvas = add(parent, "canvas", "gb-gen-thumb");
  Object.assign(canvas, { width: 48, height: 48 });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", name);
  return canvas;
}

const copy = (from, to) => to.getContext("2d").drawImage(from, 0, 0, to.width, to.height);
