// The CNN's part of the Inside tab: a sheet of maps per layer, one of them large, its strongest places on the photo, and its filter at work.

import { ColourBar } from "./classify_maps.js";
import { add, fill, radios, tell } from "./controls.js";
import { number as figure } from "./figures.js";
import { Head } from "./inside_head.js";
import { extremes, Maps, spread, strongest } from "./inside_material.js";
import { Photo } from "./inside_photo.js";
import { number, Plane, ring } from "./inside_plane.js";
import { Sheet } from "./inside_sheet.js";
import { Walk } from "./inside_walk.js";

const STRONGEST = 5;
const APART = 0.12; // of the map's side, between two of the strongest places

export class Stages {
  constructor(parent, words, emit, look) {
    Object.assign(this, { words, look, maps: null, at: 0, n: 0, pin: -1, hover: -1, own: true });
    this.root = add(parent, "section", "gb-inside-part");
    this.root.setAttribute("aria-label", words.view_cnn);
    this.head = new Head(this.root, "cnn", words, emit);
    this.body = add(this.root, "div");
    this.layers = add(this.body, "div", "gb-inside-layers");
    const trio = add(this.body, "div", "gb-inside-trio");
    const left = add(trio, "figure"), middle = add(trio, "figure"), right = add(trio, "figure");
    this.sheet = new Sheet(left, words, (n) => this.set({ n, hover: -1 }));
    this.sheetCaption = add(left, "figcaption", "gb-muted");
    radios(this.head.root, {
      name: words.scale,
      options: [["own", words.scale_own], ["one", words.scale_one]],
      value: "own",
      change: (key) => this.set({ own: key === "own" }),
    });
    const point = (place, kind) => this.point(place, kind);
    this.plane = new Plane(middle, { label: words.plane, hint: words.plane_hint, point });
    this.bar = new ColourBar(middle);
    this.planeCaption = add(middle, "figcaption");
    this.photo = new Photo(right, { label: words.photo, hint: words.plane_hint, point, resized: () => this.draw() });
    this.photoCaption = add(right, "figcaption", "gb-muted");
    this.walk = new Walk(this.body, words);
    this.spoken = add(this.body, "p", "gb-hidden"); // what the arrow keys found; a caption that follows the pointer is no live region
    this.spoken.setAttribute("role", "status");
    this.about = add(this.body, "p", "gb-muted gb-inside-about");
  }

  update({ photo, image, answer, material, models, step }) {
    this.head.update({ models, answer, step });
    this.body.hidden = !material;
    if (!material || !image) return;
    if (material === this.material && image === this.image) return;
    if (material !== this.material) this.take(material);
    Object.assign(this, { image, frame: photo });
    this.place();
    this.draw();
  }

  /** A new net or photo: the layer stays where there is one like it. */
  take(material) {
    const before = this.maps?.layers[this.at];
    this.material = material;
    this.maps = new Maps(material);
    const { layers } = this.maps;
    this.at = Math.max(0, layers.findIndex((layer) => layer.kind === before?.kind && layer.number === before?.number));
    this.layers.textContent = "";
    const options = layers.map((layer, at) => [String(at), this.name(layer)]);
    radios(this.layers, { name: this.words.layers, options, value: String(this.at), change: (key) => this.choose(Number(key)) });
    this.first();
  }

  name({ kind, number: n }) {
    return fill(this.words[`kind_${kind}`], { number: n });
  }

  choose(at) {
    this.at = at;
    this.first();
    this.place();
    this.draw();
  }

  /** Begin a layer with the map that varies most, at its strongest place. */
  first() {
    const { data, rows, columns, channels } = this.maps.values(this.at), area = rows * columns;
    const widths = channels.map((_, n) => spread(data.subarray(n * area, (n + 1) * area)));
    const n = widths.indexOf(Math.max(...widths));
    Object.assign(this, { n, pin: strongest(this.maps.plane(this.at, n), rows, columns, 1, 1)[0] ?? 0, hover: -1 });
  }

  /** Tell the photo which grid lies on it. */
  place() {
    const { frame, image, material } = this, [, rows, columns] = this.maps.layers[this.at].size;
    if (image) this.photo.show(image, frame.width, frame.height, material.seen, [rows, columns]);
  }

  set(change) {
    Object.assign(this, change);
    this.draw();
  }

