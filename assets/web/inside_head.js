// The head of a net's part of the Inside tab: which model, its answer, what it is waiting for.

import { tell } from "./classify_column.js";
import { add, button, fill } from "./controls.js";
import { percent, short } from "./figures.js";
import { bytes } from "./models.js";

export class Head {
  /** family "cnn" or "vit"; emit(event, detail). */
  constructor(parent, family, words, emit) {
    Object.assign(this, { family, words, emit });
    const root = (this.root = add(parent, "header", "gb-inside-head"));
    const label = add(root, "label", "gb-choice");
    add(label, "span", "", words.model);
    this.menu = add(label, "select");
    this.menu.addEventListener("change", () => this.choose(this.menu.value));
    this.answer = add(root, "p", "gb-inside-answer");
    this.step = add(root, "p", "gb-step");
    this.step.setAttribute("role", "status");
    this.stopper = button(root, words.stop, () => emit("stop", { family }));
    this.offer = add(root, "p", "gb-offer");
    this.offerText = add(this.offer, "span");
    button(this.offer, words.download, () => emit("model", { family, key: this.menu.value }));
  }

  update({ models, answer, step }) {
    tell(this.step, step?.text ?? "");
    this.stopper.hidden = !step?.stop;
    const key = JSON.stringify(models);
    if (models && key !== this.offered) {
      Object.assign(this, { offered: key, models });
      const kept = this.menu.value;
      this.menu.textContent = "";
      for (const model of models) add(this.menu, "option", "", this.name(model)).value = model.key;
      if (models.some((model) => model.key === kept)) this.menu.value = kept;
    }
    if (answer && answer.id !== this.shown) {
      this.shown = answer.id;
      this.menu.value = answer.model;
      const best = answer.top[0];
      const [high, wide] = answer.input_hw;
      tell(this.answer, fill(this.words.answer, { label: short(best.label), percent: percent(best.score), wide, high }));
    }
    this.offerLoad();
  }

  name({ name, local, bytes: size }) {
    return local ? name : fill(this.words.remote, { name, size: size ? bytes(size) : this.words.unknown_size });
  }

  choose(key) {
    this.offerLoad();
    if (this.models.find((model) => model.key === key)?.local) this.emit("model", { family: this.family, key });
  }

  offerLoad() {
    const model = this.models?.find((one) => one.key === this.menu.value);
    this.offer.hidden = !model || model.local;
    if (model && !model.local) tell(this.offerText, fill(this.words.offer, { name: model.name, size: model.bytes ? bytes(model.bytes) : this.words.unknown_size }));
  }
}

