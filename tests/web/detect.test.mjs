import assert from "node:assert/strict";
import test from "node:test";

import { DEFAULTS, read, view, write } from "../../assets/web/detect_settings.js";
import { fromCoco } from "../../assets/web/detect_truth.js";
import { ghosts, sift, tally } from "../../assets/web/sift.js";

const found = {
  xyxy: Float64Array.from([0, 0, 10, 10, 0, 0, 10, 9, 20, 0, 30, 10, 40, 0, 50, 10]),
  scores: Float64Array.from([0.9, 0.8, 0.5, 0.2]),
  classes: Int32Array.from([0, 0, 0, 1]),
  suppresses: true,
};
const LOOK = { ...DEFAULTS, score: 0.3 };

test("settings survive the way through an address, and other tabs' parts of it stay", () => {
  const settings = { ...LOOK, iou: 0.45, soft: true, classes: ["dog", "wine glass"], models: ["a", "b"] };
  const query = write("?tab=detect", settings);
  assert.match(query, /tab=detect/);
  assert.deepEqual(read(query), settings);
  assert.equal(write("", DEFAULTS), "");
});

test("a filter on no class is not the same as no filter", () => {
  assert.deepEqual(view({ ...LOOK, classes: [] }, ["dog", "cat"]).classes, []);
  assert.equal(view(LOOK, ["dog", "cat"]).classes, null);
  assert.deepEqual(read(write("", { ...LOOK, classes: [] })).classes, []);
});

test("ghosts took part and are not kept; the tally at the present threshold is what is kept", () => {
  const sifted = sift(found, view(LOOK, ["dog", "cat"]));
  assert.deepEqual(sifted.shown, [0, 2]);
  assert.deepEqual(ghosts(sifted, LOOK), [1]);
  const counts = tally(sifted);
  assert.equal(counts[30], 2);
  assert.equal(counts[0], 3);
  assert.equal(counts[50], 1); // strictly above
  assert.equal(counts[100], 0);
});

test("a COCO file is matched by the photo's name and scaled to its size", () => {
  const data = {
    images: [{ id: 1, file_name: "a/Dog.JPG", width: 100, height: 50 }, { id: 2, file_name: "b.jpg" }],
    annotations: [{ image_id: 1, category_id: 9, bbox: [10, 5, 20, 10], iscrowd: 1 }, { image_id: 2, category_id: 9, bbox: [0, 0, 1, 1] }],
    categories: [{ id: 9, name: "dog" }],
  };
  const truth = fromCoco(JSON.stringify(data), { name: "dog.png", width: 200, height: 100 });
  assert.deepEqual(truth, [{ xyxy: [20, 10, 60, 30], name: "dog", crowd: true }]);
  assert.throws(() => fromCoco(JSON.stringify(data), { name: "c.png", width: 1, height: 1 }), /truth_no_image/);
});

test("two names on one box are both written, a third is left to the list", async () => {
  globalThis.ResizeObserver ??= class {}; // the browser's
  const { Photo } = await import("../../assets/web/detect_photo.js");
  const rects = [];
  const context = { measureText: () => ({ width: 60 }), fillRect: (...rect) => rects.push(rect), fillText() {} };
  const labels = Array(3).fill({ corners: [100, 100, 300, 200], text: "cup 0.75", colour: "#FFFFFF", ink: "#000000" });
  Photo.prototype.write.call({ context, widths: new Map() }, labels, 1, 640, 480);
  assert.deepEqual(rects, [[100, 80, 68, 20], [100, 100, 68, 20]]);
});
