// What if, as curves: the probability of each net's first answer over the stops of a change, and where it breaks, in words.

import { add, fill } from "./controls.js";
import { PERCENT, percent, short } from "./figures.js";

const UNSURE = 0.3; // a first answer below this share turns easily, which says little about the change
const LOOKS = { cnn: { letter: "C", colour: "--gb-accent", dash: [] }, vit: { letter: "T", colour: "--gb-warn", dash: [7, 4] } };

/** The first stop at which a net's first answer is no longer its best one; -1: none; null: not known yet. points: Map of stop to {holds}. */
export function breaks(points, count) {
  for (let stop = 0; stop < count; stop++) {
    const point = points.get(stop);
    if (!point) return null;
    if (!point.holds) return stop;
  }
  return -1;
}

/** An amount in words: the key of a template and its values. */
export function amount(kind, value) {
  const shares = ["brush", "shift", "shrink", "grey"];
  if (shares.includes(kind)) return [`amount_${kind}`, { value: `${Number((100 * value).toFixed(1))} %` }];
  if (kind === "blur") return ["amount_blur", { value: `${Number((100 * value).toFixed(2))} %` }];
  return [`amount_${kind}`, { value: String(value) }];
}

/** What the curves of two nets say: [key, values]. nets: {family: {label, score}}, points: {family: Map}, stops: words of each amount. */
export function verdict(nets, points, stops) {
  const families = ["cnn", "vit"].filter((family) => nets[family]);
  const found = Object.fromEntries(families.map((family) => [family, breaks(points[family], stops.length)]));
  const said = families.filter((family) => found[family] !== null).map((family) => {
    const at = found[family], label = short(nets[family].label);
    if (at < 0) return [`holds_${family}`, { label }];
    return [`breaks_${family}`, { label, amount: stops[at], now: short(points[family].get(at).now.label) }];
  });
  if (families.length === 2 && said.length === 2 && Math.max(found.cnn, found.vit) >= 0) {
    const [cnn, vit] = [found.cnn, found.vit].map((at) => (at < 0 ? Infinity : at));
    said.push([cnn === vit ? "alike" : vit > cnn ? "longer_vit" : "longer_cnn", {}]);
  }
  for (const family of families) if (nets[family].score < UNSURE && found[family] > 0) said.push([`unsure_${family}`, { score: percent(nets[family].score) }]);
  return said;
}

export class Curves {
  constructor(parent, words) {
    this.words = words;
    const figure = add(parent, "figure", "gb-lab-figure");
    this.canvas = add(figure, "canvas");
    this.canvas.setAttribute("role", "img");
    this.sight = new ResizeObserver(() => this.draw());
    this.sight.observe(this.canvas);
  }

  /** Show the known points of {family: Map of stop to {score, holds}} over stops (words of each amount), and mark the present stop. */
  show(points, stops, stop) {
    Object.assign(this, { points, stops, stop });
    this.draw();
  }

  draw() {
    const wide = this.canvas.clientWidth, high = this.canvas.clientHeight;
    if (!this.points || !wide) return;
    const ratio = globalThis.devicePixelRatio || 1, style = getComputedStyle(this.canvas);
    Object.assign(this.canvas, { width: Math.round(wide * ratio), height: Math.round(high * ratio) });
    const pen = this.canvas.getContext("2d"), size = parseFloat(style.fontSize);
    pen.scale(ratio, ratio);
    pen.font = `${size}px ${style.fontFamily}`;
    const last = this.stops.length - 1, box = { left: 3.4 * size, top: 0.8 * size, right: wide - 1.6 * size, bottom: high - 3 * size };
    const x = (stop) => box.left + (stop / Math.max(1, last)) * (box.right - box.left), y = (score) => box.bottom - score * (box.bottom - box.top);
    const colour = (name) => style.getPropertyValue(name).trim();
    this.axes(pen, box, x, last, size, colour);
    for (const [family, look] of Object.entries(LOOKS)) if (this.points[family]) this.line(pen, this.points[family], x, y, look, size, colour);
  }

  axes(pen, box, x, last, size, colour) {
    pen.strokeStyle = colour("--gb-line");
    pen.fillStyle = colour("--gb-muted");
    pen.strokeRect(box.left, box.top, box.right - box.left, box.bottom - box.top);
    pen.textAlign = "right";
    for (const share of [0, 0.5, 1]) pen.fillText(`${100 * share}${PERCENT}`, box.left - 6, box.bottom - share * (box.bottom - box.top) + 0.35 * size);
    const middle = Math.round(last / 2), wide = [0, middle, last].map((at) => pen.measureText(this.stops[at]).width);
    const fits = x(middle) - wide[1] / 2 > x(0) + wide[0] + size && x(middle) + wide[1] / 2 < x(last) - wide[2] - size;
    for (const [at, align] of [[0, "left"], ...(fits ? [[middle, "center"]] : []), [last, "right"]]) {
      pen.textAlign = align;
      pen.fillText(this.stops[at], x(at), box.bottom + 1.2 * size);
    }
    pen.textAlign = "center";
    pen.fillText(this.words.axis, (box.left + box.right) / 2, box.bottom + 2.5 * size);
    pen.strokeStyle = colour("--gb-ink");
    pen.beginPath();
    pen.moveTo(x(this.stop), box.top);
    pen.lineTo(x(this.stop), box.bottom);
    pen.stroke();
  }

  /** One net: its line where neighbours are known, a ring where it breaks, its letter at the end. */
  line(pen, points, x, y, { letter, colour: name, dash }, size, colour) {
    const known = [...points.keys()].sort((a, b) => a - b), at = breaks(points, this.stops.length);
    pen.strokeStyle = pen.fillStyle = colour(name);
    pen.lineWidth = 2.5;
    pen.setLineDash(dash);
    pen.beginPath();
    known.forEach((stop, i) => pen[i && known[i - 1] === stop - 1 ? "lineTo" : "moveTo"](x(stop), y(points.get(stop).score)));
    pen.stroke();
    pen.setLineDash([]);
    for (const stop of known) {
      pen.beginPath();
      pen.arc(x(stop), y(points.get(stop).score), stop === at ? 6 : 2.5, 0, 2 * Math.PI);
      pen[stop === at ? "stroke" : "fill"]();
    }
    pen.lineWidth = 1;
    pen.textAlign = "left";
    if (known.length) pen.fillText(letter, x(known.at(-1)) + 5, y(points.get(known.at(-1)).score) - (letter === "C" ? 5 : -1.1 * size));
  }

  destroy() {
    this.sight.disconnect();
  }
}

/** Both nets as they are now: "CNN: “tabby” 12 % (39 % unchanged), now first: “lynx” 30 %". */
export class Readout {
  constructor(parent, words) {
    this.words = words;
    this.rows = Object.fromEntries(Object.entries(LOOKS).map(([family, { letter }]) => {
      const row = add(parent, "p", `gb-lab-net gb-lab-${family}`);
      add(row, "span", "gb-lab-letter", letter).setAttribute("aria-hidden", "true");
      return [family, { row, text: add(row, "span") }];
    }));
  }

  /** net: {name, label, score} or undefined; point: {score, holds, now} or undefined. */
  show(family, net, point) {
    const { row, text } = this.rows[family], { words } = this;
    row.hidden = !net;
    if (!net) return;
    const values = { name: net.name, label: short(net.label), before: percent(net.score), score: percent((point ?? net).score) };
    const second = point && !point.holds ? fill(words.now, { label: short(point.now.label), score: percent(point.now.score) }) : "";
    text.textContent = `${fill(words.net, values)} ${second}`;
  }
}
