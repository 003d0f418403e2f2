// The latent bench: one picture, sliders along the principal directions with strips of what they do, truncation, mixture, pad, gauge.

import { add, button, choice, fill, slider } from "./controls.js";
import { fixed, PERCENT } from "./figures.js";
import { SLIDERS, along } from "./generate_place.js";

const SHOWN = [0, 6, 12, 18, 24]; // of a strip's 25 pictures
const sigmas = (value) => `${value > 0 ? "+" : ""}${value.toFixed(2)} σ`;

export class Bench {
  /** hear: changed(done) after every move of a control; stop() and term(slot) for the buttons. */
  constructor(parent, data, hear) {
    const { words } = data;
    Object.assign(this, { words, hear, steps: data.steps, place: null, strips: null });
    const top = add(parent, "div", "gb-gen-top");
    const left = add(top, "div");
    this.picture = add(left, "canvas", "gb-gen-picture");
    Object.assign(this.picture, { width: 256, height: 256 });
    this.picture.setAttribute("role", "img");
    this.picture.setAttribute("aria-label", words.picture);
    this.gauge = add(left, "p", "gb-gen-gauge");
    this.meter = add(left, "canvas", "gb-gen-meter");
    Object.assign(this.meter, { width: 256, height: 20 });
    this.meter.setAttribute("aria-hidden", "true");
    const right = add(top, "div", "gb-gen-sliders");
    this.rows = Array.from({ length: SLIDERS }, (_, at) => this.row(add(right, "div", "gb-gen-slider"), at));
    const below = add(parent, "div", "gb-gen-own");
    const shape = add(below, "div");
    const change = (key) => (value, done) => {
      this.place = { ...this.place, [key]: value };
      hear.changed(done);
    };
    this.truncation = slider(shape, { name: words.truncation, min: 0, max: 1.5, step: 0.05, value: 1, show: (v) => v.toFixed(2), change: change("truncation") });
    this.other = choice(shape, { name: words.other, value: "0", options: [["0", ""]], change: (value) => change("other")(Number(value), true) });
    this.share = slider(shape, { name: words.share, min: 0, max: 1, step: 0.05, value: 0, show: (v) => `${Math.round(100 * v)}${PERCENT}`, change: change("share") });
    this.buildPad(below);
    const row = add(parent, "div", "gb-fuse-row");
    button(row, words.reset_all, () => this.reset());
    button(row, words.to_walk, () => hear.stop());
    for (const slot of ["A", "B", "C"]) button(row, fill(words.to_slot, { slot }), () => hear.term(slot));
  }

  row(box, at) {
    const { words } = this;
    const made = slider(box, {
      name: fill(words.direction, { number: at + 1 }), min: -3, max: 3, step: 0.25, value: 0, show: sigmas,
      change: (value, done) => {
        this.slide(at, value);
        this.hear.changed(done);
      },
    }); // prettier-ignore
    const strip = add(box, "canvas", "gb-gen-strip");
    Object.assign(strip, { width: 48 * SHOWN.length, height: 48 });
    strip.setAttribute("role", "img");
    strip.setAttribute("aria-label", fill(words.strip, { number: at + 1 }));
    button(box, "0", () => {
      made.set(0);
      this.slide(at, 0);
      this.hear.changed(true);
    }, "gb-button gb-gen-zero").setAttribute("aria-label", fill(words.reset_one, { number: at + 1 })); // prettier-ignore
    return { made, strip };
  }

  slide(at, value) {
    this.place = { ...this.place, sliders: this.place.sliders.map((old, i) => (i === at ? value : old)) };
  }

  // ---- the pad over two directions ----

