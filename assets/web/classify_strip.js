// What the two nets say of one photo together: whether they agree, in words computed from their answers and their maps.

import { compare, words as agreement } from "./agreement.js";
import { add, fill } from "./controls.js";
import { percent, short } from "./figures.js";

const UNSURE = 0.3; // a best answer below this share is called unsure

/** True where two answers mean the same class: by index within one list of names, else by a name in common. */
export function same(a, b, oneList) {
  if (oneList) return a.index === b.index;
  const names = (guess) => guess.label.toLowerCase().split(",").map((name) => name.trim());
  const known = new Set(names(a));
  return names(b).some((name) => known.has(name));
}

/** Whether two nets {top, names} agree: [key, values] of the words [classify], one or two. */
export function verdict(cnn, vit) {
  const oneList = cnn.names === vit.names;
  const [a, b] = [cnn.top[0], vit.top[0]];
  const values = { a: short(a.label), b: short(b.label), cnn: percent(a.score), vit: percent(b.score) };
  const doubts = [a, b].map((guess) => guess.score < UNSURE);
  const unsure = doubts[0] || doubts[1] ? [[doubts[0] && doubts[1] ? "unsure" : doubts[0] ? "unsure_cnn" : "unsure_vit", {}]] : [];
  if (same(a, b, oneList)) return [["agree", values], ...unsure];
  const inVit = vit.top.findIndex((guess) => same(guess, a, oneList)) + 1;
  const inCnn = cnn.top.findIndex((guess) => same(guess, b, oneList)) + 1;
  const places = { ...values, cnn_place: inCnn, vit_place: inVit };
  const second = inVit && inCnn ? "both_know" : inVit ? "vit_knows" : inCnn ? "cnn_knows" : "none_knows";
  return [["disagree", values], [second, places], ...unsure];
}

export class Strip {
  constructor(parent, words) {
    this.words = words;
    this.root = add(parent, "div", "gb-strip");
    this.root.setAttribute("role", "status");
    this.answers = add(this.root, "strong");
    this.more = add(this.root, "span");
    this.maps = add(parent, "p", "gb-strip-maps gb-muted"); // outside the live region: it follows every slider
  }

  /** Say whether the answers agree; null where one net has none yet. */
  answer(cnn, vit) {
    const found = cnn?.top?.length && vit?.top?.length ? verdict(cnn, vit) : [];
    const [first = "", ...rest] = found.map(([key, values]) => fill(this.words[key], values));
    if (this.answers.textContent !== first) this.answers.textContent = first;
    this.more.textContent = rest.map((one) => ` ${one}`).join("");
    this.root.dataset.verdict = found.length ? found[0][0] : "";
  }

  /** Say how far two maps {grid, rows, columns, seen} of a picture agree; null: there is one only. */
  compare(a, b, width, height) {
    const [key, values] = a && b ? agreement(compare(a, b, width, height)) : ["", {}];
    this.maps.textContent = key ? fill(this.words[key.split(".")[1]], values) : "";
  }
}
