// Randomise the weights: a copy of a net forgets part by part, from the top down, and its map is drawn after each part.
//
// data: { words: the section randomise }, then the visitor's room: { run, serial, said, said_serial, cnn, vit: null or
//   {photo {url, width, height}, answer, name, label, method, running, total, seen, words,
//    steps: [{part, levels: rows of 0..255, rank (null: one map is even), ssim}]} }
// emits: begin {family, method}, stop {family}

import { addressed, look } from "./address.js";
import { add, button, fill, radios } from "./controls.js";
import { short } from "./figures.js";

const METHODS = { cnn: ["gradcam"], vit: ["attention", "rollout", "relevance"] };
const WIDE = 264; // pixels of a small map

export default function mount(element, data, emit) {
  const one = new Randomise(element, data, emit);
  return { update: (room) => one.update(room), destroy: () => one.destroy() };
}

/** How many steps at the beginning left the map exactly as it was. */
export function unmoved(steps) {
  let count = 0;
  while (count + 1 < steps.length && String(steps[count + 1].levels) === String(steps[0].levels)) count += 1;
  return count;
}

/** A figure -1..1 with two decimals and a true minus. */
export const decimals = (value) => (Math.round(value * 100) === 0 ? "0.00" : value.toFixed(2).replace("-", "−"));

class Randomise {
  constructor(element, data, emit) {
    Object.assign(this, { words: data.words, data: {}, tables: null, pages: {} });
    this.root = add(element, "details", "gb-lab gb-randomise");
    add(this.root, "summary", "", this.words.title);
    add(this.root, "p", "", this.words.lead);
    this.status = add(this.root, "p", "gb-lab-said");
    this.status.setAttribute("role", "status");
    const body = add(this.root, "div", "gb-lab-body");
    for (const family of ["cnn", "vit"]) this.pages[family] = new Page(body, this.words, family, emit);
    this.colours();
    this.onPhoto = ({ detail }) => {
      for (const [family, page] of Object.entries(this.pages)) page.shown(detail[family]);
    };
    document.addEventListener("gb-photo", this.onPhoto);
    this.deaf = addressed("classify", (params) => {
      this.root.open = params.get("randomise") === "1";
      if (this.root.open) look(this.root);
    });
  }

  async colours() {
    const answer = await fetch(new URL("./colormaps.json", import.meta.url));
    const table = (await answer.json()).viridis;
    for (const page of Object.values(this.pages)) page.paint(table);
  }

  update(room) {
    if (room.serial === undefined || (room.run === this.data.run && room.serial < this.data.serial)) return;
    if (room.said_serial !== this.data.said_serial) {
      this.status.textContent = room.said;
      this.status.dataset.state = room.said ? "failed" : "";
    }
    this.data = room;
    for (const [family, page] of Object.entries(this.pages)) page.show(room[family]);
  }

  destroy() {
    this.deaf();
    document.removeEventListener("gb-photo", this.onPhoto);
  }
}

/** One net: what to do, and a small map for each step with its figures. */
class Page {
  constructor(parent, words, family, emit) {
    Object.assign(this, { words, family, table: null, run: null, drawn: 0, method: METHODS[family][0] });
    this.root = add(parent, "section");
    this.root.setAttribute("aria-label", words[`region_${family}`]);
    const line = add(this.root, "div", "gb-lab-row");
    add(line, "strong", "", words[`region_${family}`]);
    if (METHODS[family].length > 1) {
      const options = METHODS[family].map((key) => [key, words[`method_${key}`]]);
      radios(line, { name: words.method, options, value: this.method, change: (key) => (this.method = key) });
    }
    this.start = button(line, words.start, () => emit("begin", { family, method: this.method }));
    this.stop = button(line, words.stop, () => emit("stop", { family }));
    this.state = add(line, "span", "gb-muted");
    this.said = add(this.root, "p");
    this.said.setAttribute("role", "status");
    this.steps = add(this.root, "ol", "gb-lab-steps");
    this.show(null);
  }

