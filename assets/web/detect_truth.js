// Ground truth of one photo: read from COCO JSON, and scored at the present sliders.

import { FALSE, IGNORED, average, curve, f1, match } from "./truth.js";

/** The index of a class name in a model's names, or in what they are called; a name the model lacks gets a number of its own below 0. */
function kinds(truth, { names, called = names }) {
  const index = new Map([...called, ...names].map((name, i) => [name.toLowerCase(), i % names.length]));
  const strangers = new Map();
  return truth.map(({ name }) => {
    const key = name.toLowerCase();
    if (index.has(key)) return index.get(key);
    if (!strangers.has(key)) strangers.set(key, -1 - strangers.size);
    return strangers.get(key);
  });
}

/** The boxes of one photo in a COCO file: found by its name, or the only one of the file. Throws an Error whose message is a words key. */
export function fromCoco(text, picture) {
  let data;
  try {
    data = JSON.parse(text);
  } catch {
    throw new Error("truth_no_json");
  }
  if (!Array.isArray(data?.images) || !Array.isArray(data?.annotations) || !Array.isArray(data?.categories)) throw new Error("truth_no_coco");
  const bare = (name) => String(name).split(/[\\/]/).pop().replace(/\.\w+$/, "").toLowerCase();
  const named = data.images.filter((image) => bare(image.file_name ?? "") === bare(picture.name));
  const image = named.length === 1 ? named[0] : data.images.length === 1 ? data.images[0] : null;
  if (!image) throw new Error("truth_no_image");
  const names = new Map(data.categories.map((one) => [one.id, String(one.name)]));
  const [sx, sy] = [picture.width / (image.width || picture.width), picture.height / (image.height || picture.height)];
  const rows = data.annotations.filter((row) => row.image_id === image.id && Array.isArray(row.bbox) && row.bbox.length === 4 && row.bbox.every(Number.isFinite));
  if (!rows.length) throw new Error("truth_no_box");
  return rows.map(({ bbox: [x, y, w, h], category_id, iscrowd }) => ({
    xyxy: [x * sx, y * sy, (x + w) * sx, (y + h) * sy],
    name: names.get(category_id) ?? String(category_id),
    crowd: Boolean(iscrowd),
  }));
}

const flat = (boxes) => boxes.flatMap(({ xyxy }) => xyxy);

function matched(found, order, real, realKinds, minIou) {
  const xyxy = order.flatMap((i) => Array.from(found.xyxy.subarray(4 * i, 4 * i + 4)));
  return match(flat(real), realKinds, real.map((one) => one.crowd), xyxy, order.map((i) => found.classes[i]), minIou);
}

/** Mean over the classes of the truth of average precision with matches at `minIou`. */
function meanAverage(found, order, real, realKinds, minIou) {
  const partners = matched(found, order, real, realKinds, minIou);
  const values = [...new Set(realKinds.filter((_, j) => !real[j].crowd))].map((kind) => {
    const hits = order.flatMap((i, n) => (found.classes[i] === kind && partners[n] !== IGNORED ? [partners[n] >= 0] : []));
    return average(...curve(hits, real.filter((one, j) => realKinds[j] === kind && !one.crowd).length));
  });
  return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
}

/**
 * Right, wrong and missed of what is shown; precision and recall at every threshold (all classes together) and where the present one is;
 * AP50 (mean over classes). A class filter takes the truths of other classes out, too.
 */
export function score(found, sifted, view, truth, minIou) {
  const allKinds = kinds(truth, found);
  const wanted = (j) => !view.classes || view.classes.includes(allKinds[j]);
  const real = truth.filter((_, j) => wanted(j));
  const realKinds = allKinds.filter((_, j) => wanted(j));
  const total = real.filter((one) => !one.crowd).length;
  const partners = matched(found, sifted.shown, real, realKinds, minIou);
  const tp = partners.filter((partner) => partner >= 0).length;
  const fp = partners.filter((partner) => partner === FALSE).length;
  const precision = tp + fp ? tp / (tp + fp) : 0;
  const recall = total ? tp / total : 0;
  const order = sifted.verdicts.kept;
  const hits = matched(found, order, real, realKinds, minIou).flatMap((partner) => (partner === IGNORED ? [] : [partner >= 0]));
  return {
    real,
    partners,
    matched: new Set(partners.filter((partner) => partner >= 0)),
    tp,
    fp,
    fn: total - tp,
    precision,
    recall,
    f1: f1(precision, recall),
    curve: curve(hits, total),
    ap50: meanAverage(found, order, real, realKinds, 0.5),
  };
}
