// A map with its true numbers, and the 0..1 that is painted: on its own scale, or on one that both nets share.

import { fine, number } from "./figures.js";
import { relative, spread } from "./heat.js";

/** What an answer of /explain holds, with its values in their own unit again. Zero means no evidence for the class. */
export function evidence({ grid, range, seen }, unit) {
  const [low, high] = range;
  const values = Float64Array.from(grid.flat(), (v) => low + v * (high - low));
  return material(values, grid.length, grid[0].length, seen, low, high, unit);
}

/** A map of attention: the weakest place is the low end, since zero never happens. */
export function attended(values, rows, columns, seen) {
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return material(values, rows, columns, seen, low, high, "share");
}

function material(values, rows, columns, seen, low, high, unit) {
  return { values, rows, columns, seen, low, high, unit, empty: !(high > 0), grid: values };
}

/** The strongest place of a map in units of its average one. */
export const peak = (one) => Math.max(...(one.relative ??= relative(one.values)));

/** The map as painted: {grid of 0..1, rows, columns}; top: the common upper end in units of the average place, 0 for the map's own scale. */
export function painted(one, top) {
  if (one.painted?.top !== top) {
    const grid = top > 0 ? spread((one.relative ??= relative(one.values)), 0, top) : spread(one.values, one.low, one.high);
    one.painted = { top, grid, rows: one.rows, columns: one.columns };
  }
  return one.painted;
}

/** The texts of both ends of the colour bar, and of a value. */
export function ends(one, top) {
  return top > 0 ? ["0", `${number(top)} ×`] : [figure(one, one.low), figure(one, one.high)];
}

export const figure = (one, value) => (one.unit === "share" ? fine(value) : number(value));
