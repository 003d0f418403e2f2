// The best answers of one net as bars on one axis from 0 to 100 %; a bar can be chosen, to see the map of its class.

import { add, fill } from "./controls.js";
import { PERCENT, percent, short } from "./figures.js";

export class Bars {
  /** pick(index) is called with the class of a bar that is clicked. */
  constructor(parent, words, pick) {
    this.words = words;
    this.pick = pick;
    this.root = add(parent, "div", "gb-bars");
    this.list = add(this.root, "ol");
    const axis = add(this.root, "div", "gb-axis");
    axis.setAttribute("aria-hidden", "true");
    for (const mark of ["0", "50", `100${PERCENT}`]) add(axis, "span", "", mark);
    this.rows = [];
  }

  /** Show guesses [{label, index, score}], best first; `pickable`: whether each has a map of its own. */
  show(name, guesses, pickable) {
    this.root.hidden = !guesses.length;
    this.list.setAttribute("aria-label", fill(this.words.bars, { name }));
    while (this.rows.length > guesses.length) this.rows.pop().item.remove();
    guesses.forEach((guess, at) => {
      const row = (this.rows[at] ??= this.make());
      row.index = guess.index;
      row.bar.disabled = !pickable;
      row.label.textContent = short(guess.label);
      row.value.textContent = percent(guess.score);
      row.fill.style.width = `${100 * guess.score}%`;
      row.bar.title = guess.label;
      row.bar.setAttribute("aria-label", fill(this.words[pickable ? "bar_pick" : "bar"], { label: guess.label, percent: percent(guess.score) }));
    });
  }

  /** Mark the bar of the class whose map is shown; -1: none. */
  mark(index) {
    for (const row of this.rows) row.bar.setAttribute("aria-pressed", String(row.index === index && !row.bar.disabled));
  }

  make() {
    const item = add(this.list, "li");
    const bar = add(item, "button", "gb-bar");
    bar.type = "button";
    const row = { item, bar, index: -1 };
    row.label = add(bar, "span", "gb-bar-label");
    row.value = add(bar, "span", "gb-bar-value");
    const track = add(bar, "span", "gb-bar-track");
    row.fill = add(track, "span", "gb-bar-fill");
    bar.addEventListener("click", () => this.pick(row.index));
    return row;
  }
}
