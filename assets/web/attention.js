// The attention of one picture, kept in the browser: the map of any layer, head, fusion, rollout or patch without a request.

import { attend, begin, fused } from "./rollout.js";

export const CLASS = -1; // the query of the class head itself; 0, 1, 2 ... are places, row by row

/** The arrays of a payload, fetched once. Resolves to an Attention; rejects where the server no longer has them. */
export async function fetchAttention(column) {
  const bytes = async ({ url }) => {
    const answer = await fetch(new URL(url, document.baseURI));
    if (!answer.ok) throw new Error(`${answer.status} ${url}`);
    return answer.arrayBuffer();
  };
  const [attention, scale] = await Promise.all([bytes(column.attention), bytes(column.scale)]);
  return new Attention(new Uint8Array(attention), new Float32Array(scale), column.attention.shape.slice(0, 3), column);
}

/** One layer of a rollout: prune the weakest entries, add the identity, let rows sum to 1, and send the vector through. */
function step(matrix, tokens, prefix, vector, { limit, last }) {
  const next = new Float64Array(tokens), line = new Float64Array(tokens);
  for (let row = 0; row < tokens; row++) {
    const weight = vector[row];
    if (weight === 0) continue;
    let sum = 0;
    for (let j = 0, i = row * tokens; j < tokens; j++, i++) {
      let value = matrix[i];
      if (j >= prefix && (value < limit || (value === limit && i <= last))) value = 0;
      if (j === row) value += 1;
      line[j] = value;
      sum += value;
    }
    for (let j = 0; j < tokens; j++) next[j] += (line[j] / sum) * weight;
  }
  return next;
}

export class Attention {
  /** attention Uint8Array [layers, heads, tokens, tokens], scale Float32Array [layers, heads, tokens], shape [layers, heads, tokens]. */
  constructor(attention, scale, shape, { prefix, reads, grid_hw }) {
    Object.assign(this, { attention, scale, shape, prefix, reads });
    [this.rows, this.columns] = grid_hw;
    this.kept = new Map(); // what pointing does not change: fused matrices, where their weakest end, the thumbnails of the class query
  }

  /** The tokens whose looking is shown: those of the class head, or one place. */
  asking(query) {
    return query === CLASS ? this.reads : [this.prefix + query, this.prefix + query + 1];
  }

  /** The map of a view {method, layer, head, fusion, discard, query}: Float64Array [places], shares of attention. */
  map({ method, layer, head, fusion, discard, query }) {
    const reads = this.asking(query);
    const tokens =
      method === "rollout" ? this.rolled(layer, head, fusion, discard, reads) : attend(this.attention, this.scale, this.shape, reads, layer, head, fusion);
    return tokens.subarray(this.prefix);
  }

  /** As `roll` of rollout.js to the last bit, without making the matrices: only the rows that are asked, pruned as they are read. */
  rolled(layer, head, fusion, discard, reads) {
    const tokens = this.shape[2];
    const matrices = this.once("fused", `${head} ${fusion}`, () => fused(this.attention, this.scale, this.shape, head, fusion));
    let vector = begin(tokens, reads);
    for (let l = layer < 0 ? matrices.length - 1 : layer; l >= 0; l--) {
      const cut = this.once(`cut ${l}`, `${head} ${fusion} ${discard}`, () => this.cut(matrices[l], l, `${head} ${fusion}`, discard));
      vector = step(matrices[l], tokens, this.prefix, vector, cut);
    }
    return vector;
  }

  /** Where the weakest share of a layer's entries ends: {limit, last}: of the entries equal to the limit those up to index `last` go. */
  cut(matrix, layer, key, discard) {
    const tokens = this.shape[2], { prefix } = this;
    const count = Math.floor(discard * (tokens * (tokens - prefix)));
    if (count === 0) return { limit: -1, last: -1 };
    const sorted = this.once(`sorted ${layer}`, key, () => matrix.filter((_, i) => i % tokens >= prefix).sort());
    const limit = sorted[count - 1];
    let equal = count - sorted.findIndex((value) => value === limit), last = -1;
    while (equal > 0) {
      last = matrix.indexOf(limit, last + 1);
      if (last % tokens >= prefix) equal--;
    }
    return { limit, last };
  }

  /** Maps of every layer (rows; the last: all) and head (columns; the last: all), attention only, row by row. */
  thumbnails(fusion, query) {
    const make = () => {
      const [layers, heads] = this.shape, cells = [];
      for (let l = 0; l <= layers; l++) {
        for (let h = 0; h <= heads; h++) {
          const view = { method: "attention", layer: l < layers ? l : -1, head: h < heads ? h : -1, fusion, query };
          cells.push(this.map(view));
        }
      }
      return cells;
    };
    return query === CLASS ? this.once("thumbnails", fusion, make) : make();
  }

  /** Compute a thing once; of each kind only the newest is kept, since fused matrices are large. */
  once(kind, key, make) {
    const found = this.kept.get(kind);
    if (found?.key === key) return found.value;
    const value = make();
    this.kept.set(kind, { key, value });
    return value;
  }
}
