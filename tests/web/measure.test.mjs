import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";

import { mistakes, together } from "../../assets/web/measure_scores.js";
import { sums } from "../../assets/web/measure_survey.js";
import { entries, labelled, spread, truths } from "../../assets/web/measure_truth.js";
import { unzip } from "../../assets/web/measure_zip.js";

const place = mkdtempSync(join(tmpdir(), "measure-"));

/** A ZIP written by Python's own module. */
function zipped(code) {
  const path = join(place, "a.zip");
  execFileSync("python3", ["-c", `import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], "w") as z:\n${code.replace(/^/gm, "    ")}`, path]);
  return new Blob([readFileSync(path)]);
}

const text = async (entry) => (await entry.get()).text();

test("an archive of another hand is read, packed or not, in any script", async () => {
  const blob = zipped(`
z.writestr("猫/1.jpg", "a" * 5000, zipfile.ZIP_DEFLATED)
z.writestr("dog/2.png", "stored", zipfile.ZIP_STORED)
z.mkdir("empty")`);
  const found = await unzip(blob);
  assert.deepEqual(found.map(({ path, size }) => [path, size]), [["猫/1.jpg", 5000], ["dog/2.png", 6]]);
  assert.equal(await text(found[0]), "a".repeat(5000));
  assert.equal(await text(found[1]), "stored");
  assert.equal((await found[0].get()).name, "1.jpg");
});

test("what swells beyond its stated size, is cut off or is no archive is damaged", async () => {
  const blob = zipped(`z.writestr("cat/1.jpg", "a" * 100000, zipfile.ZIP_DEFLATED)`);
  const bytes = new Uint8Array(await blob.arrayBuffer());
  for (const stated of [99_999, 100_001, 2 ** 31]) {
    const changed = bytes.slice();
    const view = new DataView(changed.buffer);
    for (let at = 0; at < changed.length - 4; at += 1) if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, stated, true);
    const [entry] = await unzip(new Blob([changed]));
    await assert.rejects(entry.get(), { message: "zip_damaged" });
  }
  for (const broken of [new Blob([bytes.slice(0, -30)]), new Blob(["no"]), new Blob([])]) await assert.rejects(unzip(broken), { message: "zip_damaged" });
});

const file = (path, content = "x") => ({ path, file: new File([content], path.split("/").pop()) });

test("folders name their pictures; what has none, is hidden or is no picture is left out", async () => {
  const list = await entries([file("set/val/cat/1.jpg"), file("set/val/lion/2.PNG"), file("lose.jpg"), file("set/cat/.x.jpg"), file("__MACOSX/cat/1.jpg"), file("set/cat/notes.txt")]);
  const found = await labelled(list);
  assert.deepEqual([found.kind, found.names, found.unnamed], ["classify", ["cat", "lion"], 1]);
  assert.deepEqual(found.items.map(({ name, truth }) => [name, truth]), [["1.jpg", "cat"], ["2.PNG", "lion"]]);
  await assert.rejects(labelled([]), { message: "no_pictures" });
  await assert.rejects(labelled(await entries([file("lose.jpg")])), { message: "no_folders" });
});

const coco = {
  images: [{ id: 1, file_name: "deep/A.jpg", width: 20, height: 10 }, { id: 2, file_name: "b.png" }],
  annotations: [
    { image_id: 1, category_id: 3, bbox: [1, 2, 3, 4] },
    { image_id: 1, category_id: 3, bbox: [1, 2, 3, "4"] },
    { image_id: 1, category_id: 9, bbox: [1, 2, 3, 4] },
    { image_id: 1, category_id: 3, bbox: [0, 0, 1, 1], iscrowd: 1 },
    null,
  ],
  categories: [{ id: 3, name: "__proto__" }],
};

test("COCO JSON beside pictures makes them pictures with boxes, empty ones too", async () => {
  const found = await labelled(await entries([file("x/a.jpg"), file("x/b.png"), file("x/c.png"), file("x/other.json", "[]"), file("x/truth.json", JSON.stringify(coco))]));
  assert.deepEqual([found.kind, found.names, found.unnamed, found.items.length], ["detect", ["__proto__"], 1, 2]);
  assert.deepEqual(found.items[0].size, [20, 10]);
  assert.deepEqual(found.items[0].boxes, [{ xyxy: [1, 2, 4, 6], name: "__proto__", crowd: false }, { xyxy: [0, 0, 1, 1], name: "__proto__", crowd: true }]);
  assert.deepEqual([found.items[1].size, found.items[1].boxes], [null, []]);
  assert.throws(() => truths("{"), { message: "json_damaged" });
  await assert.rejects(labelled(await entries([file("x/z.jpg"), file("x/truth.json", JSON.stringify(coco))])), { message: "json_others" });
});

test("the figures that are made in the browser", () => {
  const row = (truth, ...is) => ({ truth, guesses: is.map((one) => ({ is: one })) });
  assert.deepEqual(together([row(0, 0, 0), row(0, 0, 1), row(0, -1, 0), row(1, 0, -1)]), { both: 1, first: 1, second: 1, none: 1 });
  assert.deepEqual(mistakes([[5, 1, 3], [4, 0, 0]]), [{ truth: 1, answer: 0, count: 4 }, { truth: 0, answer: 2, count: 3 }, { truth: 0, answer: 1, count: 1 }]);
  assert.equal(sums([{ right: 1, localisation: 0, classification: 0, both: 0, duplicate: 0, background: 2, missed: 1 }, { right: 2, localisation: 0, classification: 0, both: 0, duplicate: 0, background: 1, missed: 0 }]).background, 3);
  assert.deepEqual(spread([0, 1, 2, 3, 4, 5], 3), [0, 2, 4]);
});
