// From numbers to shares: softmax of a net's own numbers for the photo, what temperature does to it, and cross-entropy.

import { add, choice, fill, radios, slider, tell } from "./controls.js";
import { plot } from "./detect_plot.js";
import { fixed, number as figure, percent, short } from "./figures.js";
import { best, loss, softmax } from "./softmax.js";

const NAMES = 6;
const TOP_LOSS = 7; // of the plot, in nats
const CURVE = Array.from({ length: 101 }, (_, i) => [i / 100, -Math.log(Math.max(i / 100, 1e-4))]);

export class Sums {
  constructor(parent, words) {
    Object.assign(this, { words, found: {}, family: "cnn", temperature: 1, right: 0 });
    this.root = add(parent, "section", "gb-inside-part");
    this.root.setAttribute("aria-label", words.view_sums);
    const row = add(this.root, "div", "gb-controls");
    const nets = [["cnn", words.cnn_title], ["vit", words.vit_title]];
    this.nets = radios(row, { name: words.sums_net, options: nets, value: "cnn", change: (family) => this.set({ family, right: 0 }) });
    this.heat = slider(row, {
      name: words.temperature,
      min: -1,
      max: 1,
      step: 0.02,
      value: 0,
      show: (power) => `T = ${figure(10 ** power)}`,
      change: (power) => this.set({ temperature: 10 ** power }),
    });
    this.waits = add(this.root, "p", "gb-muted", words.sums_wait);
    this.body = add(this.root, "div", "gb-sums");
    const left = add(this.body, "div"), right = add(this.body, "div");
    this.table = add(left, "table", "gb-sums-table");
    this.head();
    this.said = add(left, "p", "gb-sentences");
    add(left, "p", "gb-muted gb-inside-about", words.about_softmax);
    this.truth = choice(right, { name: words.truth, options: [], value: "", change: (key) => this.set({ right: Number(key) }) });
    this.plot = add(right, "canvas", "gb-sums-plot");
    this.plot.setAttribute("role", "img");
    this.lossSaid = add(right, "p", "gb-sentences");
    add(right, "p", "gb-muted gb-inside-about", words.about_loss);
    this.sight = new ResizeObserver(() => this.draw());
    this.sight.observe(this.plot);
  }

  head() {
    const line = add(add(this.table, "thead"), "tr");
    for (const key of ["sums_name", "sums_logit", "sums_power", "sums_share"]) add(line, "th", "", this.words[key]).scope = "col";
    this.lines = add(this.table, "tbody");
  }

  update(found) {
    this.found = found;
    this.draw();
  }

  set(change) {
    Object.assign(this, change);
    this.draw();
  }

  draw() {
    const one = this.found[this.family], { words, temperature } = this;
    this.body.hidden = !one;
    this.waits.hidden = Boolean(one);
    if (!one) return;
    const logits = one.logits.data, shares = softmax(logits, temperature), top = best(logits, NAMES), highest = logits[top[0]];
    if (this.shown !== one) this.offer(one, top);
    this.lines.textContent = "";
    for (const index of top) this.line(short(one.labels[index]), logits[index], Math.exp((logits[index] - highest) / temperature), shares[index]);
    const others = 1 - top.reduce((sum, index) => sum + shares[index], 0);
    this.line(fill(words.sums_others, { count: logits.length - NAMES }), null, null, Math.max(0, others));
    const entropy = shares.reduce((sum, p) => sum - (p > 0 ? p * Math.log(p) : 0), 0);
    const said = temperature > 1.05 ? "sums_hot" : temperature < 0.95 ? "sums_cold" : "sums_plain";
    const values = { label: short(one.labels[top[0]]), percent: percent(shares[top[0]]), temperature: figure(temperature) };
    tell(this.said, fill(words[said], { ...values, entropy: entropy.toFixed(2), most: Math.log(logits.length).toFixed(2) }));
    this.cost(one, logits, top);
  }

  offer(one, top) {
    this.shown = one;
    this.right = 0;
    this.truth.select.textContent = "";
    top.forEach((index, n) => (add(this.truth.select, "option", "", short(one.labels[index])).value = String(n)));
  }

  line(name, logit, power, share) {
    const line = add(this.lines, "tr");
    add(line, "th", "", name).scope = "row";
    add(line, "td", "", logit === null ? "" : fixed(logit, 2));
    add(line, "td", "", power === null ? "" : figure(power));
    const cell = add(add(line, "td"), "div", "gb-sums-share"), track = add(cell, "span", "gb-bar-track");
    add(track, "span", "gb-bar-fill").style.width = `${100 * share}%`;
    add(cell, "span", "", percent(share));
  }

  cost(one, logits, top) {
    const index = top[this.right], cost = loss(logits, index, this.temperature), share = Math.exp(-cost), { words } = this;
    plot(this.plot, { points: CURVE, dot: [share, Math.min(cost, TOP_LOSS)], top: TOP_LOSS, xName: words.loss_share, yName: words.loss_axis });
    const said = fill(words.loss_said, { label: short(one.labels[index]), share: figure(share), cost: cost.toFixed(2) });
    tell(this.lossSaid, said);
    this.plot.setAttribute("aria-label", said);
  }

  destroy() {
    this.sight.disconnect();
  }
}
