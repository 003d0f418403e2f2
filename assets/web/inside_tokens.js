// The transformer's part of the Inside tab: a place from its patch to its token, what it attends to, and what is read after each block.

import { ColourBar } from "./classify_maps.js";
import { add, fill, radios, slider, tell } from "./controls.js";
import { number as figure, fine } from "./figures.js";
import { Head } from "./inside_head.js";
import { Lens } from "./inside_lens.js";
import { extremes } from "./inside_material.js";
import { Photo } from "./inside_photo.js";
import { Plane } from "./inside_plane.js";

export class Tokens {
  constructor(parent, words, emit, look) {
    Object.assign(this, { words, look, one: null, pin: 0, hover: -1, depth: 0, who: "class" });
    this.root = add(parent, "section", "gb-inside-part");
    this.root.setAttribute("aria-label", words.view_vit);
    this.head = new Head(this.root, "vit", words, emit);
    this.body = add(this.root, "div");
    this.about = add(this.body, "p", "gb-muted gb-inside-about");
    const row = add(this.body, "div", "gb-tokens");
    const point = (place, kind) => this.point(place, kind);
    const photo = this.station(row, words.token_photo);
    this.photo = new Photo(photo, { label: words.token_photo_label, hint: words.token_hint, point, resized: () => this.draw() });
    this.photoCaption = add(photo, "figcaption", "gb-muted");
    this.embedding(this.station(row, words.token_embedding));
    const position = this.station(row, words.token_position);
    this.position = new Plane(position, { label: words.token_position_label, hint: words.token_hint, point });
    this.positionBar = new ColourBar(position);
    this.positionCaption = add(position, "figcaption", "gb-muted");
    this.attentionOf(this.station(row, words.token_attention), point);
    this.spoken = add(this.body, "p", "gb-hidden"); // what the arrow keys found
    this.spoken.setAttribute("role", "status");
    add(this.body, "h2", "", words.lens);
    this.lens = new Lens(this.body, words, (depth) => this.set({ depth }));
    for (const key of ["about_lens", "about_position"]) add(this.body, "p", "gb-muted gb-inside-about", words[key]);
  }

  station(parent, title) {
    const made = add(parent, "figure", "gb-token");
    add(made, "h2", "", title);
    return made;
  }

  embedding(parent) {
    this.patch = add(parent, "canvas", "gb-token-patch");
    this.patch.setAttribute("role", "img");
    this.stripes = ["token_content", "token_place", "token_sum"].map((key) => {
      const box = add(parent, "div", "gb-token-stripe");
      add(box, "span", "gb-muted", this.words[key]);
      const canvas = add(box, "canvas");
      canvas.setAttribute("aria-hidden", "true");
      return { box, canvas };
    });
    this.embeddingCaption = add(parent, "figcaption", "gb-muted");
  }

  attentionOf(parent, point) {
    const { words } = this;
    this.attention = new Plane(parent, { label: words.token_attention_label, hint: words.token_hint, point });
    this.attentionBar = new ColourBar(parent);
    const options = [["class", words.who_class], ["place", words.who_place]];
    this.whoRadios = radios(parent, { name: words.who, options, value: this.who, change: (who) => this.set({ who }) });
    this.blocks = slider(parent, { name: words.block, min: 1, max: 2, step: 1, value: 1, change: (depth) => this.set({ depth }) });
    this.attentionCaption = add(parent, "figcaption", "gb-muted");
  }

  update({ photo, image, answer, material, models, step }) {
    this.head.update({ models, answer, step });
    this.body.hidden = !material;
    if (!material || !image || (material === this.one && image === this.image)) return;
    Object.assign(this, { image, frame: photo });
    if (material !== this.one) this.take(material);
    this.photo.show(image, photo.width, photo.height, material.seen, material.grid_hw);
    this.draw();
  }

  take(one) {
    this.one = one;
    const [rows, columns] = one.grid_hw, blocks = one.lens.shape[0] - 1;
    this.pin = Math.min(this.pin || Math.floor(rows / 2) * columns + Math.floor(columns / 2), rows * columns - 1);
    this.depth = blocks;
    this.blocks.input.max = blocks;
    this.blocks.set(blocks);
    const { words } = this;
    tell(this.about, fill(one.cut ? words.about_cut : words.about_places, { rows, columns, count: rows * columns, width: one.embedding.shape[1] }));
    const pooled = one.reads[0] >= one.prefix;
    this.whoRadios.inputs.get("class").label.querySelector("span").textContent = pooled ? words.who_mean_places : words.who_class;
    this.lens.show(one.lens, one.labels);
  }

  set(change) {
    Object.assign(this, change);
    this.draw();
  }

