// Twin of vision/core/boxes.py: overlap, greedy and soft suppression. Same names, same order of operations, float64.
// xyxy is flat: x0, y0, x1, y1 of box 0, then of box 1 ... (Float64Array or Array).

/** Intersection over union of box i of `a` and box j of `b`; a union that is not positive gives 0. */
export function iou(a, b, i = 0, j = 0) {
  const p = 4 * i, q = 4 * j;
  const width = Math.min(a[p + 2], b[q + 2]) - Math.max(a[p], b[q]);
  const height = Math.min(a[p + 3], b[q + 3]) - Math.max(a[p + 1], b[q + 1]);
  if (width <= 0 || height <= 0) return 0; // apart, as most pairs are
  const inter = width * height;
  const union = (a[p + 2] - a[p]) * (a[p + 3] - a[p + 1]) + (b[q + 2] - b[q]) * (b[q + 3] - b[q + 1]) - inter;
  return union > 0 ? inter / union : 0;
}

/** Indices with score > minScore, best first; equal scores: smaller index first. */
function ranked(scores, minScore) {
  const order = [];
  for (let i = 0; i < scores.length; i++) if (scores[i] > minScore) order.push(i);
  return order.sort((i, j) => scores[j] - scores[i] || i - j);
}

/** Greedy suppression that remembers who suppressed whom. Returns {kept, by, overlap, scores}; by -1: nobody. */
export function judge(xyxy, scores, classes, minScore, maxIou, agnostic = false) {
  const by = new Int32Array(scores.length).fill(-1);
  const overlap = new Float64Array(scores.length);
  const kept = [];
  const rivals = new Map(); // class -> its kept boxes, best first: boxes of different classes never meet
  for (const i of ranked(scores, minScore)) {
    const kind = agnostic ? 0 : classes[i];
    const before = rivals.get(kind) ?? [];
    let found = 0;
    const x0 = xyxy[4 * i], y0 = xyxy[4 * i + 1], x1 = xyxy[4 * i + 2], y1 = xyxy[4 * i + 3];
    let killer = -1;
    for (let n = 0; n < before.length && killer < 0; n++) {
      const p = 4 * before[n];
      const apart = xyxy[p] >= x1 || xyxy[p + 2] <= x0 || xyxy[p + 1] >= y1 || xyxy[p + 3] <= y0;
      if (apart && maxIou >= 0) continue; // most pairs: their overlap is 0, which is not above
      if ((found = iou(xyxy, xyxy, before[n], i)) > maxIou) killer = before[n];
    }
    if (killer < 0) {
      kept.push(i);
      before.push(i);
      rivals.set(kind, before);
    } else {
      by[i] = killer;
      overlap[i] = found;
    }
  }
  return { kept, by, overlap, scores: Float64Array.from(scores) };
}

/** The detections to show: indices, best first. A pair is parted only if iou > maxIou. */
export const keep = (xyxy, scores, classes, minScore, maxIou, agnostic = false) =>
  judge(xyxy, scores, classes, minScore, maxIou, agnostic).kept;

/** Soft suppression (Bodla et al. 2017, linear): a neighbour's score is multiplied by (1 - iou) where iou > maxIou. */
export function soft(xyxy, scores, classes, minScore, maxIou, agnostic = false) {
  const now = Float64Array.from(scores);
  const by = new Int32Array(scores.length).fill(-1);
  const overlap = new Float64Array(scores.length);
  const rest = [];
  for (let i = 0; i < scores.length; i++) if (scores[i] > minScore) rest.push(i);
  const kept = [];
  while (rest.length) {
    let at = 0;
    for (let k = 1; k < rest.length; k++) if (now[rest[k]] > now[rest[at]]) at = k;
    const best = rest[at];
    if (!(now[best] > minScore)) break;
    rest.splice(at, 1);
    kept.push(best);
    for (const i of rest) {
      if (!agnostic && classes[i] !== classes[best]) continue;
      const found = iou(xyxy, xyxy, best, i);
      if (!(found > maxIou)) continue;
      now[i] *= 1 - found;
      if (found > overlap[i]) {
        by[i] = best;
        overlap[i] = found;
      }
    }
  }
  return { kept, by, overlap, scores: now };
}
