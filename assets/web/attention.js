// The attention of one picture, kept in the browser: the map of any layer, head, fusion, rollout or patch without a request.

import { attend, begin, chain, flow, fused } from "./rollout.js";

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

export class Attention {
  /** attention Uint8Array [layers, heads, tokens, tokens], scale Float32Array [layers, heads, tokens], shape [layers, heads, tokens]. */
  constructor(attention, scale, shape, { prefix, reads, grid_hw }) {
    Object.assign(this, { attention, scale, shape, prefix, reads });
    [this.rows, this.columns] = grid_hw;
    this.kept = new Map(); // what pointing does not change: fused matrices, chains, the thumbnails of the class query
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

  rolled(layer, head, fusion, discard, reads) {
    const tokens = this.shape[2];
    const matrices = this.once("fused", `${head} ${fusion}`, () => fused(this.attention, this.scale, this.shape, head, fusion));
    const links = this.once("chain", `${head} ${fusion} ${discard}`, () => chain(matrices, tokens, this.prefix, discard));
    return flow(layer < 0 ? links : links.slice(0, layer + 1), begin(tokens, reads));
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

  /** Compute a thing once; of each kind only the newest is kept, since a chain takes as much as all the matrices. */
  once(kind, key, make) {
    const found = this.kept.get(kind);
    if (found?.key === key) return found.value;
    const value = make();
    this.kept.set(kind, { key, value });
    return value;
  }
}