  point(place, kind) {
    if (kind === "over" || kind === "out") this.hover = place;
    else if (place >= 0) Object.assign(this, { pin: place, hover: -1 });
    this.draw(true);
    if (kind === "step") tell(this.spoken, this.planeCaption.textContent);
  }

  /** Draw all; pointed: only the place has changed. */
  draw(pointed = false) {
    if (!this.maps || !this.look.tables) return;
    const { words, maps, at, n } = this, layer = maps.layers[at], table = this.look.tables.viridis;
    const all = maps.values(at), { rows, columns } = all, values = maps.plane(at, n), place = this.hover >= 0 ? this.hover : this.pin;
    const range = this.own ? extremes(values) : (this.range = pointed ? this.range : extremes(all.data));
    if (!pointed) {
      this.sheet.draw(all, table, this.own ? null : range);
      this.marks = strongest(values, rows, columns, STRONGEST, Math.max(1, Math.round(APART * Math.max(rows, columns))));
      const few = layer.channels.length < layer.size[0];
      const maps = fill(few ? words.sheet_few : words.sheet_all, { count: layer.size[0], kept: layer.channels.length, rows, columns });
      const field = layer.field ? fill(words.field, { pixels: layer.field[0] }) : "";
      tell(this.sheetCaption, [maps, field].filter(Boolean).join(" "));
      tell(this.about, words[`about_${layer.kind}`]);
      tell(this.photoCaption, this.marks.length ? fill(words.marks, { count: this.marks.length }) : words.marks_none);
    }
    this.sheet.mark(n);
    const channel = layer.channels[n], row = Math.floor(place / columns), column = place % columns;
    this.plane.draw(values, rows, columns, range, table, place, this.marks);
    const [low, high] = range;
    this.bar.draw(figure(low), figure(high), table, high > low ? (values[place] - low) / (high - low) : null);
    tell(this.planeCaption, fill(words.here_channel, { number: channel + 1, row: row + 1, column: column + 1, value: figure(values[place]) }));
    this.onPhoto(place);
    this.follow(layer, channel, values[place], row, column);
  }

  /** The photo with the strongest places numbered and the pointed one ringed: what it sees, where that is known. */
  onPhoto(place) {
    const { photo, marks } = this, { field } = this.maps.layers[this.at];
    photo.bare();
    if (!photo.painter) return;
    photo.at = place;
    const unit = photo.canvas.width / (photo.fitted || photo.canvas.width);
    for (const [n, one] of marks.entries()) number(photo.pen, this.middle(one), n + 1, unit);
    ring(photo.pen, ...this.box(place, field), unit);
  }

  /** Where a place lies on the photo's canvas: x, y, width, height of what it sees, or of its cell. */
  box(place, field) {
    const [x0, y0, x1, y1] = this.photo.painter.seen, { rows, columns } = this.photo, [high, wide] = this.material.input_hw;
    const row = Math.floor(place / columns), column = place % columns;
    if (!field) return [x0 + (column * (x1 - x0)) / columns, y0 + (row * (y1 - y0)) / rows, (x1 - x0) / columns, (y1 - y0) / rows];
    const [pixels, step, first] = field, sx = (x1 - x0) / wide, sy = (y1 - y0) / high;
    return [x0 + (first + column * step) * sx, y0 + (first + row * step) * sy, pixels * sx, pixels * sy];
  }

  middle(place) {
    const [x, y, width, height] = this.box(place, this.maps.layers[this.at].field);
    return [x + width / 2, y + height / 2];
  }

  /** The numbers behind the place. */
  follow(layer, channel, own, row, column) {
    const { maps, at, words, walk } = this;
    const conv = layer.kind === "act" ? at - 1 : at, kernels = maps.layers[conv].kernels;
    if (kernels) {
      const before = layer.kind === "act" ? maps.plane(conv, this.n)[row * layer.size[2] + column] : own;
      const limits = layer.kind === "act" ? layer.limits : null;
      walk.convolution(maps, conv, channel, before, row, column, limits);
    } else if (layer.kind === "pool") {
      walk.pool({ values: maps.plane(at - 1, maps.layers[at - 1].channels.indexOf(channel)), columns: maps.layers[at - 1].size[2] }, row, column, channel, own);
    } else walk.tell(words.walk_none);
  }

  destroy() {
    this.photo.sight.disconnect();
  }
}

