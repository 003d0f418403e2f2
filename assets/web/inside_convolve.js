// Convolution, written out: what one window reads, what it gives, and all of it over a map. Cross-correlation, as every deep net has it;
// outside of the map are zeros. Oracle: torch.nn.functional.conv2d (tests/parity/test_inside.py).

/** Places of the result along one side. */
export const places = (side, size, stride, pad) => Math.floor((side + 2 * pad - size) / stride) + 1;

/** What a window of size x size reads of a map [rows, columns] whose place (row, column) of the result it makes: Float64Array; outside: 0. */
export function windowOf(plane, rows, columns, size, [down, across], [above, before], row, column) {
  const out = new Float64Array(size * size);
  for (let dy = 0, i = 0; dy < size; dy++) {
    for (let dx = 0; dx < size; dx++, i++) {
      const y = row * down + dy - above, x = column * across + dx - before;
      if (y >= 0 && y < rows && x >= 0 && x < columns) out[i] = plane[y * columns + x];
    }
  }
  return out;
}

/** The sum of products of two lists. */
export function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** One number of a convolution step by step: {parts: [{window, weight, sum}] per input, sum, biased, made}, made = (sum + bias) * scale + shift. */
export function follow({ planes, rows, columns }, { weight, bias, scale, shift, stride, pad }, channel, row, column) {
  const [, inputs, size] = weight.shape, area = size * size;
  const parts = planes.map((plane, n) => {
    const from = (channel * inputs + n) * area;
    const part = { window: windowOf(plane, rows, columns, size, stride, pad, row, column), weight: weight.data.slice(from, from + area) };
    return { ...part, sum: dot(part.window, part.weight) };
  });
  const sum = parts.reduce((total, part) => total + part.sum, 0), biased = sum + bias.data[channel];
  return { parts, sum, biased, made: biased * scale.data[channel] + shift.data[channel] };
}

/** A whole map through one kernel: {values, rows, columns}; no place at all where the kernel is larger than the padded map. */
export function convolve(plane, rows, columns, kernel, size, stride, pad) {
  const high = Math.max(0, places(rows, size, stride, pad)), wide = Math.max(0, places(columns, size, stride, pad));
  const values = new Float64Array(high * wide);
  for (let row = 0, i = 0; row < high; row++) {
    for (let column = 0; column < wide; column++, i++) {
      values[i] = dot(windowOf(plane, rows, columns, size, [stride, stride], [pad, pad], row, column), kernel);
    }
  }
  return { values, rows: high, columns: wide };
}
