// The head of a net's part of the Inside tab: which model, its answer, what it is waiting for.

import { add, button, fill, tell } from "./controls.js";
import { percent, short } from "./figures.js";
import { ModelMenu } from "./model_menu.js";

export class Head {
  /** family "cnn" or "vit"; emit(event, detail). */
  constructor(parent, family, words, emit) {
    Object.assign(this, { family, words, emit });
    const root = (this.root = add(parent, "header", "gb-inside-head"));
    const label = add(root, "label", "gb-choice");
    add(label, "span", "", words.model);
    this.models = new ModelMenu(label, family, words, emit);
    this.answer = add(root, "p", "gb-inside-answer");
    this.step = add(root, "p", "gb-step");
    this.step.setAttribute("role", "status");
    this.stopper = button(root, words.stop, () => emit("stop", { family }));
    root.append(this.models.offer);
  }

  update({ models, answer, step }) {
    tell(this.step, step?.text ?? "");
    this.stopper.hidden = !step?.stop;
    this.models.show(models);
    if (answer && answer.id !== this.shown) {
      this.shown = answer.id;
      this.models.set(answer.model);
      const best = answer.top[0];
      const [high, wide] = answer.input_hw;
      tell(this.answer, fill(this.words.answer, { label: short(best.label), percent: percent(best.score), wide, high }));
    }
  }
}
