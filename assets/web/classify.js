// The Classify tab: one photo, seen by a CNN and a vision transformer side by side, and where each of them looked.
//
// data: { words: the sections classify and explain, examples: [{key, title, credit, url}],
//   run, serial: of the visitor's room on the server; an older serial of the same run is ignored
//   models: {cnn: [{key, name, local, bytes}], vit: [...]}, said: a sentence or "", said_serial,
//   steps: {picture, cnn, vit}: {text} or null; answered: {cnn, vit}: number of the last question that was answered
//   photo: {id, url, width, height (upright original, pixels), name, notes, credit} or null
//   cnn, vit: {id, model, name, names (its list of classes), labels (address), params, device, ms, input_hw, seen, grid_hw, methods,
//              refusal, top: [{label, index, score}], facts: [[key, values]], maps: [{method, asked: {target, against}, target, against,
//              grid, range, seen}], attention, scale: {url, dtype, shape}, prefix, reads} or null
//   curves: {cnn, vit}: {label, map, random, steps, done, stopped} or null, file: {serial, url, name} or null }
// emits: picture {file, turn}, example {key, turn}: the highest turn wins, however long an upload takes; model {family, key}, explain {family, method, target, against, ask}, honest {family, view},
//   stop {family}, save {kind, family, look, view}

import { note } from "./address.js";
import { follow } from "./classify_address.js";
import { Convolutional } from "./classify_cnn.js";
import { Intake } from "./classify_intake.js";
import { peak } from "./classify_material.js";
import { Predict } from "./classify_predict.js";
import { Strip } from "./classify_strip.js";
import { Transformer } from "./classify_vit.js";
import { add, button, radios, slider } from "./controls.js";
import { percent } from "./figures.js";

const FAMILIES = ["cnn", "vit"];

/** The colour tables, flat, by name. */
async function colourTables() {
  const answer = await fetch(new URL("./colormaps.json", import.meta.url));
  const tables = await answer.json();
  return Object.fromEntries(Object.entries(tables).map(([name, rows]) => [name, Uint8Array.from(rows.flat())]));
}

class Tab {
  constructor(element, data, emit) {
    Object.assign(this, { words: data.words, emit, data: { steps: {}, curves: {}, answered: {} }, tables: null, due: 0, sending: "", turn: 0 });
    this.look = { opacity: 0.6, colours: "viridis", shared: false };
    this.root = add(element, "div", "gb-classify");
    this.root.dataset.takes = "classify";
    this.changed = () => (this.due ||= requestAnimationFrame(() => this.draw()));
    this.intake = new Intake(this.root, this.root, this.words, (event, detail, sentence) => this.send(event, detail, sentence));
    this.predict = new Predict(this.intake.line, this.root, this.words, () => this.update({}));
    this.body = add(this.root, "div", "gb-classify-body");
    this.strip = new Strip(this.body, this.words);
    const tops = add(this.body, "div", "gb-columns");
    this.controls(add(this.body, "div", "gb-view"));
    const bottoms = add(this.body, "div", "gb-columns");
    this.columns = {
      cnn: new Convolutional(tops, bottoms, this.words, emit, this.changed),
      vit: new Transformer(tops, bottoms, this.words, emit, this.changed),
    };
    colourTables().then((tables) => {
      this.tables = tables;
      this.changed();
    });
    this.onSay = (event) => {
      event.preventDefault(); // said here, so the page need not
      this.answer(event.detail);
    };
    element.addEventListener("gb-say", this.onSay); // the host could not send: it says why
    this.update(data);
    this.deaf = follow(this);
  }

  /** The controls of both maps at once. */
  controls(parent) {
    const { words, look } = this;
    parent.setAttribute("role", "group");
    parent.setAttribute("aria-label", words.view);
    const set = (name) => (value) => {
      look[name] = value;
      this.changed();
    };
    const opacity = (this.opacity = slider(parent, { name: words.opacity, min: 0, max: 1, step: 0.01, value: look.opacity, show: percent, change: set("opacity") }));
    opacity.input.ariaLabel = words.opacity; // its label holds the value too, which is told as such
    const colours = ["viridis", "inferno"].map((key) => [key, words[`colours_${key}`]]);
    this.colours = radios(parent, { name: words.colours, options: colours, value: look.colours, change: set("colours") });
    const shared = add(parent, "label", "gb-check");
    const input = (this.shared = add(shared, "input"));
    input.type = "checkbox";
    input.addEventListener("change", () => set("shared")(input.checked));
    add(shared, "span", "", words.shared);
    const saves = add(parent, "div", "gb-row gb-saves");
    add(saves, "span", "", words.save);
    for (const [kind, family] of [["png", "cnn"], ["png", "vit"], ["csv", ""], ["json", ""]]) {
      button(saves, words[`save_${kind}${family && `_${family}`}`], () => this.save(kind, family));
    }
  }

