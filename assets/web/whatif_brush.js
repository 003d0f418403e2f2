// The changed photo on a canvas, and the brush on it: discs by pointer or keys, shown at once, filled by the server.

import { add } from "./controls.js";
import { gesture, rows, written } from "./gesture.js";

const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEP = 0.02; // of the width or height, by an arrow key
export const MOST = 2000; // discs

export class Brush {
  /** painted(done): discs were added, and the hand has let go. */
  constructor(parent, words, painted) {
    Object.assign(this, { painted, on: false, radius: 0.08, discs: [], fresh: 0, cursor: null, image: null, drag: false });
    this.canvas = add(parent, "canvas", "gb-lab-photo");
    this.canvas.setAttribute("aria-label", words.photo);
    this.pen = this.canvas.getContext("2d");
    this.canvas.addEventListener("pointerdown", (event) => this.down(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) this.canvas.addEventListener(name, () => this.up());
    this.canvas.addEventListener("pointerleave", () => !this.drag && this.point(null));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.hint = words.brush_hint;
    this.told = gesture(parent, "strokes", (text) => {
      Object.assign(this, { discs: rows(text, 4).slice(0, MOST), fresh: 0 });
      this.draw();
      this.painted(true);
    });
    this.take(false);
  }

  /** Take the brush in hand, or lay it down. */
  take(on) {
    this.on = on;
    this.canvas.tabIndex = on ? 0 : -1;
    this.canvas.setAttribute("role", on ? "application" : "img");
    if (on) this.canvas.setAttribute("aria-description", this.hint);
    else this.canvas.removeAttribute("aria-description");
    this.canvas.classList.toggle("gb-lab-brushing", on);
    this.point(null);
  }

  /** Show a picture (an image that has loaded); the discs before `known` are in it. */
  show(image, known = this.discs.length) {
    this.image = image;
    this.fresh = Math.min(known, this.discs.length);
    if (this.canvas.width !== image.naturalWidth || this.canvas.height !== image.naturalHeight) {
      Object.assign(this.canvas, { width: image.naturalWidth, height: image.naturalHeight });
      this.canvas.style.setProperty("--shape", image.naturalWidth / image.naturalHeight);
    }
    this.draw();
  }

  clear() {
    this.discs = [];
    this.fresh = 0;
    this.told("");
    this.draw();
  }

  /** The hand has let go. */
  done() {
    this.told(written(this.discs));
    this.painted(true);
  }

  draw() {
    const { canvas, pen, image, radius } = this;
    if (!image) return;
    pen.drawImage(image, 0, 0);
    const long = Math.max(canvas.width, canvas.height);
    const disc = ([x, y, r]) => {
      pen.beginPath();
      pen.arc(x * canvas.width, y * canvas.height, r * long, 0, 2 * Math.PI);
    };
    pen.fillStyle = "#8080809c";
    for (const one of this.discs.slice(this.fresh)) {
      disc(one);
      pen.fill();
    }
    if (!this.on || !this.cursor) return;
    for (const [colour, width] of [["#000", 4], ["#fff", 2]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      disc([...this.cursor, radius]);
      pen.stroke();
    }
  }

  point(at) {
    this.cursor = at;
    this.draw();
  }

  /** Add a disc, unless it lies on the last one. */
  dab([x, y]) {
    const last = this.discs.at(-1), { canvas, radius } = this, long = Math.max(canvas.width, canvas.height);
    const apart = last ? Math.hypot((x - last[0]) * canvas.width, (y - last[1]) * canvas.height) : Infinity;
    if ((apart < (radius * long) / 3 && last[2] === radius) || this.discs.length >= MOST) return;
    const round = (value) => Math.round(value * 1e4) / 1e4;
    this.discs = [...this.discs, [round(x), round(y), radius, 0]];
    this.painted(false);
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  down(event) {
    if (!this.on || !this.image || event.button > 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.drag = true;
    this.dab(this.at(event));
    this.point(this.at(event));
  }

  move(event) {
    if (!this.on) return;
    if (this.drag) this.dab(this.at(event));
    this.point(this.at(event));
  }

  up() {
    if (!this.drag) return;
    this.drag = false;
    this.done();
  }

  key(event) {
    if (!this.on || !this.image || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = KEYS[event.key], from = this.cursor ?? [0.5, 0.5];
    if (arrow) this.point([0, 1].map((axis) => Math.min(1, Math.max(0, from[axis] + arrow[axis] * STEP))));
    else if (event.key === " " || event.key === "Enter") {
      this.point(from);
      this.dab(from);
      this.done();
    } else return;
    event.preventDefault();
  }
}
