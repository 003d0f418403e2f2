// What a person dropped on the Measure tab, as pictures with their truth: class folders, or COCO JSON beside pictures; from a folder or a ZIP.

import { unzip } from "./measure_zip.js";

const PICTURE = /\.(jpe?g|png|webp|bmp|gif|tiff?|avif|hei[cf])$/i;
const JSON_BYTES = 128 << 20;

/** The files of a chosen folder, or of files chosen with it: [{path, size, get}]; a ZIP among them gives what is in it. */
export async function entries(files) {
  const found = [];
  for (const file of files) {
    const path = file.path ?? (file.webkitRelativePath || file.name);
    const blob = file.file ?? file;
    if (/\.zip$/i.test(path)) found.push(...(await unzip(blob)));
    else found.push({ path, size: blob.size, get: async () => blob });
  }
  return found.filter(({ path }) => !/(^|\/)(\.|__MACOSX\/)/.test(path));
}

/** The files of a drop, folders opened: [{path, file}]. Has to be called in the drop's own event. */
export async function dropped(transfer) {
  const roots = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!roots.length) return [...transfer.files].map((file) => ({ path: file.name, file }));
  const found = [];
  const open = async (entry) => {
    if (entry.isFile) {
      found.push({ path: entry.fullPath.slice(1), file: await new Promise((take, fail) => entry.file(take, fail)) });
      return;
    }
    const reader = entry.createReader();
    for (let part = [null]; part.length; ) {
      part = await new Promise((take, fail) => reader.readEntries(take, fail)); // a hundred at a time
      for (const one of part) await open(one);
    }
  };
  for (const root of roots) await open(root);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** `most` of a list, evenly spread. */
export const spread = (list, most) => (list.length <= most ? list : Array.from({ length: most }, (_, n) => list[Math.floor((n * list.length) / most)]));

/** A file's name without folders and ending, for meeting a COCO file's names. */
const bare = (path) => String(path).split(/[\\/]/).pop().replace(/\.\w+$/, "").toLowerCase();

/** The truth of a COCO file: {names, of: Map from a bare file name to {size, boxes}}; null for JSON that is none. Throws a words key. */
export function truths(text) {
  let data;
  try {
    data = JSON.parse(text);
  } catch {
    throw new Error("json_damaged");
  }
  if (![data?.images, data?.annotations, data?.categories].every(Array.isArray)) return null;
  const names = new Map(data.categories.map((one) => [one?.id, String(one?.name)]));
  const byImage = new Map();
  for (const row of data.annotations) {
    const box = row?.bbox;
    if (!Array.isArray(box) || box.length !== 4 || !box.every(Number.isFinite) || !names.has(row.category_id)) continue;
    const [x, y, w, h] = box;
    if (!byImage.has(row.image_id)) byImage.set(row.image_id, []);
    byImage.get(row.image_id).push({ xyxy: [x, y, x + w, y + h], name: names.get(row.category_id), crowd: Boolean(row.iscrowd) });
  }
  const of = new Map();
  for (const image of data.images) {
    const size = image?.width > 0 && image?.height > 0 ? [image.width, image.height] : null;
    of.set(bare(image?.file_name ?? ""), { size, boxes: byImage.get(image?.id) ?? [] });
  }
  return { names: [...new Set(names.values())], of };
}

/** {kind, names, items: [{path, name, get, truth | boxes, size}], unnamed: pictures without a truth}. Throws an Error whose message is a words key. */
export async function labelled(list) {
  const pictures = list.filter(({ path }) => PICTURE.test(path));
  if (!pictures.length) throw new Error("no_pictures");
  for (const json of list.filter(({ path, size }) => /\.json$/i.test(path) && size <= JSON_BYTES)) {
    const found = truths(await (await json.get()).text());
    if (!found) continue;
    const items = pictures.flatMap((one) => {
      const truth = found.of.get(bare(one.path));
      return truth ? [{ ...one, name: one.path.split("/").pop(), ...truth }] : [];
    });
    if (!items.length) throw new Error("json_others");
    return { kind: "detect", names: found.names, items, unnamed: pictures.length - items.length };
  }
  const items = pictures.flatMap((one) => {
    const parts = one.path.split("/");
    return parts.length > 1 ? [{ ...one, name: parts.at(-1), truth: parts.at(-2) }] : [];
  });
  if (!items.length) throw new Error("no_folders");
  const names = [...new Set(items.map(({ truth }) => truth))].sort();
  return { kind: "classify", names, items, unnamed: pictures.length - items.length };
}
