// One net's column: which model, what it answers, where it looked. What only a CNN or a transformer has is in classify_cnn.js and classify_vit.js.

import { Bars } from "./classify_bars.js";
import { add, button, fill, tell } from "./controls.js";
import { Curve } from "./classify_curve.js";
import { read } from "./facts.js";
import { ColourBar, MapView } from "./classify_maps.js";
import { ends, figure, painted } from "./classify_material.js";
import { ModelMenu } from "./model_menu.js";
import { count } from "./models.js";

export class Column {
  /** family "cnn" or "vit"; top, bottom: where its two parts go; emit(event, detail); changed(): draw again. */
  constructor(family, top, bottom, words, emit, changed) {
    Object.assign(this, { family, words, emit, changed, data: null, hover: -1, pin: -1, curve: null });
    this.view = { target: "", against: "" }; // the class that is shown; "" the best one, and none to take away
    this.wanted = { ...this.view }; // the class that was asked for, shown as soon as it is there
    this.asked = 0; // the number of the question that is on its way; 0: none is
    this.questions = 0;
    this.top = this.section(top, words[`${family}_region`]);
    this.head();
    const main = add(this.top, "div", "gb-column-main");
    this.stage(add(main, "div", "gb-stage"));
    this.side = add(main, "div", "gb-side");
    this.bars = new Bars(this.side, words, (index) => this.pick({ target: String(index), against: "" }));
    this.bottom = this.section(bottom, words[`${family}_more`]);
    this.about = add(this.bottom, "details");
    add(this.about, "summary", "", words.about);
    this.aboutText = add(this.about, "p");
    this.honest = new Curve(this.bottom, words, {
      ask: () => emit("honest", { family, view: this.choice() }),
      stop: () => emit("stop", { family }),
    });
  }

  section(parent, label) {
    const made = add(parent, "section", `gb-column gb-${this.family}`);
    made.setAttribute("aria-label", label);
    return made;
  }

  head() {
    const head = add(this.top, "header", "gb-column-head");
    const line = add(head, "div", "gb-row");
    add(line, "h2", "", this.words[`${this.family}_title`]);
    const label = add(line, "label", "gb-model-menu");
    add(label, "span", "gb-hidden", this.words.model);
    this.models = new ModelMenu(label, this.family, this.words, this.emit);
    head.append(this.models.offer);
    this.facts = add(head, "p", "gb-muted gb-facts");
  }

  stage(parent) {
    const { words, family } = this;
    const frame = add(parent, "div", "gb-frame");
    this.map = new MapView(frame, {
      label: words[`${family}_map`],
      hint: words[`${family}_hint`],
      point: (place, kind) => this.point(place, kind),
      resized: this.changed,
    });
    const foot = add(frame, "div", "gb-working");
    this.working = add(foot, "p");
    this.working.setAttribute("role", "status");
    this.stopper = button(foot, words.stop, () => this.emit("stop", { family }));
    this.bar = new ColourBar(parent);
    this.caption = add(parent, "p", "gb-caption");
    this.spoken = add(parent, "p", "gb-hidden"); // what the arrow keys found; a caption that follows a slider is no live region
    this.spoken.setAttribute("role", "status");
    this.controls = add(parent, "div", "gb-controls");
    this.sentences = add(parent, "p", "gb-sentences");
  }

  /** Take the newest state of the tab: this net's answer, the models of its family, the step it is at. */
  update({ photo, image, answer, models, step, answered, curve }) {
    const fresh = answer?.id !== this.data?.id || photo?.id !== this.photo?.id || image !== this.image;
    Object.assign(this, { photo, image });
    if (models) this.models.show(models);
    if (answer && answer.id !== this.data?.id) this.models.set(answer.model);
    tell(this.working, step?.text ?? "");
    this.stopper.hidden = !step?.stop;
    this.top.setAttribute("aria-busy", String(Boolean(step)));
    const other = answer?.id !== this.data?.id;
    if (other) {
      this.view = Object.assign(this.view, { target: "", against: "" });
      this.wanted = { target: "", against: "" };
      Object.assign(this, { hover: -1, pin: -1, asked: 0 });
    }
    this.data = answer;
    if (fresh) this.show();
    this.settle(answered, other && this.pickable()); // a method that the visitor chose for the photo before is asked for this one too
    if (curve !== this.curve) this.honest.show((this.curve = curve));
    this.bottom.hidden = !answer;
  }

