// Twin of vision/core/facts.py: what a map says. Maps are flat [rows, columns] >= 0; facts are [key, values] of the words [explain].

const NINTHS = ["top_left", "top", "top_right", "left", "middle", "right", "bottom_left", "bottom", "bottom_right"];
const EVEN = 1 / 6; // no ninth holds more than half as much again as its even share, 1/9: the weight lies everywhere

/** A share as a whole percentage, half upwards. */
export const percent = (share) => `${Math.floor(share * 100 + 0.5)} %`;

/** How much of each cell's width lies in each third of an axis, in cells: three arrays. */
function thirds(low, high, cells, size) {
  const step = (high - low) / cells;
  const ends = [0, size / 3, size / 1.5, size];
  return [0, 1, 2].map((k) =>
    Float64Array.from({ length: cells }, (_, i) => {
      const part = Math.min(low + (i + 1) * step, ends[k + 1]) - Math.max(low + i * step, ends[k]);
      return Math.max(0, part) / step;
    }),
  );
}

/** The share of the weight in each ninth of the whole picture, row by row; zeros where there is no weight in it. */
export function where(values, rows, columns, seen, width, height) {
  const across = thirds(seen[0], seen[2], columns, width), down = thirds(seen[1], seen[3], rows, height);
  const weights = new Float64Array(9);
  for (let j = 0; j < 3; j++) {
    for (let r = 0; r < rows; r++) {
      let sum = 0;
      for (let c = 0; c < columns; c++) sum += values[r * columns + c] * across[j][c];
      for (let i = 0; i < 3; i++) weights[3 * i + j] += sum * down[i][r];
    }
  }
  let total = 0;
  for (const weight of weights) total += weight;
  return weights.map((weight) => (total > 0 ? weight / total : 0));
}

/** How many places, the strongest first, hold half of the weight; 0 where there is none. */
export function half(values) {
  const sorted = Float64Array.from(values).sort().reverse();
  let total = 0;
  for (const value of sorted) total += value;
  let count = 0;
  for (let sum = 0; total > 0 && (count === 0 || sum < total / 2); ) sum += sorted[count++];
  return count;
}

/** What can be said of a map: where most of the weight lies and how concentrated it is; nothing of an empty one. */
export function read(values, rows, columns, seen, width, height) {
  const count = half(values);
  if (count === 0) return [];
  const shares = where(values, rows, columns, seen, width, height);
  let best = 0;
  for (let i = 1; i < 9; i++) if (shares[i] > shares[best]) best = i;
  const few = { count: String(count), total: String(values.length), share: percent(count / values.length) };
  const place = shares[best] > EVEN ? NINTHS[best] : "even";
  return [[`explain.where_${place}`, { share: percent(shares[best]) }], ["explain.half", few]];
}