  buildPad(parent) {
    const box = add(parent, "div", "gb-gen-padbox");
    this.pad = add(box, "div", "gb-gen-pad");
    this.pad.tabIndex = 0;
    this.pad.setAttribute("role", "application");
    this.pad.setAttribute("aria-label", this.words.pad);
    this.dot = add(this.pad, "span");
    const names = Array.from({ length: SLIDERS }, (_, at) => [String(at), fill(this.words.direction, { number: at + 1 })]);
    this.axes = [0, 1];
    const side = add(box, "div");
    for (const axis of [0, 1]) {
      choice(side, { name: this.words[axis ? "pad_down" : "pad_across"], value: String(axis), options: names, change: (value) => {
        this.axes[axis] = Number(value);
        this.showPad();
      } }); // prettier-ignore
    }
    const put = (event, done) => {
      const { left, top, width, height } = this.pad.getBoundingClientRect();
      const snap = (share) => Math.round((Math.min(1, Math.max(0, share)) * 6 - 3) * 4) / 4;
      this.move(snap((event.clientX - left) / width), snap((event.clientY - top) / height), done);
    };
    this.pad.addEventListener("pointerdown", (event) => {
      this.pad.setPointerCapture(event.pointerId);
      put(event, false);
    });
    this.pad.addEventListener("pointermove", (event) => event.buttons && put(event, false));
    this.pad.addEventListener("pointerup", (event) => put(event, true));
    this.pad.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [-0.25, 0], ArrowRight: [0.25, 0], ArrowUp: [0, -0.25], ArrowDown: [0, 0.25] }[event.key];
      if (!step) return;
      event.preventDefault();
      const clip = (value) => Math.min(3, Math.max(-3, value));
      this.move(...this.axes.map((axis, i) => clip(this.place.sliders[axis] + step[i])), true);
    });
  }

  move(across, down, done) {
    this.slide(this.axes[0], across);
    if (this.axes[1] !== this.axes[0]) this.slide(this.axes[1], down);
    for (const axis of this.axes) this.rows[axis].made.set(this.place.sliders[axis]);
    this.hear.changed(done);
  }

  showPad() {
    const [x, y] = this.axes.map((axis) => ((this.place?.sliders[axis] ?? 0) + 3) / 6);
    this.dot.style.left = `${100 * x}%`;
    this.dot.style.top = `${100 * y}%`;
  }

  // ---- showing ----

  load(place, names) {
    this.place = place;
    const { select } = this.other;
    if ([...select.options].map((one) => one.textContent).join() !== names.join()) {
      select.replaceChildren();
      names.forEach((name, at) => {
        add(select, "option", "", name).value = String(at);
      });
    }
    select.value = String(place.other);
    this.truncation.set(place.truncation);
    this.share.set(place.share);
    place.sliders.forEach((value, at) => this.rows[at].made.set(value));
    this.showPad();
  }

  reset() {
    const { terms, label } = this.place;
    this.load({ ...this.place, terms, label, other: label, share: 0, truncation: 1, sliders: Array(SLIDERS).fill(0) }, [...this.other.select.options].map((one) => one.textContent));
    this.hear.changed(true);
  }

  /** Draw a picture: a source image, and what part of it. */
  draw(image, x, y, side, norm, critic) {
    const context = this.picture.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(image, x, y, side, side, 0, 0, this.picture.width, this.picture.height);
    this.tell(norm, critic);
    this.showPad();
  }

  tell(norm, critic) {
    const [mean, spread] = this.shell;
    const off = (norm - mean) / spread;
    const state = Math.abs(off) <= 2 ? "typical" : off < 0 ? "inside" : "outside";
    const score = critic === null || critic === undefined ? "" : ` ${fill(this.words.critic, { score: fixed(critic, 2) })}`;
    this.gauge.textContent = fill(this.words[`gauge_${state}`], { norm: norm.toFixed(2), mean: mean.toFixed(2), spread: spread.toFixed(2) }) + score;
    const { width, height } = this.meter;
    const context = this.meter.getContext("2d");
    const style = getComputedStyle(this.meter);
    const place = (value) => (width * value) / (2 * mean);
    context.clearRect(0, 0, width, height);
    context.fillStyle = style.getPropertyValue("--gb-line");
    context.fillRect(0, 8, width, 4);
    context.fillStyle = style.getPropertyValue("--gb-good");
    context.fillRect(place(mean - 2 * spread), 6, place(4 * spread), 8);
    context.fillStyle = style.getPropertyValue("--gb-ink");
    context.fillRect(Math.min(width - 3, place(norm)), 0, 3, height);
  }

  /** Take strips: {image, side, place, norms, critic}. */
  takeStrips(strips) {
    this.strips = strips;
    this.rows.forEach(({ strip }, at) => {
      const context = strip.getContext("2d");
      context.imageSmoothingQuality = "high";
      SHOWN.forEach((column, i) => context.drawImage(strips.image, column * strips.side, at * strips.side, strips.side, strips.side, 48 * i, 0, 48, 48));
    });
  }

  /** Show the place from the strips, if they know it; says whether they did. */
  known() {
    const { strips, place, steps } = this;
    if (!strips) return false;
    for (let at = 0; at < SLIDERS; at += 1) {
      const column = steps.indexOf(place.sliders[at]);
      if (column >= 0 && along(place, strips.place, at)) {
        const cell = at * steps.length + column;
        this.draw(strips.image, column * strips.side, at * strips.side, strips.side, strips.norms[cell], strips.critic[cell]);
        return true;
      }
    }
    return false;
  }
}
