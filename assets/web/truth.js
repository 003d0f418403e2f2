// Twin of vision/core/truth.py: matching to ground truth, precision and recall, average precision, as COCO counts them.
// Boxes are flat: x0, y0, x1, y1 of box 0, then of box 1 ...

export const FALSE = -1;
export const IGNORED = -2;

function overlapOf(truth, j, crowd, xyxy, i) {
  const p = 4 * i, q = 4 * j;
  const width = Math.max(0, Math.min(xyxy[p + 2], truth[q + 2]) - Math.max(xyxy[p], truth[q]));
  const height = Math.max(0, Math.min(xyxy[p + 3], truth[q + 3]) - Math.max(xyxy[p + 1], truth[q + 1]));
  const inter = width * height;
  const own = (xyxy[p + 2] - xyxy[p]) * (xyxy[p + 3] - xyxy[p + 1]);
  const area = (truth[q + 2] - truth[q]) * (truth[q + 3] - truth[q + 1]);
  const union = crowd ? own : own + area - inter;
  return union > 0 ? inter / union : 0;
}

/** For each detection (best first) the index of its truth, FALSE or IGNORED; a pair needs iou >= minIou. */
export function match(truth, truthClasses, crowd, xyxy, classes, minIou) {
  const least = Math.min(minIou, 1 - 1e-10);
  const taken = new Set();
  return Array.from(classes, (kind, i) => {
    let best = FALSE, most = least, crowded = false;
    for (let j = 0; j < truthClasses.length; j++) {
      if (truthClasses[j] !== kind) continue;
      const found = overlapOf(truth, j, crowd[j], xyxy, i);
      if (crowd[j]) crowded ||= found >= least;
      else if (!taken.has(j) && found >= most) {
        best = j;
        most = found;
      }
    }
    if (best !== FALSE) taken.add(best);
    return best === FALSE && crowded ? IGNORED : best;
  });
}

/** Precision and recall after each detection; hits best first, ignored ones left out. */
export function curve(hits, total) {
  let right = 0;
  const precision = [], recall = [];
  hits.forEach((hit, i) => {
    if (hit) right++;
    precision.push(right / (i + 1));
    recall.push(total ? right / total : 0);
  });
  return [precision, recall];
}

/** Average precision: the mean of the envelope of precision at 101 recalls, 0, 0.01 ... 1. */
export function average(precision, recall) {
  const envelope = Array.from(precision);
  for (let i = envelope.length - 2; i >= 0; i--) envelope[i] = Math.max(envelope[i], envelope[i + 1]);
  let total = 0, at = 0;
  for (let step = 0; step <= 100; step++) {
    const wanted = step === 100 ? 1 : step * 0.01; // as numpy.linspace rounds
    while (at < recall.length && recall[at] < wanted) at++;
    total += at < envelope.length ? envelope[at] : 0;
  }
  return total / 101;
}

/** The harmonic mean of precision and recall; 0 where both are 0. */
export const f1 = (precision, recall) => (precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0);
