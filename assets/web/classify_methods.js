// How a vision transformer's map is made: method, layer, head, fusion, share left out. Every move is local.

import { radios, slider } from "./controls.js";
import { percent } from "./figures.js";

export const METHODS = ["attention", "rollout", "relevance"];
const FUSIONS = ["mean", "max", "min"];

export class Methods {
  /** view: {method, layer, head, fusion, discard}, changed in place; change(): after each move. */
  constructor(parent, words, view, change) {
    Object.assign(this, { words, view });
    const set = (name) => (value) => {
      view[name] = value;
      this.show();
      change(name);
    };
    this.method = radios(parent, { name: words.method, options: METHODS.map((key) => [key, words[`method_${key}`]]), value: view.method, change: set("method") });
    const some = (one) => (value) => (value === 0 ? words.all : `${value} ${words.of} ${this[one]}`);
    const from1 = (name) => (value) => set(name)(value - 1); // 0 on the slider: all of them
    this.layers = this.heads = 1;
    this.layer = slider(parent, { name: words.layer, min: 0, max: 1, step: 1, value: 0, show: some("layers"), change: from1("layer") });
    this.head = slider(parent, { name: words.head, min: 0, max: 1, step: 1, value: 0, show: some("heads"), change: from1("head") });
    this.fusion = radios(parent, { name: words.fusion, options: FUSIONS.map((key) => [key, words[`fusion_${key}`]]), value: view.fusion, change: set("fusion") });
    this.discard = slider(parent, { name: words.discard, min: 0, max: 0.95, step: 0.01, value: view.discard, show: percent, change: set("discard") });
  }

  /** Offer what a net has: methods of its card, layers and heads. */
  offer(methods, layers, heads) {
    Object.assign(this, { layers, heads });
    const here = METHODS.filter((key) => methods.includes(key));
    for (const [key, { label }] of this.method.inputs) label.hidden = !here.includes(key);
    if (!here.includes(this.view.method)) this.view.method = here[0] ?? "attention";
    if (this.view.layer >= layers) this.view.layer = -1;
    if (this.view.head >= heads) this.view.head = -1;
    this.layer.input.max = String(layers);
    this.head.input.max = String(heads);
    this.show();
  }

  /** Show the view, also where a thumbnail changed it. */
  show() {
    const { method, layer, head, fusion, discard } = this.view;
    this.method.choose(method);
    this.fusion.choose(fusion);
    this.layer.set(layer + 1);
    this.head.set(head + 1);
    this.discard.set(discard);
    const local = method !== "relevance";
    const several = method === "rollout" ? head < 0 : layer < 0 || head < 0; // a rollout fuses heads only
    this.layer.label.hidden = this.head.label.hidden = !local;
    this.layer.label.firstChild.textContent = this.words[method === "rollout" ? "upto_layer" : "layer"];
    for (const { label, input } of [this.layer, this.head, this.discard]) input.ariaLabel = label.firstChild.textContent; // without the value
    this.fusion.set.hidden = !local || !several;
    this.discard.label.hidden = method !== "rollout";
  }
}
