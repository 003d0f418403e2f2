// Predict before it is revealed: while the switch is on, the answers and maps of a new photo stay covered until the visitor has guessed.
// A guess stays in the browser.

import { add, button, fill, radios } from "./controls.js";
import { percent, short } from "./figures.js";

const FAMILIES = ["cnn", "vit"];

/** Where a guess stands among the best answers [{label}], from 0; -1: nowhere. A whole name, or one word of it, counts. */
export function place(guess, top) {
  const wanted = guess.trim().toLowerCase();
  if (!wanted) return -1;
  return top.findIndex(({ label }) =>
    label.toLowerCase().split(/[,，、]/).some((name) => name.trim() === wanted || name.trim().split(/[\s-]+/).includes(wanted)),
  );
}

/** What is said of a guess beside a net's best answers: [key, values] of the words [classify]. */
export function outcome(guess, top) {
  const at = place(guess, top), [best] = top;
  const values = { guess: guess.trim(), label: short(best.label), percent: percent(best.score), place: at + 1, count: top.length };
  return [!values.guess ? "guess_not_made" : at === 0 ? "guess_right" : at > 0 ? "guess_place" : "guess_else", values];
}

export class Predict {
  /** Its switch goes into `line`, the rest into `parent`; changed() whenever the cover goes on or off. */
  constructor(line, parent, words, changed) {
    Object.assign(this, { words, changed, on: false, covered: false, answers: {} });
    const label = add(line, "label", "gb-check gb-guess-switch");
    this.input = add(label, "input");
    this.input.type = "checkbox";
    this.input.addEventListener("change", () => this.set(this.input.checked));
    add(label, "span", "", words.guess_first);
    label.title = words.guess_first_how;
    this.form(parent);
    this.said = add(parent, "div", "gb-guess-said");
    this.said.setAttribute("role", "status");
    this.onSet = ({ detail }) => this.set(detail.on);
    document.addEventListener("gb-guess", this.onSet);
  }

  form(parent) {
    const { words } = this;
    this.root = add(parent, "form", "gb-guess");
    this.root.setAttribute("aria-label", words.guess_title);
    this.root.hidden = true;
    this.photo = add(this.root, "img");
    this.photo.alt = words.guess_photo;
    const side = add(this.root, "div", "gb-guess-fields");
    add(side, "p", "gb-guess-lead", words.guess_title);
    this.fields = Object.fromEntries(FAMILIES.map((family) => [family, this.field(side, words[`guess_${family}`])]));
    const options = FAMILIES.map((family) => [family, words[`guess_surer_${family}`]]);
    this.surer = radios(side, { name: words.guess_surer, options, value: "", change: () => this.ready() });
    this.reveal = button(side, words.guess_reveal, () => {}, "gb-button gb-main");
    this.reveal.type = "submit";
    this.root.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.reveal.disabled) this.uncover();
    });
  }

  field(parent, name) {
    const label = add(parent, "label");
    add(label, "span", "", name);
    const input = add(label, "input");
    Object.assign(input, { type: "text", autocomplete: "off", maxLength: 80 });
    input.addEventListener("input", () => this.ready());
    return input;
  }

  /** The net that is guessed to be surer; "": none. */
  get chosen() {
    return FAMILIES.find((family) => this.surer.inputs.get(family).input.checked) ?? "";
  }

  ready() {
    this.reveal.disabled = !this.chosen && FAMILIES.every((family) => !this.fields[family].value.trim());
  }

  /** Switch guessing on or off; a photo that is seen already stays so. */
  set(on) {
    this.input.checked = on;
    if (on === this.on) return;
    this.on = on;
    document.dispatchEvent(new CustomEvent("gb-guess", { detail: { on } })); // to whoever shows the same switch
    if (!on && this.covered) this.open();
  }

  /** A photo is shown, or none: a new one is covered. */
  take(photo) {
    if (photo?.id === this.id) return;
    this.id = photo?.id;
    this.guess = null;
    this.said.textContent = "";
    this.cover(Boolean(photo) && this.on);
    if (!this.covered) return;
    this.photo.src = photo.url;
    for (const input of Object.values(this.fields)) input.value = "";
    for (const { input } of this.surer.inputs.values()) input.checked = false;
    this.ready();
  }

  cover(covered) {
    this.covered = covered;
    this.root.hidden = !covered;
    document.documentElement.classList.toggle("gb-covered", covered); // what stands below the tab's own widget goes with it
  }

  uncover() {
    this.guess = { surer: this.chosen, ...Object.fromEntries(FAMILIES.map((family) => [family, this.fields[family].value])) };
    this.open();
    this.said.tabIndex = -1;
    this.said.focus();
  }

  open() {
    this.cover(false);
    this.tell();
    this.changed();
  }

  /** Take the nets' answers {cnn, vit}, each with `top`, or null. */
  answer(cnn, vit) {
    this.answers = { cnn, vit };
    this.tell();
  }

  /** The guess beside the answers that are there. */
  tell() {
    const { guess, words } = this, lines = [];
    if (!guess || this.covered) return;
    for (const family of FAMILIES) {
      const top = this.answers[family]?.top;
      if (!top?.length) continue;
      const [key, values] = outcome(guess[family], top);
      lines.push(fill(words[key], { ...values, net: words[`guess_net_${family}`] }));
    }
    const shares = FAMILIES.map((family) => this.answers[family]?.top?.[0]?.score ?? -1);
    if (guess.surer && shares[0] >= 0 && shares[1] >= 0 && shares[0] !== shares[1]) {
      const real = shares[0] > shares[1] ? "cnn" : "vit";
      lines.push(fill(words[real === guess.surer ? "guess_surer_right" : "guess_surer_wrong"], { net: words[`guess_net_${real}`] }));
    }
    const text = lines.join(" ");
    if (this.said.textContent !== text) this.said.textContent = text;
  }

  destroy() {
    document.removeEventListener("gb-guess", this.onSet);
    document.documentElement.classList.remove("gb-covered");
  }
}
