// One photo of the Detect tab: the picture as it is, and a canvas over it with boxes and labels.

import { add } from "./controls.js";
import { size } from "./size.js";

const PAD = 4; // css pixels around a label's text

export class Photo {
  constructor(parent) {
    this.figure = add(parent, "figure", "gb-photo");
    this.frame = add(this.figure, "div", "gb-photo-frame");
    this.image = add(this.frame, "img");
    this.image.alt = "";
    this.canvas = add(this.frame, "canvas");
    this.canvas.tabIndex = 0;
    this.context = this.canvas.getContext("2d");
    this.caption = add(this.figure, "figcaption", "gb-photo-said");
    this.widths = new Map(); // of label texts in the present font: measuring is dear, and a moved slider shows the same ones again
    this.wh = [1, 1];
  }

  /** Show a picture: { url, width, height } in pixels of the upright original; the file itself may be smaller. */
  show(picture, alt) {
    this.wh = [picture.width, picture.height];
    this.frame.style.aspectRatio = `${picture.width} / ${picture.height}`;
    this.frame.style.setProperty("--gb-ratio", picture.width / picture.height);
    if (this.image.getAttribute("src") !== picture.url) this.image.src = picture.url;
    this.widths.clear();
    this.canvas.setAttribute("aria-label", alt);
  }

  /** Css pixels per pixel of the original. */
  get scale() {
    return size(this.canvas)[0] / this.wh[0];
  }

  /** The place of a pointer event in pixels of the original. */
  place(event) {
    const edge = this.canvas.getBoundingClientRect();
    return [((event.clientX - edge.left) / edge.width) * this.wh[0], ((event.clientY - edge.top) / edge.height) * this.wh[1]];
  }

  draw(scene) {
    const { canvas, context } = this;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = size(canvas);
    if (!width) return; // hidden
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const scale = this.scale;
    for (const fill of scene.fills) this.fill(fill, scale);
    for (const group of scene.groups.values()) this.stroke(group, scale);
    for (const link of scene.links) this.link(link, scale);
    this.write(scene.labels, scale, width, height);
    context.globalAlpha = 1;
  }

  /** One stroke a box: a path of hundreds of crossing rectangles costs a processor several times more. */
  stroke({ colour, dash, width, alpha, casing, boxes }, scale) {
    const { context, canvas } = this;
    const [right, low] = size(canvas);
    const rects = boxes.map(([x0, y0, x1, y1]) => {
      const [a, b] = [Math.max(x0 * scale, 1), Math.max(y0 * scale, 1)]; // an edge on the picture's border stays visible
      return [a, b, Math.min(x1 * scale, right - 1) - a, Math.min(y1 * scale, low - 1) - b];
    });
    context.globalAlpha = alpha;
    if (casing) {
      context.setLineDash([]);
      context.strokeStyle = "rgb(0 0 0 / 60%)";
      context.lineWidth = width + 2;
      for (const rect of rects) context.strokeRect(...rect);
    }
    context.setLineDash(dash);
    context.strokeStyle = colour;
    context.lineWidth = width;
    for (const rect of rects) context.strokeRect(...rect);
    context.setLineDash([]);
  }

  fill({ corners, colour }, scale) {
    const path = new Path2D();
    for (const [x0, y0, x1, y1] of corners) path.rect(x0 * scale, y0 * scale, (x1 - x0) * scale, (y1 - y0) * scale);
    this.context.fillStyle = colour;
    this.context.fill(path, "nonzero");
  }

  /** A line from the middle of one box to the middle of another, with a dot at its end. */
  link({ from, to }, scale) {
    const { context } = this;
    const middle = ([x0, y0, x1, y1]) => [((x0 + x1) / 2) * scale, ((y0 + y1) / 2) * scale];
    const [a, b] = [middle(from), middle(to)];
    context.globalAlpha = 1;
    for (const [colour, width] of [["#000000", 5], ["#FFFFFF", 2]]) {
      context.strokeStyle = context.fillStyle = colour;
      context.lineWidth = width;
      context.beginPath();
      context.moveTo(...a);
      context.lineTo(...b);
      context.stroke();
      context.beginPath();
      context.arc(...b, 3 + width, 0, 7);
      context.fill();
    }
  }

  /** Labels inside the picture, best first; one that would cover another goes a line lower, or is left out, as the list has them all. */
  write(labels, scale, width, height) {
    const { context } = this;
    const em = Math.max(12, Math.min(16, width / 40));
    const font = `600 ${em}px system-ui, sans-serif`;
    if (font !== this.font) this.widths.clear();
    context.font = this.font = font;
    context.textBaseline = "middle";
    context.globalAlpha = 1;
    const placed = [];
    const tall = em + PAD;
    for (const { corners, text, colour, ink } of labels) {
      if (placed.length >= 60) return;
      if (!this.widths.has(text)) this.widths.set(text, context.measureText(text).width);
      const wide = Math.min(this.widths.get(text) + 2 * PAD, width);
      const left = Math.max(0, Math.min(corners[0] * scale, width - wide));
      const first = Math.max(0, Math.min(corners[1] * scale - tall >= 0 ? corners[1] * scale - tall : corners[1] * scale, height - tall));
      const free = (top) => top <= height - tall && !placed.some(([x, y, w]) => left < x + w && x < left + wide && top < y + tall && y < top + tall);
      const top = [first, first + tall].find(free);
      if (top === undefined) continue;
      placed.push([left, top, wide]);
      context.fillStyle = colour;
      context.fillRect(left, top, wide, tall);
      context.fillStyle = ink;
      context.fillText(text, left + PAD, top + tall / 2 + 1, width - 2 * PAD);
    }
  }
}

/** The smallest of some boxes that a point lies in, or -1. */
export function hit(found, indices, [x, y]) {
  let best = -1, least = Infinity;
  for (const i of indices) {
    const [x0, y0, x1, y1] = found.xyxy.subarray(4 * i, 4 * i + 4);
    const area = (x1 - x0) * (y1 - y0);
    if (x >= x0 && x < x1 && y >= y0 && y < y1 && area < least) [best, least] = [i, area];
  }
  return best;
}
