// The CNN's column: Grad-CAM of a class, or of one minus another.

import { fill } from "./controls.js";
import { Column } from "./classify_column.js";
import { short } from "./figures.js";
import { evidence } from "./classify_material.js";
import { Targets } from "./classify_targets.js";

export class Convolutional extends Column {
  constructor(...args) {
    super("cnn", ...args);
    this.targets = new Targets(this.side, this.words, (some) => this.pick({ ...this.view, ...some }));
  }

  method() {
    return "gradcam";
  }

  needs() {
    return this.pickable();
  }

  show() {
    super.show();
    this.targets.root.hidden = !this.pickable();
    if (this.data) this.targets.offer(this.data.labels);
  }

  /** The map to paint, or null. */
  material() {
    const found = this.find(this.view);
    return found ? (found.material ??= evidence(found, "logit")) : null;
  }

  draw(look, top) {
    const found = this.find(this.view);
    super.draw(look, top);
    this.bars.mark(found ? found.target.index : -1);
    this.targets.show(this.view.target ? found?.target : null, found?.against);
  }

  title(one) {
    const found = this.find(this.view);
    if (!found) return this.data?.refusal ?? "";
    const values = { label: short(found.target.label), against: short(found.against?.label ?? "") };
    if (one.empty) return fill(this.words.empty, values);
    return fill(this.words[found.against ? "title_minus" : "title_gradcam"], values);
  }

  /** What this map is made of, for the server: a deletion curve, a download. */
  choice() {
    return { method: "gradcam", target: this.view.target, against: this.view.against };
  }
}
