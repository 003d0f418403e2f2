// Twin of vision/core/heat.py: values to 0..1, onto the part of the picture that was seen, into colour, over the photo.
// Same names, same order of operations, float64; colours are whole numbers. A table is flat, 256 times RGB.

export const DIM = 150; // of 255: how dark the part becomes that the net did not see

/** Stretch low..high to 0..1, clipped; an empty range gives zeros, and so does a value that is no number. */
export function spread(values, low, high) {
  const out = new Float64Array(values.length);
  if (high > low) {
    for (let i = 0; i < out.length; i++) {
      const v = (values[i] - low) / (high - low);
      out[i] = v > 0 ? Math.min(1, v) : 0;
    }
  }
  return out;
}

/** Values in units of their mean (1 = as strong as the average place); zeros where the mean is not positive. */
export function relative(values) {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  const mean = sum / values.length;
  return Float64Array.from(values, (v) => (mean > 0 ? v / mean : 0));
}

/** The pixels whose centre lies in `seen`: [x0, y0, x1, y1], half-open, cut to the picture. */
export function window(seen, width, height) {
  const first = (edge, size) => Math.min(Math.max(Math.ceil(edge - 0.5), 0), size);
  return [first(seen[0], width), first(seen[1], height), first(seen[2], width), first(seen[3], height)];
}

/** For each point its cell on the left and the share of the next one. */
function between(points, low, high, cells) {
  const left = new Int32Array(points.length), share = new Float64Array(points.length);
  for (let k = 0; k < left.length; k++) {
    const at = Math.min(Math.max((points[k] - low) * (cells / (high - low)) - 0.5, 0), cells - 1);
    left[k] = Math.min(Math.floor(at), Math.max(cells - 2, 0));
    share[k] = at - left[k];
  }
  return { left, share };
}

/** Each row of the grid at the points of the x axis: Float64Array [rows, points]. */
function widen(grid, rows, columns, seen, points) {
  const { left, share } = between(points, seen[0], seen[2], columns);
  const width = left.length, out = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++) {
    for (let x = 0; x < width; x++) {
      const a = grid[row * columns + left[x]], b = grid[row * columns + Math.min(left[x] + 1, columns - 1)];
      out[row * width + x] = a + (b - a) * share[x];
    }
  }
  return out;
}

/** Call use(k, values) for each of ys; `values` at all of xs, the same array each time. */
function rowwise(grid, rows, columns, seen, xs, ys, use) {
  const wide = widen(grid, rows, columns, seen, xs);
  const { left, share } = between(ys, seen[1], seen[3], rows);
  const width = xs.length, values = new Float64Array(width);
  for (let k = 0; k < left.length; k++) {
    const top = left[k] * width, below = Math.min(left[k] + 1, rows - 1) * width;
    for (let x = 0; x < width; x++) values[x] = wide[top + x] + (wide[below + x] - wide[top + x]) * share[k];
    use(k, values);
  }
}

/** The values of a grid [rows, columns] over `seen` at points of the picture, bilinear between cell centres: Float64Array [ys, xs]. */
export function sample(grid, rows, columns, seen, xs, ys) {
  const out = new Float64Array(xs.length * ys.length);
  rowwise(grid, rows, columns, seen, xs, ys, (k, values) => out.set(values, k * xs.length));
  return out;
}

const centres = (start, stop) => Float64Array.from({ length: Math.max(stop - start, 0) }, (_, k) => start + k + 0.5);

/** Lay a grid of places onto the part of a picture that was seen: the values of `window`, row by row. */
export function place(grid, rows, columns, seen, width, height) {
  const [x0, y0, x1, y1] = window(seen, width, height);
  return sample(grid, rows, columns, seen, centres(x0, x1), centres(y0, y1));
}

/** The colour's index of a value 0..1: floor(v * 255 + 0.5); beyond the ends and no number: the ends, and 0. */
export const index = (v) => (v > 0 ? Math.floor(Math.min(1, v) * 255 + 0.5) : 0);

/** Colours of values 0..1, RGB after RGB. */
export function tint(values, table) {
  const out = new Uint8ClampedArray(values.length * 3);
  for (let i = 0; i < values.length; i++) {
    const at = 3 * index(values[i]);
    for (let c = 0; c < 3; c++) out[3 * i + c] = table[at + c];
  }
  return out;
}

/** One colour level over another: (over * a + under * (255 - a) + 127) // 255, alpha 0..255. */
export const overlay = (over, under, alpha) => Math.floor((over * alpha + under * (255 - alpha) + 127) / 255);

/** Paint a map over RGBA pixels (as ImageData has them): the map on the part that was seen, the rest darkened. */
export function compose(rgba, width, height, grid, rows, columns, seen, table, alpha, dim = DIM) {
  const out = new Uint8ClampedArray(rgba.length);
  const [x0, y0, x1, y1] = window(seen, width, height);
  for (let i = 0; i < rgba.length; i++) out[i] = i % 4 === 3 ? rgba[i] : overlay(0, rgba[i], dim);
  rowwise(grid, rows, columns, seen, centres(x0, x1), centres(y0, y1), (k, values) => {
    for (let x = x0; x < x1; x++) {
      const at = 3 * index(values[x - x0]), pixel = 4 * ((y0 + k) * width + x);
      for (let c = 0; c < 3; c++) out[pixel + c] = overlay(table[at + c], rgba[pixel + c], alpha);
    }
  });
  return out;
}
