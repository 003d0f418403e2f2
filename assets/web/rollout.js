// Twin of vision/core/rollout.py: what a query attends to in one layer, and through all layers. float64, same order of operations.
// attention is flat [layers, heads, tokens, tokens] in 256 steps per row, scale flat [layers, heads, tokens]: what 255 stands for.

/** Fuse the matrices of `picks` (indices of layer * heads + head), rows low..high: mean, max or min. Float64Array [rows, tokens]. */
export function fuse(attention, scale, tokens, picks, fusion, low = 0, high = tokens) {
  const out = new Float64Array((high - low) * tokens);
  picks.forEach((pick, turn) => {
    for (let row = low, k = 0; row < high; row++) {
      const step = scale[pick * tokens + row] / 255;
      for (let i = (pick * tokens + row) * tokens, end = i + tokens; i < end; i++, k++) {
        const value = attention[i] * step;
        if (turn === 0) out[k] = value;
        else if (fusion === "mean") out[k] += value;
        else if (fusion === "max" ? value > out[k] : value < out[k]) out[k] = value;
      }
    }
  });
  if (fusion === "mean") for (let k = 0; k < out.length; k++) out[k] /= picks.length;
  return out;
}

/** The count-th smallest (1 = smallest) of a Float64Array, which is reordered (Hoare's selection). */
function smallest(values, count) {
  const k = count - 1;
  let low = 0, high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1];
    let i = low, j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i <= j) {
        const kept = values[i];
        values[i++] = values[j];
        values[j--] = kept;
      }
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else break;
  }
  return values[k];
}

/** Zero the weakest share of what a matrix gives to places; columns before `prefix` stay. Equal entries: first in reading order. */
export function prune(matrix, tokens, discard, prefix) {
  const places = tokens - prefix;
  const count = Math.floor(discard * (tokens * places));
  if (count === 0) return matrix;
  const flat = new Float64Array(tokens * places);
  for (let row = 0, k = 0; row < tokens; row++) for (let j = prefix; j < tokens; j++) flat[k++] = matrix[row * tokens + j];
  const limit = smallest(flat, count);
  const out = Float64Array.from(matrix);
  let equal = count; // how many entries equal to the limit still go
  for (let row = 0; row < tokens; row++) for (let j = prefix; j < tokens; j++) if (matrix[row * tokens + j] < limit) equal--;
  for (let row = 0; row < tokens; row++) {
    for (let j = prefix, i = row * tokens + prefix; j < tokens; j++, i++) {
      if (matrix[i] < limit || (matrix[i] === limit && equal-- > 0)) out[i] = 0;
    }
  }
  return out;
}

/** Add the identity (the residual path) and let every row sum to 1 again. */
export function mix(matrix, tokens) {
  const out = Float64Array.from(matrix);
  for (let row = 0; row < tokens; row++) {
    const start = row * tokens, end = start + tokens;
    out[start + row] += 1;
    let sum = 0;
    for (let i = start; i < end; i++) sum += out[i];
    for (let i = start; i < end; i++) out[i] /= sum;
  }
  return out;
}

/** Send a vector of queries down through the layers, last matrix first: one row of the rollout without the whole product. */
export function flow(chain, start) {
  const tokens = start.length;
  let vector = start;
  for (let layer = chain.length - 1; layer >= 0; layer--) {
    const matrix = chain[layer];
    const next = new Float64Array(tokens);
    for (let row = 0; row < tokens; row++) {
      const weight = vector[row];
      if (weight === 0) continue;
      for (let j = 0, i = row * tokens; j < tokens; j++, i++) next[j] += matrix[i] * weight;
    }
    vector = next;
  }
  return vector;
}

/** The vector of queries reads[0]..reads[1] (one past the last), all alike. */
export function begin(tokens, reads) {
  return new Float64Array(tokens).fill(1 / (reads[1] - reads[0]), reads[0], reads[1]);
}

const all = (count, index) => (index < 0 ? Array.from({ length: count }, (_, i) => i) : [index]);

/** What the queries of `reads` attend to: the chosen matrices fused (layer, head -1: all), then the mean over the queries. */
export function attend(attention, scale, [layers, heads, tokens], reads, layer = -1, head = -1, fusion = "mean") {
  const picks = all(layers, layer).flatMap((l) => all(heads, head).map((h) => l * heads + h));
  const rows = fuse(attention, scale, tokens, picks, fusion, reads[0], reads[1]);
  const out = new Float64Array(tokens);
  for (let k = 0; k < rows.length; k++) out[k % tokens] += rows[k];
  for (let j = 0; j < tokens; j++) out[j] /= reads[1] - reads[0];
  return out;
}

/** The fused matrices of all layers; kept by the caller, as they change with head and fusion only. */
export function fused(attention, scale, [layers, heads, tokens], head = -1, fusion = "mean") {
  return all(layers, -1).map((l) => fuse(attention, scale, tokens, all(heads, head).map((h) => l * heads + h), fusion));
}

/** The chain for `flow`; kept by the caller, as pointing at another patch changes only the start of the flow. */
export const chain = (matrices, tokens, prefix, discard = 0) => matrices.map((one) => mix(prune(one, tokens, discard, prefix), tokens));

/** The rollout of the queries of `reads` through all layers, or through those up to `layer`. */
export function roll(attention, scale, [layers, heads, tokens], prefix, reads, layer = -1, head = -1, fusion = "mean", discard = 0) {
  const upto = layer < 0 ? layers : layer + 1;
  const matrices = fused(attention, scale, [upto, heads, tokens], head, fusion);
  return flow(chain(matrices, tokens, prefix, discard), begin(tokens, reads));
}
