// Twin of vision/core/agreement.py: how far two maps of one picture agree where both nets saw it. Maps are flat [rows, columns] >= 0.
import { percent } from "./facts.js";
import { sample } from "./heat.js";

const CELLS = 24; // points a side of the common raster
const FIFTH = 0.2;

/** Twice the rank of each value, from 2 up; equal values share the mean of their ranks. */
export function ranks(values) {
  const order = Array.from(values.keys()).sort((i, j) => values[i] - values[j]);
  const out = new Float64Array(values.length);
  for (let start = 0, end; start < order.length; start = end) {
    for (end = start + 1; end < order.length && values[order[end]] === values[order[start]]; ) end++;
    for (let k = start; k < end; k++) out[order[k]] = start + end + 1;
  }
  return out;
}

/** Spearman's rank correlation, or null where one map is the same everywhere. */
export function correlate(a, b) {
  const x = ranks(a), y = ranks(b), mean = a.length + 1;
  let xx = 0, yy = 0, xy = 0;
  for (let i = 0; i < a.length; i++) {
    xx += (x[i] - mean) * (x[i] - mean);
    yy += (y[i] - mean) * (y[i] - mean);
    xy += (x[i] - mean) * (y[i] - mean);
  }
  return xx * yy > 0 ? xy / Math.sqrt(xx * yy) : null;
}

/** The strongest fifth of the places, by index, strongest first; equal ones: smaller index first; never one of no weight. */
export function strongest(values) {
  const order = Array.from(values.keys()).sort((i, j) => values[j] - values[i] || i - j);
  return order.slice(0, Math.floor(values.length * FIFTH + 0.5)).filter((i) => values[i] > 0);
}

/** The share of the strongest fifth that two maps have in common, or null where one has no weight. */
export function overlap(a, b) {
  const first = strongest(a), second = new Set(strongest(b));
  if (!first.length || !second.size) return null;
  return first.filter((i) => second.has(i)).length / Math.max(first.length, second.size);
}

/** {rank, overlap} of two maps {grid, rows, columns, seen}; null where they saw nothing in common or a map says nothing. */
export function compare(a, b, width, height) {
  const x0 = Math.max(a.seen[0], b.seen[0], 0), y0 = Math.max(a.seen[1], b.seen[1], 0);
  const x1 = Math.min(a.seen[2], b.seen[2], width), y1 = Math.min(a.seen[3], b.seen[3], height);
  if (!(x1 > x0 && y1 > y0)) return null;
  const points = (low, high) => Float64Array.from({ length: CELLS }, (_, i) => low + (i + 0.5) * ((high - low) / CELLS));
  const xs = points(x0, x1), ys = points(y0, y1);
  const [first, second] = [a, b].map((map) => sample(map.grid, map.rows, map.columns, map.seen, xs, ys));
  const rank = correlate(first, second), shared = overlap(first, second);
  return rank === null || shared === null ? null : { rank, overlap: shared };
}

/** What the figures mean: [key, values] of the words [explain]. */
export function words(found) {
  if (found === null) return ["explain.agree_unknown", {}];
  const key = found.rank >= 0.6 ? "much" : found.rank >= 0.2 ? "some" : found.rank > -0.2 ? "none" : "opposed";
  return [`explain.agree_${key}`, { rank: decimals(found.rank), overlap: percent(found.overlap) }];
}

/** A number with two decimals, half away from zero, and a true minus. */
export function decimals(value) {
  const hundredths = Math.floor(Math.abs(value) * 100 + 0.5);
  const sign = value < 0 && hundredths > 0 ? "−" : "";
  return `${sign}${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, "0")}`;
}
