// The menu of one family's models: one whose weights are here is used at once, another one's download is offered first.

import { add, button, fill, tell } from "./controls.js";
import { bytes } from "./models.js";

export class ModelMenu {
  /** label: what the menu is put into; the host puts `offer` into its page. Emits "model" {family, key}. */
  constructor(label, family, words, emit) {
    Object.assign(this, { family, words, emit });
    this.menu = add(label, "select");
    this.menu.addEventListener("change", () => this.choose(this.menu.value));
    this.offer = document.createElement("p");
    this.offer.className = "gb-offer";
    this.offerText = add(this.offer, "span");
    button(this.offer, words.download, () => emit("model", { family, key: this.menu.value }));
  }

  /** The models there are; what was chosen stays chosen. */
  show(models) {
    const key = JSON.stringify(models);
    if (models && key !== this.shown) {
      Object.assign(this, { shown: key, models });
      const kept = this.menu.value;
      this.menu.textContent = "";
      for (const model of models) add(this.menu, "option", "", this.name(model)).value = model.key;
      if (models.some((model) => model.key === kept)) this.menu.value = kept;
    }
    this.offerLoad();
  }

  /** Choose a model without asking it: the one whose answer is shown. */
  set(key) {
    this.menu.value = key;
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
