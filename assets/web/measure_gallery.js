// The pictures that were measured, as tiles: those that a net got wrong, those where the nets differ, or all; a tile opens its picture.

import { add, button, fill, radios } from "./controls.js";

const PAGE = 60; // tiles at a time; each holds its picture in memory

export class Gallery {
  /** filters: [[key, test(row)]]; tile(parent, row): writes what stands below the picture and returns its name for the ear; open(row) */
  constructor(parent, words, { filters, tile, open }) {
    Object.assign(this, { words, filters: new Map(filters), tile, open, rows: [], key: filters[0][0], count: PAGE, urls: [], drawn: "" });
    this.root = add(parent, "section", "gb-measure-gallery");
    const options = filters.map(([key]) => [key, words[`filter_${key}`]]);
    this.switch = radios(this.root, { name: words.filter, options, value: this.key, change: (key) => this.choose(key) });
    this.said = add(this.root, "p", "gb-muted");
    this.said.setAttribute("role", "status");
    this.list = add(this.root, "ul", "gb-measure-tiles");
    this.more = button(this.root, words.more, () => {
      this.count += PAGE;
      this.draw();
    });
  }

  /** Show those of another filter; `test` and `sentence` are of one that has no switch, such as a cell of the matrix. */
  choose(key, test = this.filters.get(key), sentence = "") {
    Object.assign(this, { key, test, sentence, count: PAGE });
    if (!this.filters.has(key)) for (const { input } of this.switch.inputs.values()) input.checked = false;
    this.draw();
  }

  update(rows) {
    this.rows = rows;
    for (const [key, test] of this.filters) {
      const { label } = this.switch.inputs.get(key);
      const count = rows.filter(test).length;
      label.querySelector("span").textContent = `${this.words[`filter_${key}`]} (${count})`;
      label.hidden = !count && key !== this.key && this.filters.size > 4; // a row of empty switches would crowd the few that show something
    }
    this.draw();
  }

  draw() {
    const { words } = this;
    const test = this.test ?? this.filters.get(this.key);
    const rows = this.rows.filter(test);
    const shown = rows.slice(0, this.count);
    this.said.textContent = this.sentence || (rows.length ? "" : words.filter_none);
    this.said.hidden = !this.said.textContent;
    this.more.hidden = rows.length <= shown.length;
    const drawn = `${this.key} ${this.sentence} ${shown.map((row) => `${row.n}${row.mark ?? ""}`).join()}`;
    if (drawn === this.drawn) return; // tiles under a pointer stay
    this.drawn = drawn;
    this.list.textContent = "";
    for (const url of this.urls.splice(0)) URL.revokeObjectURL(url);
    for (const row of shown) this.put(row);
  }

  put(row) {
    const made = button(add(this.list, "li"), "", () => this.open(row), "gb-measure-tile");
    const image = add(made, "img");
    Object.assign(image, { alt: "", loading: "lazy", width: 150, height: 110 });
    image.addEventListener("error", () => image.classList.add("gb-measure-blank")); // this browser has no reader for it; its name stands below
    const name = add(made, "span", "gb-measure-name", row.name);
    name.title = row.name;
    made.setAttribute("aria-label", fill(this.words.tile, { name: row.name, what: this.tile(made, row) }));
    this.picture(image, row);
  }

  async picture(image, row) {
    if (row.url) {
      image.src = row.url;
      return;
    }
    try {
      const url = URL.createObjectURL(await row.get());
      if (image.isConnected) this.urls.push(url);
      image.src = url;
    } catch (error) {
      console.info(error);
      image.classList.add("gb-measure-blank");
    }
  }

  destroy() {
    for (const url of this.urls.splice(0)) URL.revokeObjectURL(url);
  }
}
