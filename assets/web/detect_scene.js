// What the Detect tab draws, as plain data: groups of boxes of one look, labels, links, fills. No canvas, no words, no requests.

import { ghosts } from "./sift.js";
import { mark } from "./marks.js";

export const box = (found, i) => Array.from(found.xyxy.subarray(4 * i, 4 * i + 4));

/** Boxes gathered by look, so that a thousand of them are a handful of strokes: boxes given the same look object are one group. */
export class Scene {
  constructor() {
    this.groups = new Map();
    this.labels = [];
    this.links = [];
    this.fills = [];
  }

  add(corners, look) {
    const group = this.groups.get(look);
    if (group) group.boxes.push(corners);
    else this.groups.set(look, { dash: [], width: 2, alpha: 1, casing: true, ...look, boxes: [corners] });
  }
}

const WAITING = { colour: "#FFFFFF", width: 1, alpha: 0.35, casing: false }; // candidates that suppression has not come to
const PICKED = { colour: "#FFFFFF", width: 4, dash: [6, 4] };
const faints = [];
const faint = (kind) => (faints[kind] ??= { ...mark(kind), alpha: 0.45, width: 1, casing: false });
const name = (found, i) => found.called[found.classes[i]];
export const title = (found, i, score = found.scores[i]) => `${name(found, i)} ${score.toFixed(2)}`;

/** Kept boxes, and ghosts where wanted; one that is looked at stands out with a line to what suppressed it. */
export function kept(found, sifted, view, { showGhosts = false, looked = -1, picked = [] } = {}) {
  const scene = new Scene();
  if (showGhosts) for (const i of ghosts(sifted, view)) scene.add(box(found, i), faint(found.classes[i]));
  for (const i of sifted.shown) {
    const style = mark(found.classes[i]);
    const corners = box(found, i);
    scene.add(corners, style);
    scene.labels.push({ corners, text: title(found, i, sifted.verdicts.scores[i]), colour: style.colour, ink: style.ink });
  }
  if (looked >= 0) focus(scene, found, sifted, looked);
  for (const i of picked) scene.add(box(found, i), PICKED);
  return scene;
}

function focus(scene, found, sifted, i) {
  const style = mark(found.classes[i]);
  scene.add(box(found, i), { ...style, width: 4 });
  scene.labels.unshift({ corners: box(found, i), text: title(found, i), ...style });
  const by = sifted.verdicts.by[i];
  if (by < 0 || sifted.kept.includes(i)) return;
  scene.add(box(found, by), { ...mark(found.classes[by]), width: 4 });
  scene.labels.unshift({ corners: box(found, by), text: title(found, by, sifted.verdicts.scores[by]), ...mark(found.classes[by]) });
  scene.links.push({ from: box(found, i), to: box(found, by) });
}

/** The state after `at` steps of the story: kept solid, suppressed faint, the one of this step thick, the rest hair-thin. */
export function step(found, story, at) {
  const scene = new Scene();
  story.forEach((one, n) => {
    const style = mark(found.classes[one.i]);
    if (n >= at) scene.add(box(found, one.i), WAITING);
    else if (one.by < 0) scene.add(box(found, one.i), n === at - 1 ? { ...style, width: 4 } : style);
    else if (n === at - 1) scene.add(box(found, one.i), { ...style, dash: [4, 4], width: 4 });
    else scene.add(box(found, one.i), faint(found.classes[one.i]));
    if (n < at && one.by < 0) scene.labels.push({ corners: box(found, one.i), text: title(found, one.i, one.score), ...style });
  });
  const now = story[at - 1];
  if (now && now.by >= 0) {
    scene.links.push({ from: box(found, now.i), to: box(found, now.by) });
    scene.labels.unshift({ corners: box(found, now.i), text: title(found, now.i), ...mark(found.classes[now.i]) });
  }
  return scene;
}

export const MOST = 300; // proposals drawn at once
const HEARD = Array.from({ length: 11 }, (_, n) => ({ colour: "#56B4E9", width: 1, alpha: n / 10, casing: false })); // by objectness in tenths

/** One stage of an R-CNN: "proposals", "refined", "above"; a looked-at box shows where it was moved from. */
export function stage(found, sifted, view, which, looked = -1) {
  const scene = new Scene();
  if (which === "proposals") {
    const count = Math.min(MOST, found.proposals.length / 4);
    for (let p = count - 1; p >= 0; p--) {
      scene.add(Array.from(found.proposals.subarray(4 * p, 4 * p + 4)), HEARD[Math.max(1, Math.round(found.objectness[p] * 10))]);
    }
    return scene;
  }
  const thin = [];
  found.scores.forEach((score, i) => {
    if (sifted.taking[i] === -Infinity || (which === "above" && !(score > view.score))) return;
    const kind = found.classes[i];
    scene.add(box(found, i), (thin[kind] ??= { ...mark(kind), width: 1, alpha: which === "above" ? 0.9 : 0.35, casing: false }));
  });
  if (looked >= 0) {
    const p = 4 * found.sources[looked];
    const from = Array.from(found.proposals.subarray(p, p + 4));
    scene.add(from, { colour: "#FFFFFF", dash: [5, 4], width: 2 });
    focusOnly(scene, found, looked);
    scene.links.push({ from, to: box(found, looked) });
  }
  return scene;
}

function focusOnly(scene, found, i) {
  scene.add(box(found, i), { ...mark(found.classes[i]), width: 4 });
  scene.labels.unshift({ corners: box(found, i), text: title(found, i), ...mark(found.classes[i]) });
}

/** Right, wrong and missed told apart by colour, dash and letters. */
export const FATES = {
  tp: { colour: "#009E73", dash: [], width: 3 },
  fp: { colour: "#D55E00", dash: [8, 4], width: 3 },
  fn: { colour: "#F0E442", dash: [2, 4], width: 3 },
  crowd: { colour: "#FFFFFF", dash: [1, 5], width: 2 },
};

export function judged(found, sifted, marking, truth) {
  const scene = new Scene();
  const say = (corners, fate, text) => {
    scene.add(corners, FATES[fate]);
    scene.labels.push({ corners, text: `${fate.toUpperCase()} ${text}`, ...FATES[fate], ink: "#000000" });
  };
  marking.partners.forEach((partner, n) => {
    const i = sifted.shown[n];
    if (partner !== -2) say(box(found, i), partner >= 0 ? "tp" : "fp", title(found, i, sifted.verdicts.scores[i]));
  });
  truth.forEach((one, j) => {
    if (one.crowd) scene.add(one.xyxy, FATES.crowd);
    else if (!marking.matched.has(j)) say(one.xyxy, "fn", one.name);
  });
  return scene;
}

/** Two boxes by hand: what they share and what they cover together. */
export function pair(a, b) {
  const scene = new Scene();
  scene.fills.push({ corners: [a, b], colour: "rgb(86 180 233 / 35%)" });
  const inner = [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])];
  if (inner[2] > inner[0] && inner[3] > inner[1]) scene.fills.push({ corners: [inner], colour: "rgb(240 228 66 / 65%)" });
  for (const [corners, text] of [[a, "A"], [b, "B"]]) {
    scene.add(corners, { colour: "#FFFFFF", width: 3, dash: text === "B" ? [8, 4] : [] });
    scene.labels.push({ corners, text, colour: "#FFFFFF", ink: "#000000" });
  }
  return scene;
}