  /** A new photo or a new answer. */
  show() {
    const { data, photo, image } = this;
    if (image) this.map.show(image, photo.width, photo.height, data?.seen ?? [0, 0, photo.width, photo.height], data?.grid_hw ?? [1, 1]);
    this.bars.show(data?.name ?? "", data?.top ?? [], this.pickable());
    const [high, wide] = data?.input_hw ?? [];
    const time = data && (data.ms < 1000 ? `${Math.round(data.ms)} ms` : `${(data.ms / 1000).toFixed(1)} s`);
    tell(this.facts, data ? fill(this.words.facts, { time, device: data.device, wide, high, params: count(data.params) }) : "");
    this.facts.title = this.facts.textContent;
    this.controls.hidden = !data;
  }

  /** True where a bar can be clicked to see the map of its class. */
  pickable() {
    return Boolean(this.data?.methods.length);
  }

  /** Show the map of a class, or of one minus another; asked of the server where it is not here. */
  pick({ target, against }) {
    const best = this.data?.top[0];
    this.wanted = { target: best && target === String(best.index) ? "" : target, against };
    this.settle(0, true);
    this.changed();
  }

  /** Show what was wanted as soon as it is there; give it up where the server has answered without it. */
  settle(answered, ask = false) {
    if (!this.data) return;
    if (this.find(this.wanted) || !this.needs()) {
      Object.assign(this.view, this.wanted);
      this.asked = 0;
    } else if (ask) {
      this.asked = this.questions += 1;
      this.emit("explain", { family: this.family, method: this.method(), ...this.wanted, ask: this.asked });
    } else if (this.asked && answered >= this.asked) {
      this.asked = 0;
      this.wanted = { target: this.view.target, against: this.view.against };
      this.refused();
    }
  }

  /** What happens where the server has no such map; a column that can show another one does. */
  refused() {}

  /** The map of the server for a class, if it is here. */
  find({ target, against }) {
    return this.data?.maps.find((map) => map.method === this.method() && map.asked.target === target && map.asked.against === against);
  }

  point(place, kind) {
    if (kind === "over" || kind === "out") this.hover = place;
    if (kind === "press") this.pin = this.pin === place ? -1 : place;
    if (kind === "step" || kind === "leave") Object.assign(this, { pin: place, hover: -1 });
    this.speak = kind === "step" || kind === "leave";
    this.changed();
  }

  /** The place that is pointed at: under the pointer, else the one that was pressed; -1: none. */
  pointed() {
    return this.hover >= 0 ? this.hover : this.pin;
  }

  /** Draw the map in a look {table, alpha}; top: the upper end of a scale that both nets share, 0: its own. */
  draw(look, top) {
    const one = this.material(), at = this.pointed();
    const map = one && !one.empty ? painted(one, top) : null;
    this.map.draw(map, look, at);
    this.bar.root.hidden = !map;
    if (map) this.bar.draw(...ends(one, top), look.table, at >= 0 ? map.grid[at] : null);
    const unit = map ? this.words[top > 0 ? "unit_relative" : `unit_${one.unit}`] : "";
    const here = map && at >= 0 ? fill(this.words.here, { value: figure(one, one.values[at]) }) : "";
    tell(this.caption, [this.title(one), unit, here].filter(Boolean).join(" "));
    if (this.speak) tell(this.spoken, this.caption.textContent);
    this.speak = false;
    this.say(one);
  }

  /** The sentences under the map. */
  say(one) {
    if (!this.data) return;
    const { width, height } = this.photo;
    const facts = one && !one.empty ? read(one.values, one.rows, one.columns, one.seen, width, height) : [];
    tell(this.sentences, [...facts, ...this.more()].map(([key, values]) => this.sentence(key, values)).join(" "));
    tell(this.aboutText, this.words[`about_${this.method()}`] ?? "");
    this.about.hidden = !one;
    this.honest.root.hidden = !one || one.empty;
  }

  /** Further facts of this net, [key, values]. */
  more() {
    return this.data.facts ?? [];
  }

  /** A sentence by its full key, "section.name". */
  sentence(key, values) {
    return fill(this.words[key.split(".").pop()] ?? "", values);
  }

  destroy() {
    this.map.sight.disconnect();
    this.honest.sight.disconnect();
  }
}
