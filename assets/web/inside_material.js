// What a net holds, in the browser: arrays by address become typed arrays, and every layer of a CNN gives its maps without a request.

const KINDS = { float32: Float32Array, uint8: Uint8Array };

/** A value with all its {url, dtype, shape} fetched, each now {data, shape}. Rejects where the server no longer has one. */
export async function fetched(value) {
  if (Array.isArray(value)) return Promise.all(value.map(fetched));
  if (!value || typeof value !== "object") return value;
  if (value.dtype) return { data: new KINDS[value.dtype](await (await get(value.url)).arrayBuffer()), shape: value.shape };
  const pairs = await Promise.all(Object.entries(value).map(async ([name, one]) => [name, await fetched(one)]));
  return Object.fromEntries(pairs);
}

async function get(url) {
  const answer = await fetch(new URL(url, document.baseURI));
  if (!answer.ok) throw new Error(`${answer.status} ${url}`);
  return answer;
}

/** A net's packed answer with everything it names, its class names too. */
export async function brought(packed) {
  const [found, labels] = await Promise.all([fetched({ ...packed, labels: null }), get(packed.labels).then((answer) => answer.json())]);
  return { ...found, labels };
}

/** The maps of a CNN's layers: `Layers` of vision/core/results_inside.py, fetched. */
export class Maps {
  constructor({ layers, pixels, mean, std, input_hw }) {
    Object.assign(this, { layers, pixels: pixels.data, mean, std, input_hw });
    this.kept = new Map();
  }

  /** The values of the kept channels of layer `at`, one after the other, and their places {data, rows, columns, channels}. */
  values(at) {
    const layer = this.layers[at], [, rows, columns] = layer.size;
    return { data: layer.values ? layer.values.data : this.cut(at), rows, columns, channels: layer.channels };
  }

  /** An activation: the layer before, cut to the limits. */
  cut(at) {
    if (!this.kept.has(at)) {
      const [low, high] = this.layers[at].limits;
      this.kept.set(at, this.values(at - 1).data.map((v) => Math.min(Math.max(v, low), high ?? Infinity)));
    }
    return this.kept.get(at);
  }

  /** One map: of the n-th kept channel. */
  plane(at, n) {
    const { data, rows, columns } = this.values(at);
    return data.subarray(n * rows * columns, (n + 1) * rows * columns);
  }

  /** What a convolution reads: the layer before, or the normalised picture, as planes of rows x columns. */
  inputs(at) {
    if (at > 0) {
      const { data, rows, columns, channels } = this.values(at - 1), area = rows * columns;
      return { planes: channels.map((_, n) => data.subarray(n * area, (n + 1) * area)), rows, columns };
    }
    const [rows, columns] = this.input_hw;
    if (!this.kept.has("picture")) {
      const plane = (c) => Float64Array.from({ length: rows * columns }, (_, i) => (this.pixels[3 * i + c] / 255 - this.mean[c]) / this.std[c]);
      this.kept.set("picture", [0, 1, 2].map(plane));
    }
    return { planes: this.kept.get("picture"), rows, columns };
  }
}

/** The `count` strongest places of a map, no two nearer than `apart` rows and columns; equal values: the first. Only values above 0. */
export function strongest(values, rows, columns, count, apart) {
  const order = Array.from(values.keys()).filter((i) => values[i] > 0).sort((a, b) => values[b] - values[a] || a - b);
  const found = [];
  for (const place of order) {
    if (found.length === count) break;
    const far = (other) => {
      const down = Math.abs(Math.floor(place / columns) - Math.floor(other / columns)), across = Math.abs((place % columns) - (other % columns));
      return Math.max(down, across) >= apart;
    };
    if (found.every(far)) found.push(place);
  }
  return found;
}

/** The standard deviation of some values. */
export function spread(values) {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
}

/** Lowest and highest of some values. */
export function extremes(values) {
  let low = Infinity, high = -Infinity;
  for (const v of values) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return [low, high];
}
