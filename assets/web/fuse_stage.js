// The pictures of the Fuse tab: B laid over A, mixed, and looked at in five ways. No words, no controls, no requests.

import { blend, table } from "./blend.js";
import { affine, place } from "./place.js";
import { shares } from "./fuse_methods.js";

/** Decode a picture to RGBA bytes exactly as stored: no colour management, no premultiplication. */
export async function decode(url, signal) {
  const answer = await fetch(url, { signal });
  if (!answer.ok) throw new Error(`${answer.status} ${url}`);
  const bitmap = await createImageBitmap(await answer.blob(), { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d", { colorSpace: "srgb", willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}

const SAME = Array.from({ length: 256 }, (_, level) => level);

export class Stage {
  /** `canvas` shows the pictures at their own size; CSS scales it. */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { colorSpace: "srgb", willReadFrequently: true }); // bytes go in at every frame
    this.pair = null;
    this.result = null; // {rgba, share} of the server, for methods that are not local
    this.tables = { key: "", list: [] };
  }

  get wh() {
    return this.pair ? [this.pair.a.width, this.pair.a.height] : [0, 0];
  }

  /** Take a new pair: a and b are ImageData (b fitted), left and top where b's corner lies. */
  load(pair) {
    this.pair = pair;
    const { width, height } = pair.a;
    this.placed = new Uint8ClampedArray(4 * width * height);
    this.covered = new Uint8Array(width * height);
    this.mixed = new ImageData(width, height);
    this.shown = new ImageData(width, height);
    this.canvas.width = width;
    this.canvas.height = height;
    this.result = null;
    this.place({});
  }

  /** Lay B with a move {dx, dy, scale, turn}. */
  place(move) {
    const { a, b, left, top } = this.pair;
    const matrix = affine([a.width, a.height], [b.width, b.height], left, top, move);
    place(b.data, [b.width, b.height], matrix, [a.width, a.height], this.placed, this.covered);
  }

  /** Mix by the settings' tables. */
  mix(settings) {
    const { mode, parts } = shares(settings);
    const key = [mode, settings.light, ...parts].join(" ");
    if (key !== this.tables.key) {
      const made = new Map();
      this.tables = {
        key,
        list: parts.map((part) => {
          if (!made.has(part)) made.set(part, table(mode, settings.light, part));
          return made.get(part);
        }),
      };
    }
    blend(this.pair.a.data, this.placed, this.tables.list, this.mixed.data, this.covered);
  }

  /** The fused picture as it is now: RGBA bytes. */
  get fused() {
    return this.result ? this.result.rgba.data : this.mixed.data;
  }

  /** Draw one way of looking: kind, and its one number (0..1 place of the wipe, tiles, gain, which of the two). */
  show(kind, value) {
    const ways = { result: () => this.shown.data.set(this.fused), share: () => this.#share() };
    (ways[kind] ?? (() => this.#compare(kind, value)))();
    this.context.putImageData(this.shown, 0, 0);
  }

  #share() {
    const out = this.shown.data;
    const share = this.result?.share?.data;
    if (!share) {
      out.set(this.fused);
      this.range = null;
      return;
    }
    let low = 255, high = 0;
    for (let i = 0; i < share.length; i += 4) {
      low = Math.min(low, share[i]);
      high = Math.max(high, share[i]);
    }
    this.range = { low: (low / 255).toFixed(2), high: (high / 255).toFixed(2) };
    const scale = high > low ? 255 / (high - low) : 0;
    for (let i = 0; i < share.length; i += 4) {
      out[i] = out[i + 1] = out[i + 2] = high > low ? (share[i] - low) * scale : share[i];
      out[i + 3] = 255;
    }
  }

  #compare(kind, value) {
    const [width, height] = this.wh;
    const a = this.pair.a.data, b = this.placed, out = this.shown.data;
    const edge = value * width;
    const side = Math.max(2, Math.round(Math.max(width, height) / Math.max(1, value)));
    const gain = kind === "difference" ? SAME.map((level) => level * value) : SAME;
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i += 4) {
        const free = !this.covered[i / 4];
        out[i + 3] = 255;
        if (kind === "difference") {
          for (let c = 0; c < 3; c++) out[i + c] = free ? 0 : gain[Math.abs(a[i + c] - b[i + c])];
        } else {
          const first =
            kind === "wipe" ? x < edge : kind === "checker" ? (Math.floor(x / side) + Math.floor(y / side)) % 2 === 0 : value < 0.5;
          const from = first ? a : b;
          out[i] = from[i];
          out[i + 1] = from[i + 1];
          out[i + 2] = from[i + 2];
          if (free && !first) out[i + 3] = 0; // no B here: the page shows through
        }
      }
    }
  }

  /** What lies at a pixel: {a, b, result, covered, share (0..1 or null)}. */
  at(x, y) {
    const pixel = y * this.wh[0] + x;
    const take = (bytes) => [bytes[4 * pixel], bytes[4 * pixel + 1], bytes[4 * pixel + 2]];
    const share = this.result?.share ? this.result.share.data[4 * pixel] / 255 : null;
    return { a: take(this.pair.a.data), b: take(this.placed), result: take(this.fused), covered: this.covered[pixel] === 1, share };
  }
}