  /** A photo goes out: what is here stays until the new one is read. */
  send(event, detail, sentence) {
    this.sending = sentence;
    note({ example: detail.key ?? null });
    this.intake.show({ photo: this.data.photo, step: sentence });
    this.emit(event, { ...detail, turn: (this.turn += 1) });
  }

  /** The host could not do what was asked: say so, and wait for nothing. */
  answer(sentence) {
    this.sending = "";
    this.intake.tell(sentence);
    this.intake.show({ photo: this.data.photo });
  }

  save(kind, family) {
    const view = Object.fromEntries(FAMILIES.map((one) => [one, this.columns[one].choice()]));
    this.emit("save", { kind, family, look: { ...this.look }, view });
  }

  update(data) {
    if (data.run && data.run === this.data.run && data.serial < this.data.serial) return; // overtaken on the way
    const before = this.data;
    this.data = { ...before, ...data };
    const { photo, steps, curves, answered, models } = this.data;
    if (data.serial !== undefined) this.sending = "";
    if (photo?.url !== before.photo?.url) this.bring(photo);
    const step = this.sending || [steps.picture, steps.cnn, steps.vit].map((one) => one?.text).find(Boolean) || "";
    this.intake.show({ photo, step, examples: this.data.examples });
    if (this.data.said_serial !== before.said_serial) this.intake.tell(this.data.said ?? "");
    this.predict.take(photo);
    this.predict.answer(this.data.cnn, this.data.vit);
    const { covered } = this.predict;
    this.body.hidden = !photo || covered;
    for (const family of FAMILIES) {
      this.columns[family].update({
        photo,
        image: this.image,
        answer: this.data[family] ?? null,
        models: models?.[family],
        step: steps[family],
        answered: answered[family] ?? 0,
        curve: curves[family] ?? null,
      });
    }
    this.strip.answer(this.data.cnn, this.data.vit);
    if (!covered) this.announce({ photo: photo?.id, cnn: this.data.cnn?.id, vit: this.data.vit?.id });
    if (this.data.file && this.data.file.serial !== before.file?.serial) this.download(this.data.file);
    this.changed();
  }

  /** Tell the widgets below which photo and which answers are shown, whenever it is another one. */
  announce(detail) {
    const told = JSON.stringify(detail);
    if (told !== this.announced) document.dispatchEvent(new CustomEvent("gb-photo", { detail }));
    this.announced = told;
  }

  /** Load the photo itself; the one before is shown until it is there. */
  bring(photo) {
    this.image = null;
    if (!photo) return;
    const image = new Image();
    image.src = new URL(photo.url, document.baseURI);
    image.decode().then(
      () => {
        if (photo.url !== this.data.photo?.url) return; // overtaken
        this.image = image;
        this.update({});
      },
      (error) => {
        console.info(error);
        if (photo.url === this.data.photo?.url) this.intake.tell(this.words.lost);
      },
    );
  }

  download({ url, name }) {
    const link = Object.assign(document.createElement("a"), { href: new URL(url, document.baseURI), download: name });
    link.click();
  }

  /** Draw both maps in this frame: every move of a control ends here, and none asks the server. */
  draw() {
    this.due = 0;
    const { photo } = this.data;
    if (!this.tables || !photo) return;
    const look = { table: this.tables[this.look.colours], alpha: Math.floor(this.look.opacity * 255 + 0.5) };
    const [cnn, vit] = FAMILIES.map((family) => {
      const one = this.columns[family].material();
      return one && !one.empty ? one : null;
    });
    const top = this.look.shared && cnn && vit ? Math.max(peak(cnn), peak(vit)) : 0;
    for (const family of FAMILIES) this.columns[family].draw(look, top);
    if (this.compared?.cnn !== cnn || this.compared?.vit !== vit) {
      this.compared = { cnn, vit };
      this.strip.compare(cnn, vit, photo.width, photo.height);
    }
  }

  destroy() {
    cancelAnimationFrame(this.due);
    this.deaf();
    this.predict.destroy();
    this.intake.destroy();
    for (const family of FAMILIES) this.columns[family].destroy();
  }
}

export default function mount(element, data, emit) {
  const tab = new Tab(element, data, emit);
  return { update: (next) => tab.update(next), destroy: () => tab.destroy() };
}
