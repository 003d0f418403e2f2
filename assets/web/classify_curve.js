// The deletion curve: the strongest places greyed step by step, the net's score falling, beside a random order.

import { add, button, fill } from "./controls.js";
import { PERCENT, percent, short } from "./figures.js";

const BETTER = 0.9; // a mean score below this part of random order's says that the map found what the net needs

/** The mean of scores over the steps, by the trapezoid rule: the area under the curve. */
export function area(scores) {
  let sum = 0;
  for (let i = 1; i < scores.length; i++) sum += (scores[i - 1] + scores[i]) / 2;
  return scores.length > 1 ? sum / (scores.length - 1) : 0;
}

/** What a finished curve says: [key, values] of the words [classify]. */
export function judge({ label, map, random }) {
  const ours = area(map), chance = area(random);
  const key = ours < chance * BETTER ? "curve_better" : ours > chance / BETTER ? "curve_worse" : "curve_same";
  return [key, { label: short(label), map: percent(ours), random: percent(chance) }];
}

/** The step where the two curves lie farthest apart. */
export function apart({ map, random }) {
  let best = 0;
  for (let i = 1; i < map.length; i++) if (Math.abs(map[i] - random[i]) > Math.abs(map[best] - random[best])) best = i;
  return best;
}

export class Curve {
  /** ask(): begin; stop(): end the run that goes on. */
  constructor(parent, words, { ask, stop }) {
    this.words = words;
    this.root = add(parent, "section", "gb-curve");
    const line = add(this.root, "div", "gb-row");
    this.start = button(line, words.curve_ask, ask);
    this.end = button(line, words.curve_stop, stop);
    this.state = add(line, "span", "gb-muted");
    this.figure = add(this.root, "figure");
    this.canvas = add(this.figure, "canvas");
    this.canvas.setAttribute("role", "img");
    this.said = add(this.figure, "figcaption");
    this.said.setAttribute("role", "status");
    this.about = add(this.root, "p", "gb-muted", words.curve_about);
    this.sight = new ResizeObserver(() => this.draw());
    this.sight.observe(this.canvas);
    this.show(null);
  }

  /** Show {label, shares, map, random, steps, done, stopped}; scores arrive in pairs, `steps` of them in all; null: none yet. */
  show(curve) {
    this.curve = curve;
    const running = Boolean(curve) && !curve.done && !curve.stopped;
    this.start.hidden = running;
    this.start.textContent = this.words[curve ? "curve_again" : "curve_ask"];
    this.end.hidden = !running;
    this.about.hidden = !curve;
    this.figure.hidden = !curve;
    this.state.textContent = running ? fill(this.words.curve_step, { step: curve.map.length, steps: curve.steps }) : curve?.stopped ? this.words.curve_stopped : "";
    const [key, values] = curve?.done ? judge(curve) : ["", {}];
    this.said.textContent = key ? fill(this.words[key], values) : "";
    this.canvas.setAttribute("aria-label", curve ? fill(this.words.curve_label, { label: short(curve.label) }) : "");
    this.draw();
  }

  draw() {
    const wide = this.canvas.clientWidth, high = this.canvas.clientHeight, { curve } = this;
    if (!curve || !wide) return;
    const ratio = globalThis.devicePixelRatio || 1, style = getComputedStyle(this.canvas);
    Object.assign(this.canvas, { width: Math.round(wide * ratio), height: Math.round(high * ratio) });
    const pen = this.canvas.getContext("2d"), size = parseFloat(style.fontSize);
    pen.scale(ratio, ratio);
    pen.font = `${size}px ${style.fontFamily}`;
    const colour = (name) => style.getPropertyValue(name).trim();
    const left = 3.2 * size, right = 2 * size, bottom = 2.9 * size, top = 1.2 * size;
    const top1 = Math.max(0.05, ...curve.map, ...curve.random);
    const x = (step) => left + (step / Math.max(1, curve.steps - 1)) * (wide - left - right);
    const y = (score) => high - bottom - (score / top1) * (high - bottom - top);
    this.axes(pen, { left, bottom: high - bottom, right: wide - right, top, size, top1, x, curve }, colour);
    this.line(pen, curve.random, x, y, colour("--gb-muted"), [6, 4]);
    this.line(pen, curve.map, x, y, colour("--gb-accent"), []);
    const at = apart(curve), over = curve.map[at] > curve.random[at] ? -1 : 1; // each letter on its own side of its line
    pen.textAlign = "center";
    pen.fillStyle = colour("--gb-accent");
    pen.fillText("M", x(at), y(curve.map[at]) + (over > 0 ? 1.1 : -0.4) * size);
    pen.fillStyle = colour("--gb-muted");
    pen.fillText("R", x(at), y(curve.random[at]) + (over > 0 ? -0.4 : 1.1) * size);
  }

  axes(pen, { left, bottom, right, top, size, top1, x, curve }, colour) {
    pen.strokeStyle = colour("--gb-line");
    pen.fillStyle = colour("--gb-muted");
    pen.strokeRect(left, top, right - left, bottom - top);
    pen.textAlign = "right";
    pen.fillText(percent(top1), left - 6, top + 0.8 * size);
    pen.fillText("0", left - 6, bottom);
    pen.textAlign = "center";
    for (const step of [0, (curve.steps - 1) / 2, curve.steps - 1]) pen.fillText(`${Math.round((100 * step) / Math.max(1, curve.steps - 1))}${PERCENT}`, x(step), bottom + 1.2 * size);
    pen.fillText(this.words.curve_axis, (left + right) / 2, bottom + 2.5 * size);
  }

  line(pen, scores, x, y, colour, dash) {
    pen.strokeStyle = colour;
    pen.lineWidth = 2.5;
    pen.setLineDash(dash);
    pen.beginPath();
    scores.forEach((score, step) => (step ? pen.lineTo(x(step), y(score)) : pen.moveTo(x(step), y(score))));
    pen.stroke();
    pen.setLineDash([]);
  }
}