  point(place, kind) {
    if (kind === "over" || kind === "out") this.hover = place;
    else if (place >= 0) Object.assign(this, { pin: place, hover: -1 });
    this.draw();
    if (kind === "step") tell(this.spoken, [this.photoCaption, this.attentionCaption].map((one) => one.textContent).join(" "));
  }

  draw() {
    const { one, look } = this;
    if (!one || !look.tables || !this.image) return;
    const table = look.tables.viridis, [rows, columns] = one.grid_hw, place = this.hover >= 0 ? this.hover : this.pin;
    const at = { row: Math.floor(place / columns) + 1, column: (place % columns) + 1 };
    this.photo.bare(place);
    tell(this.photoCaption, fill(this.words.token_here, at));
    this.drawEmbedding(place, table);
    this.drawPosition(place, rows, columns, table);
    this.drawAttention(place, rows, columns, table);
    this.lens.mark(this.depth);
  }

  /** The patch as it was cut out, and the numbers it becomes. */
  drawEmbedding(place, table) {
    const { one, patch, words } = this, [rows, columns] = one.grid_hw, [high, wide] = one.input_hw;
    const tall = Math.round(high / rows), broad = Math.round(wide / columns), top = Math.floor(place / columns) * tall, left = (place % columns) * broad;
    Object.assign(patch, { width: broad, height: tall });
    const pixels = new ImageData(broad, tall);
    for (let y = 0, i = 0; y < tall; y++) {
      for (let x = 0; x < broad; x++, i += 4) {
        const from = 3 * (Math.min(top + y, high - 1) * wide + Math.min(left + x, wide - 1));
        pixels.data.set([one.pixels.data[from], one.pixels.data[from + 1], one.pixels.data[from + 2], 255], i);
      }
    }
    patch.getContext("2d").putImageData(pixels, 0, 0);
    patch.setAttribute("aria-label", fill(words.token_patch, { wide: broad, high: tall }));
    const width = one.embedding.shape[1], row = (array) => array.data.subarray(place * width, (place + 1) * width);
    const content = row(one.embedding), where = one.positions && row(one.positions), sum = where ? content.map((v, i) => v + where[i]) : content;
    [content, where, sum].forEach((values, n) => {
      this.stripes[n].box.hidden = !where && n > 0;
      if (values) stripe(this.stripes[n].canvas, values, table);
    });
    const few = Array.from(sum.subarray(0, 4), figure).join(", ");
    tell(this.embeddingCaption, fill(one.cut ? words.token_cut : words.token_map, { pixels: broad * tall * 3, wide: broad, high: tall, width, few }));
  }

  drawPosition(place, rows, columns, table) {
    const { one, words } = this, there = Boolean(one.similarity);
    this.position.canvas.hidden = this.positionBar.root.hidden = !there;
    if (there) {
      const values = one.similarity.data.subarray(place * rows * columns, (place + 1) * rows * columns);
      const others = extremes(values.filter((_, i) => i !== place)); // with itself it is 1, which would wash out the rest
      this.position.draw(values, rows, columns, others, table, place);
      this.positionBar.draw(figure(others[0]), figure(others[1]), table, null);
    }
    tell(this.positionCaption, there ? words.token_similar : words.token_no_position);
  }

  drawAttention(place, rows, columns, table) {
    const { one, words, depth } = this, count = one.scale.shape[1], block = Math.max(1, depth);
    const [from, to] = this.who === "class" ? one.reads : [one.prefix + place, one.prefix + place + 1];
    const values = new Float64Array(rows * columns);
    for (let token = from; token < to; token++) {
      const row = (block - 1) * count + token, step = one.scale.data[row] / 255 / (to - from);
      for (let i = 0; i < values.length; i++) values[i] += one.attention.data[row * count + one.prefix + i] * step;
    }
    const range = [0, extremes(values)[1]];
    this.attention.draw(values, rows, columns, range, table, place);
    this.attentionBar.draw("0", fine(range[1]), table, range[1] > 0 ? values[place] / range[1] : 0);
    if (Number(this.blocks.input.value) !== block) this.blocks.set(block);
    const who = this.who === "class" ? words.token_reads_class : words.token_reads_place;
    tell(this.attentionCaption, fill(who, { share: fine(values[place]) }));
  }

  destroy() {
    this.photo.sight.disconnect();
    this.lens.destroy();
  }
}

/** Numbers as a stripe of colours, between their ends. */
function stripe(canvas, values, table) {
  const [low, high] = extremes(values), pixels = new ImageData(values.length, 1);
  Object.assign(canvas, { width: values.length, height: 1 });
  values.forEach((v, i) => {
    const at = 3 * Math.round(high > low ? ((v - low) / (high - low)) * 255 : 0);
    pixels.data.set([table[at], table[at + 1], table[at + 2], 255], 4 * i);
  });
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}
