// Sentences of the Detect tab, made from its data; templates come from the words file.

import { fill } from "./controls.js";
import { iou } from "./boxes.js";
import { title } from "./detect_scene.js";

const two = (value) => value.toFixed(2);

/** What suppression did, in its order: [{i, by, iou, score}]; by -1: kept. Soft: picks in their order, nobody goes. */
export function story(found, sifted, view) {
  const { by, overlap, scores } = sifted.verdicts;
  if (view.soft) return sifted.kept.map((i) => ({ i, by: -1, iou: overlap[i], lowered: by[i], score: scores[i] }));
  const out = [];
  const kept = new Set(sifted.kept);
  sifted.taking.forEach((score, i) => {
    if (score > view.score) out.push({ i, by: kept.has(i) ? -1 : by[i], iou: overlap[i], lowered: -1, score });
  });
  return out;
}

export function stepSentence(words, found, one, view, at, of) {
  const values = { at, of, box: title(found, one.i), iou: two(one.iou), max: two(view.iou) };
  if (view.soft) {
    const change = one.lowered >= 0 ? "step_soft_lowered" : "step_soft";
    return fill(words[change], { ...values, now: two(one.score), by: one.lowered >= 0 ? title(found, one.lowered) : "" });
  }
  if (!found.suppresses) return fill(words.step_free, values);
  if (one.by < 0) return fill(words[view.agnostic ? "step_kept_agnostic" : "step_kept"], values);
  return fill(words.step_gone, { ...values, by: title(found, one.by) });
}

/** "12 of 340 candidates: 3 dog, 2 person"; what is left out is counted too. */
export function countSentence(words, found, sifted) {
  const { counts } = sifted;
  if (!counts.candidates) return words.none_at_all;
  if (!counts.kept) return fill(counts.others === counts.candidates ? words.no_class : words.none_above, { candidates: counts.candidates });
  const per = new Map();
  for (const i of sifted.shown) per.set(found.called[found.classes[i]], (per.get(found.called[found.classes[i]]) ?? 0) + 1);
  const list = [...per].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([label, count]) => fill(words.counted, { count, label }));
  return fill(words.counts, { kept: counts.kept, candidates: counts.candidates, list: list.reduce((before, next) => fill(words.further, { list: before, next })) });
}

export function whereSentence(words, found, sifted) {
  const parts = [fill(words.where, sifted.counts)];
  if (sifted.counts.cut) parts.push(fill(words.cut, sifted.counts));
  if (found.capped) parts.push(fill(words.capped, found));
  if (found.invalid) parts.push(fill(words.invalid, found));
  return parts.join(" ");
}

/** Everything about one box: name, score, corners, who suppressed it or whom it suppressed. */
export function boxSentence(words, found, sifted, view, i) {
  const corners = Array.from(found.xyxy.subarray(4 * i, 4 * i + 4), (value) => Math.round(value));
  const said = [fill(words.box, { box: title(found, i), x0: corners[0], y0: corners[1], x1: corners[2], y1: corners[3] })];
  const { by, overlap, scores } = sifted.verdicts;
  const above = sifted.taking[i] > view.score;
  if (!above) said.push(words.box_below);
  else if (!sifted.kept.includes(i)) {
    const values = { by: by[i] < 0 ? "" : title(found, by[i], scores[by[i]]), iou: two(overlap[i]), now: two(scores[i]) };
    said.push(fill(view.soft ? words.box_lowered_out : words.box_gone, values));
  } else {
    if (view.soft && by[i] >= 0) said.push(fill(words.box_lowered, { now: two(scores[i]), by: title(found, by[i]), iou: two(overlap[i]) }));
    const victims = [];
    const kept = new Set(sifted.kept);
    for (let k = 0; k < by.length; k++) if (by[k] === i && sifted.taking[k] > view.score && !kept.has(k)) victims.push(k);
    if (victims.length) {
      const some = victims.slice(0, 3).map((k) => `${title(found, k)} (${two(overlap[k])})`).join(", ");
      said.push(fill(words.box_suppressed, { count: victims.length, list: victims.length > 3 ? `${some} …` : some }));
    }
  }
  return said.join(" ");
}

export function pairSentence(words, a, b, view) {
  const width = Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0]));
  const height = Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]));
  const area = ([x0, y0, x1, y1]) => (x1 - x0) * (y1 - y0);
  const inter = width * height;
  const value = iou(a, b);
  const figures = { inter: Math.round(inter), union: Math.round(area(a) + area(b) - inter), iou: two(value), max: two(view.iou) };
  return fill(value > view.iou ? words.pair_above : words.pair_below, figures);
}