  paint(table) {
    this.table = table;
    this.draw();
  }

  /** Another answer is shown above: what was drawn for the one before is told to be so. */
  shown(answer) {
    this.answer = answer;
    this.tell();
  }

  show(run) {
    const fresh = !run || !this.run || run.steps.length < this.drawn || run.answer !== this.run.answer || run.method !== this.run.method;
    if (fresh) {
      this.steps.replaceChildren();
      this.drawn = 0;
      if (run?.photo.url !== this.run?.photo.url) this.image = null;
    }
    this.run = run;
    this.start.hidden = Boolean(run?.running);
    this.stop.hidden = !run?.running;
    if (run && !this.image) this.bring(run.photo.url);
    this.tell();
    this.draw();
  }

  async bring(url) {
    const image = new Image();
    this.image = image;
    image.src = new URL(url, document.baseURI);
    try {
      await image.decode();
    } catch (error) {
      console.info(error); // the server has forgotten the photo: the maps are drawn without it
    }
    this.steps.replaceChildren();
    this.drawn = 0;
    this.draw();
  }

  tell() {
    const { run, words } = this, done = run && run.steps.length > run.total && run.total > 0;
    this.state.textContent = !run?.total ? "" : run.running ? fill(words.step, { step: run.steps.length - 1, steps: run.total }) : done ? "" : words.stopped;
    const still = done ? unmoved(run.steps) : 0;
    const old = run && this.answer && run.answer !== this.answer ? [words.old] : [];
    const about = run ? [fill(words.about_run, { name: run.name, method: words[`method_${run.method}`], label: short(run.label ?? "") })] : [];
    const found = done ? [...run.words, ...(still ? [fill(words.unmoved, { count: still, part: run.steps[still].part })] : [])] : [];
    const said = run?.label ? [...old, ...about, ...found].join(" ") : "";
    if (this.said.textContent !== said) this.said.textContent = said;
  }

  /** Add the steps that are not there yet. */
  draw() {
    const { run, words } = this;
    if (!run || !this.table || !this.image?.complete) return;
    for (const step of run.steps.slice(this.drawn)) {
      const item = add(this.steps, "li");
      this.map(add(item, "canvas"), step.levels);
      add(item, "span", "", this.drawn ? fill(words.part, { number: this.drawn, part: step.part }) : words.trained);
      if (this.drawn) {
        const figures = { rank: step.rank === null ? "" : decimals(step.rank), ssim: decimals(step.ssim) };
        add(item, "span", "gb-muted", fill(words[step.rank === null ? "figures_even" : "figures"], figures));
      }
      this.drawn += 1;
    }
  }

  /** A map over the part of the photo that was seen, in grey below it. */
  map(canvas, levels) {
    const { run, image } = this, [x0, y0, x1, y1] = run.seen, scale = (image.naturalWidth || 1) / run.photo.width;
    Object.assign(canvas, { width: WIDE, height: Math.max(1, Math.round((WIDE * (y1 - y0)) / (x1 - x0))) });
    canvas.setAttribute("aria-hidden", "true"); // its figures stand below
    const pen = canvas.getContext("2d"), rows = levels.length, columns = levels[0].length;
    const small = new OffscreenCanvas(columns, rows), sheet = new ImageData(columns, rows);
    levels.flat().forEach((level, i) => sheet.data.set([...this.table[level], 255], 4 * i));
    small.getContext("2d").putImageData(sheet, 0, 0);
    if (image.naturalWidth) {
      pen.filter = "grayscale(1)";
      pen.drawImage(image, x0 * scale, y0 * scale, (x1 - x0) * scale, (y1 - y0) * scale, 0, 0, canvas.width, canvas.height);
      pen.filter = "none";
      pen.globalAlpha = 0.7;
    }
    pen.drawImage(small, 0, 0, canvas.width, canvas.height);
  }
}
