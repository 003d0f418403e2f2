// Which class a map is for: a name typed or chosen, and the class whose evidence is taken away from it.

import { add } from "./controls.js";
import { short } from "./figures.js";

let lists = 0; // every list of names has an id of its own on the page

export class Targets {
  /** pick({target} or {against}): a text as the engine takes it, an index or a name; "" for the best class, and for none. */
  constructor(parent, words, pick) {
    Object.assign(this, { words, pick });
    this.root = add(parent, "div", "gb-targets");
    this.names = add(this.root, "datalist");
    this.names.id = `gb-names-${(lists += 1)}`;
    this.target = this.field("target");
    this.against = this.field("against");
    this.labels = [];
    this.shown = [null, null];
  }

  field(name) {
    const root = add(this.root, "label");
    add(root, "span", "", this.words[name]);
    const input = add(root, "input");
    Object.assign(input, { type: "search", placeholder: this.words[`${name}_empty`], autocomplete: "off", maxLength: 200 });
    input.setAttribute("list", this.names.id);
    input.addEventListener("focus", () => this.load());
    input.addEventListener("blur", () => this.show(...this.shown));
    input.addEventListener("change", () => this.pick({ [name]: this.index(input.value) }));
    return input;
  }

  /** Offer the names of a net; they are fetched when somebody is about to type. */
  offer(url) {
    if (url === this.url) return;
    Object.assign(this, { url, labels: [], loading: null });
    this.names.textContent = "";
  }

  load() {
    this.loading ??= fetch(new URL(this.url, document.baseURI))
      .then((answer) => answer.json())
      .then((labels) => {
        this.labels = labels;
        for (const label of labels) add(this.names, "option").value = label;
      })
      .catch((error) => {
        this.loading = null; // the next focus tries again; a typed name works without the list
        console.info(error);
      });
  }

  /** A typed name as its index where it is in the list, so that one class has one text; else as it is. */
  index(text) {
    const wanted = text.trim().toLowerCase();
    const found = this.labels.flatMap((label, at) => (label.toLowerCase() === wanted || short(label).toLowerCase() === wanted ? [at] : []));
    return found.length === 1 ? String(found[0]) : text.trim();
  }

  /** Show the classes of the map that is seen, guesses or null, unless somebody is typing. */
  show(target, against) {
    this.shown = [target, against];
    for (const [input, guess] of [[this.target, target], [this.against, against]]) {
      if (document.activeElement !== input) input.value = guess ? short(guess.label) : "";
    }
  }
}
