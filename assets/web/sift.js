// Twin of vision/core/sift.py: candidates + view -> what is shown. Suppression is remembered between calls, see `Memory`.
//
// found: { xyxy flat, scores, classes, suppresses } best first; view: { score, iou, agnostic, soft, limit, classes: array of indices or null }

import { judge, soft } from "./boxes.js";

/** What suppression said last, so that a move of the score slider only filters: a box's fate hangs on better boxes alone. */
export class Memory {
  verdicts(found, view) {
    const key = JSON.stringify([view.iou, view.agnostic, view.soft, view.classes]);
    if (this.found !== found || this.key !== key) {
      const chosen = view.classes && new Set(view.classes);
      const scores = chosen ? found.scores.map((score, i) => (chosen.has(found.classes[i]) ? score : -Infinity)) : found.scores;
      const maxIou = found.suppresses ? view.iou : Infinity;
      this.all = (view.soft ? soft : judge)(found.xyxy, scores, found.classes, -1, maxIou, view.agnostic);
      this.taking = scores;
      this.found = found;
      this.key = key;
    }
    return { all: this.all, taking: this.taking };
  }
}

/** Return { shown, kept, verdicts, counts, above }: indices best first; `above` says of each candidate whether it took part. */
export function sift(found, view, memory = new Memory()) {
  const { all, taking } = memory.verdicts(found, view);
  const kept = [];
  for (const i of all.kept) {
    if (!(all.scores[i] > view.score)) break; // kept is in falling order of the score after suppression
    kept.push(i);
  }
  let above = 0, others = 0;
  for (let i = 0; i < taking.length; i++) {
    if (taking[i] > view.score) above++;
    else if (taking[i] === -Infinity) others++;
  }
  const shown = kept.slice(0, view.limit);
  const counts = {
    candidates: taking.length,
    below: taking.length - others - above,
    suppressed: above - kept.length,
    kept: shown.length,
    cut: kept.length - shown.length,
    others,
  };
  return { shown, kept, verdicts: all, taking, counts };
}

/** Indices that took part and were suppressed, best first. */
export function ghosts(sifted, view) {
  const kept = new Set(sifted.kept);
  const out = [];
  sifted.taking.forEach((score, i) => score > view.score && !kept.has(i) && out.push(i));
  return out;
}

/** How many boxes would be kept at each threshold 0, 1/steps ... 1, before the limit. */
export function tally(sifted, steps = 100) {
  const out = new Array(steps + 1).fill(0);
  const { kept, scores } = sifted.verdicts;
  let at = kept.length;
  for (let step = 0; step <= steps; step++) {
    while (at > 0 && !(scores[kept[at - 1]] > step / steps)) at--;
    out[step] = at;
  }
  return out;
}
