// The vision transformer's column: attention of any layer and head, rollout, relevance; a patch that is pointed at asks instead of the class.

import { CLASS, fetchAttention } from "./attention.js";
import { fill } from "./controls.js";
import { Column } from "./classify_column.js";
import { short } from "./figures.js";
import { Thumbnails } from "./classify_grid.js";
import { attended, evidence } from "./classify_material.js";
import { Methods } from "./classify_methods.js";
import { Targets } from "./classify_targets.js";

export class Transformer extends Column {
  constructor(...args) {
    super("vit", ...args);
    Object.assign(this.view, { method: "attention", layer: -1, head: -1, fusion: "mean", discard: 0 });
    this.thumbnails = new Thumbnails(this.side, this.words, (layer, head) => {
      Object.assign(this.view, { method: "attention", layer, head });
      this.methods.show();
      this.changed();
    });
    this.methods = new Methods(this.controls, this.words, this.view, () => {
      this.settle(0, true);
      this.changed();
    });
    this.targets = new Targets(this.controls, this.words, (some) => this.pick({ ...this.view, ...some }));
  }

  method() {
    return this.view.method;
  }

  /** A map of a class comes from the server; attention and rollout are here. */
  needs() {
    return this.view.method === "relevance";
  }

  pickable() {
    return Boolean(this.data?.methods.includes("relevance"));
  }

  /** A bar is the map of its class, so the method has to be the one that knows classes. */
  pick(wanted) {
    this.view.method = "relevance";
    this.methods.show();
    super.pick(wanted);
  }

  refused() {
    if (!this.find(this.view)) this.view.method = "attention";
    this.methods.show();
  }

  show() {
    super.show();
    const { data } = this;
    if (data) this.targets.offer(data.labels);
    const url = data?.attention?.url;
    if (url !== this.url) this.bring(url);
    this.controls.hidden = !data?.methods.length;
  }

  /** Fetch the attention of a new answer, once. */
  bring(url) {
    Object.assign(this, { url, attention: null, lost: false });
    this.thumbnails.root.hidden = true;
    if (!url) return;
    fetchAttention(this.data)
      .then((attention) => {
        if (url !== this.url) return; // a newer picture came meanwhile
        this.attention = attention;
        const [layers, heads] = attention.shape;
        this.methods.offer(this.data.methods, layers, heads);
        this.thumbnails.build(layers, heads, attention.rows, attention.columns);
        this.thumbnails.root.hidden = false;
      })
      .catch((error) => {
        console.info(error);
        if (url === this.url) this.lost = true;
      })
      .finally(this.changed);
  }

  /** Who asks: the class head, or the patch that is pointed at where the method can answer that. */
  query() {
    return this.needs() ? CLASS : this.pointed();
  }

  /** The map to paint, or null; the same object as long as nothing changed. */
  material() {
    if (this.needs()) {
      const found = this.find(this.view);
      return found ? (found.material ??= evidence(found, "relevance")) : null;
    }
    if (!this.attention || !this.data) return null;
    const { method, layer, head, fusion, discard } = this.view, query = this.query();
    return this.attention.once("material", [method, layer, head, fusion, discard, query].join(), () => {
      const values = this.attention.map({ method, layer, head, fusion, discard, query });
      return attended(values, this.attention.rows, this.attention.columns, this.data.seen);
    });
  }

  draw(look, top) {
    super.draw(look, top);
    const { method, layer, head, fusion } = this.view;
    const found = this.needs() ? this.find(this.view) : null;
    this.bars.mark(found ? found.target.index : -1);
    this.targets.root.hidden = !this.needs();
    this.targets.show(this.view.target ? found?.target : null, found?.against);
    if (!this.attention) return;
    this.thumbnails.draw(this.attention.thumbnails(fusion, this.query()), look.table);
    this.thumbnails.mark(method === "attention" ? layer : null, head);
  }

  /** How far attention reaches is no fact of a relevance map. */
  more() {
    return this.needs() ? [] : super.more();
  }

  title(one) {
    if (this.data?.refusal) return this.data.refusal;
    if (this.lost) return this.words.lost;
    if (!one) return "";
    const { method, layer, head } = this.view, { words } = this;
    if (method === "relevance") {
      const found = this.find(this.view);
      const values = { label: short(found.target.label), against: short(found.against?.label ?? "") };
      return fill(words[one.empty ? "empty" : found.against ? "title_minus" : "title_relevance"], values);
    }
    const at = this.query(), columns = this.attention.columns;
    const reads = this.attention.reads[1] - this.attention.reads[0];
    const who = at >= 0 ? fill(words.who_patch, { row: Math.floor(at / columns) + 1, column: (at % columns) + 1 }) : words[reads > 1 ? "who_mean" : "who_class"];
    const upto = layer < 0 ? this.attention.shape[0] : layer + 1;
    const what = method === "rollout" ? fill(words.title_rollout, { layer: upto }) : this.thumbnails.name(layer, head);
    return fill(words.title_attention, { what, who });
  }

  /** What this map is made of, for the server: a deletion curve, a download. */
  choice() {
    return { ...this.view, query: this.needs() ? CLASS : this.pin };
  }
}
