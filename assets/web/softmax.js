// Softmax, its temperature, and cross-entropy, float64. Oracle: torch.nn.functional (tests/parity/test_inside.py).
// Sources: Bridle 1990 (softmax); Hinton, Vinyals and Dean 2015, Distilling the Knowledge in a Neural Network (temperature).

/** exp(z / T) over its sum: Float64Array that sums to 1; the largest is taken off first, so nothing overflows. */
export function softmax(logits, temperature = 1) {
  let top = -Infinity, sum = 0;
  for (const z of logits) if (z > top) top = z;
  const out = Float64Array.from(logits, (z) => Math.exp((z - top) / temperature));
  for (const p of out) sum += p;
  return out.map((p) => p / sum);
}

/** Cross-entropy of the right class: -ln of its share, in nats. Taken from the logits, so it stays finite where the share rounds to 0. */
export function loss(logits, right, temperature = 1) {
  let top = -Infinity, sum = 0;
  for (const z of logits) if (z > top) top = z;
  for (const z of logits) sum += Math.exp((z - top) / temperature);
  return Math.log(sum) - (logits[right] - top) / temperature;
}

/** The `count` largest, as indices; equal ones: the smaller index first. */
export const best = (values, count) =>
  Array.from(values.keys()).sort((a, b) => values[b] - values[a] || a - b).slice(0, count);

/** Which number an entry is, counted from 1: 1 the largest. */
export function rank(values, at) {
  let before = 1;
  for (let i = 0; i < values.length; i++) if (values[i] > values[at] || (values[i] === values[at] && i < at)) before += 1;
  return before;
}
