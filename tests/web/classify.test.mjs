import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { Attention, CLASS } from "../../assets/web/attention.js";
import { area, judge } from "../../assets/web/classify_curve.js";
import { contact } from "../../assets/web/classify_grid.js";
import { backing, Painter, placeAt } from "../../assets/web/classify_maps.js";
import { attended, ends, evidence, painted, peak } from "../../assets/web/classify_material.js";
import { same, verdict } from "../../assets/web/classify_strip.js";
import { fine, fixed, number, percent, short } from "../../assets/web/figures.js";
import { compose } from "../../assets/web/heat.js";
import { roll } from "../../assets/web/rollout.js";

const tables = JSON.parse(readFileSync(new URL("../../assets/web/colormaps.json", import.meta.url)));
const viridis = Uint8Array.from(tables.viridis.flat());

/** Numbers from 0 to 1, the same in every run. */
function* chance(seed) {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}
const some = (count, seed = 1) => {
  const source = chance(seed);
  return Float64Array.from({ length: count }, () => source.next().value);
};

test("the painter gives the pixels of compose, whatever changes between two paintings", () => {
  const [width, height] = [37, 23];
  const rgba = Uint8ClampedArray.from(some(4 * width * height), (v, i) => (i % 4 === 3 ? 255 : Math.floor(256 * v)));
  for (const seen of [[0, 0, 37, 23], [7.3, -4.1, 30.2, 27], [40, 0, 50, 20]]) {
    const painter = new Painter(rgba, width, height, seen);
    for (const [seed, alpha] of [[2, 0], [2, 153], [3, 153], [3, 255]]) {
      const grid = some(7 * 5, seed);
      painter.take(grid, 7, 5);
      painter.paint(viridis, alpha);
      assert.deepEqual([...painter.out], [...compose(rgba, width, height, grid, 7, 5, seen, viridis, alpha)], `${seen} ${alpha}`);
    }
  }
});

test("without a map the photo is shown, and what was not seen stays dark", () => {
  const painter = new Painter(new Uint8ClampedArray(4 * 8).fill(200), 8, 1, [2, 0, 6, 1]);
  painter.paint(viridis, 0);
  assert.deepEqual([...painter.out].filter((_, i) => i % 4 === 0), [82, 82, 200, 200, 200, 200, 82, 82]);
});

test("a point is in the place that covers it, and in none outside of what was seen", () => {
  const seen = [100, 0, 500, 400];
  assert.equal(placeAt(100, 0, seen, 4, 8), 0);
  assert.equal(placeAt(499.9, 399.9, seen, 4, 8), 31);
  assert.equal(placeAt(151, 101, seen, 4, 8), 9);
  for (const [x, y] of [[99.9, 10], [500, 10], [200, -0.1], [200, 400]]) assert.equal(placeAt(x, y, seen, 4, 8), -1);
});

test("a canvas has the screen's pixels up to a limit, and at least one", () => {
  assert.deepEqual(backing(600, 400, 300, 2), [600, 400]);
  assert.deepEqual(backing(1, 5000, 2, 1), [2, 10000]);
  assert.deepEqual(backing(20000, 300, 30, 1), [30, 1]);
  const [wide, high] = backing(4000, 3000, 1600, 2);
  assert.ok(wide * high <= 701_000 && Math.abs(wide / high - 4 / 3) < 0.01);
});

const shape = [3, 2, 1 + 2 * 3];
const bytes = Uint8Array.from(some(3 * 2 * 7 * 7, 5), (v) => Math.floor(256 * v));
const scale = Float32Array.from(some(3 * 2 * 7, 6));
const net = () => new Attention(bytes, scale, shape, { prefix: 1, reads: [0, 1], grid_hw: [2, 3] });
const entry = (layer, head, row, column) => (bytes[((layer * 2 + head) * 7 + row) * 7 + column] * scale[(layer * 2 + head) * 7 + row]) / 255;
const close = (a, b) => a.forEach((value, i) => assert.ok(Math.abs(value - b[i]) < 1e-12, `${i}: ${value} ${b[i]}`));
const places = [0, 1, 2, 3, 4, 5];

test("attention of one layer and head is the row of who asks: the class token, or the patch that is pointed at", () => {
  const view = { method: "attention", layer: 1, head: 1, fusion: "mean" };
  close(net().map({ ...view, query: CLASS }), places.map((p) => entry(1, 1, 0, 1 + p)));
  close(net().map({ ...view, query: 4 }), places.map((p) => entry(1, 1, 5, 1 + p)));
});

test("without a class token the map is the mean over all that the head reads", () => {
  const pooled = new Attention(bytes, scale, shape, { prefix: 0, reads: [0, 7], grid_hw: [1, 7] });
  const want = [0, 1, 2, 3, 4, 5, 6].map((p) => [0, 1, 2, 3, 4, 5, 6].reduce((sum, q) => sum + entry(2, 0, q, p), 0) / 7);
  close(pooled.map({ method: "attention", layer: 2, head: 0, fusion: "mean", query: CLASS }), want);
});

test("all heads together: maximum, minimum and mean, element by element", () => {
  for (const [fusion, take] of [["max", Math.max], ["min", Math.min], ["mean", (a, b) => (a + b) / 2]]) {
    const got = net().map({ method: "attention", layer: 0, head: -1, fusion, query: CLASS });
    close(got, places.map((p) => take(entry(0, 0, 0, 1 + p), entry(0, 1, 0, 1 + p))));
  }
});

test("a rollout is the twin's to the last bit, after any order of moves, with ties too", () => {
  for (const coarse of [false, true]) {
    const data = coarse ? bytes.map((v) => v & 192) : bytes, scales = coarse ? scale.map(() => 0.5) : scale; // many equal entries
    const layout = { prefix: 1, reads: [0, 1], grid_hw: [2, 3] };
    const kept = new Attention(data, scales, shape, layout);
    for (const discard of [0, 0.01, 0.3, 0.5, 0.77, 0.95, 0.3]) {
      for (const [fusion, head, layer, query] of [["mean", -1, -1, CLASS], ["max", -1, 1, 3], ["min", 1, 0, 2], ["mean", -1, -1, 5]]) {
        const got = kept.map({ method: "rollout", layer, head, fusion, discard, query });
        const reads = query === CLASS ? [0, 1] : [1 + query, 2 + query];
        assert.deepEqual([...got], [...roll(data, scales, shape, 1, reads, layer, head, fusion, discard).subarray(1)]);
      }
    }
  }
});

test("thumbnails are the maps of their layer and head, the last row and column all together", () => {
  const cells = net().thumbnails("max", 2);
  assert.equal(cells.length, 4 * 3);
  const at = (layer, head) => net().map({ method: "attention", layer, head, fusion: "max", query: 2 });
  assert.deepEqual([...cells[1 * 3 + 0]], [...at(1, 0)]);
  assert.deepEqual([...cells[1 * 3 + 2]], [...at(1, -1)]);
  assert.deepEqual([...cells[3 * 3 + 1]], [...at(-1, 1)]);
  assert.deepEqual([...cells[11]], [...at(-1, -1)]);
});

test("the contact sheet: each map between its own ends, gaps transparent, a flat one in the lowest colour", () => {
  const { rgba, width, height } = contact([Float64Array.of(1, 3), Float64Array.of(5, 5)], 1, 2, 2, viridis);
  assert.deepEqual([width, height], [5, 1]);
  const pixel = (x) => [...rgba.slice(4 * x, 4 * x + 4)];
  assert.deepEqual([0, 1, 2, 3, 4].map(pixel), [[...tables.viridis[0], 255], [...tables.viridis[255], 255], [0, 0, 0, 0], [...tables.viridis[0], 255], [...tables.viridis[0], 255]]);
});

test("evidence has its own numbers back, and a common scale counts in average places", () => {
  const one = evidence({ grid: [[0, 0.5], [1, 0.5]], range: [0, 4], seen: [0, 0, 1, 1] }, "logit");
  assert.deepEqual([...one.values], [0, 2, 4, 2]);
  assert.equal(peak(one), 2);
  assert.deepEqual([...painted(one, 0).grid], [0, 0.5, 1, 0.5]);
  assert.deepEqual([...painted(one, 4).grid], [0, 0.25, 0.5, 0.25]);
  assert.equal(painted(one, 4), painted(one, 4));
  assert.deepEqual(ends(one, 0), ["0", "4"]);
  assert.deepEqual(ends(one, 4), ["0", "4 ×"]);
  const nothing = evidence({ grid: [[0, 0]], range: [0, 0], seen: [0, 0, 1, 1] }, "logit");
  assert.ok(nothing.empty && painted(nothing, 0).grid.every((v) => v === 0));
});

test("attention is stretched from its weakest place to its strongest", () => {
  const one = attended(Float64Array.of(0.02, 0.06, 0.04, 0.03), 2, 2, [0, 0, 1, 1]);
  assert.deepEqual([one.low, one.high, one.empty], [0.02, 0.06, false]);
  assert.deepEqual(ends(one, 0), ["2\u00a0%", "6\u00a0%"]);
});

const guess = (label, index, score) => ({ label, index, score });

test("the verdict: agreement by index in one list, by a name in common between two", () => {
  const cat = guess("tabby, tabby cat", 281, 0.5), dog = guess("beagle", 162, 0.4);
  assert.deepEqual(verdict({ top: [cat, dog], names: "a" }, { top: [cat], names: "a" })[0], ["agree", { a: "tabby", b: "tabby", cnn: "50\u00a0%", vit: "50\u00a0%" }]);
  assert.ok(same(guess("Tabby Cat", 3, 1), cat, false));
  assert.ok(!same(guess("crane", 134, 1), guess("crane", 517, 1), true));
  const keys = (a, b) => verdict({ top: a, names: "a" }, { top: b, names: "a" }).map(([key]) => key);
  assert.deepEqual(keys([cat, dog], [dog, cat]), ["disagree", "both_know"]);
  assert.deepEqual(keys([cat, dog], [dog]), ["disagree", "cnn_knows"]);
  assert.deepEqual(keys([cat], [dog, cat]), ["disagree", "vit_knows"]);
  assert.deepEqual(keys([guess("x", 1, 0.1)], [guess("y", 2, 0.2)]), ["disagree", "none_knows", "unsure"]);
  assert.deepEqual(keys([cat], [guess("tabby", 281, 0.29)]), ["agree", "unsure_vit"]);
  assert.deepEqual(keys([guess("tabby", 281, 0.29)], [cat]), ["agree", "unsure_cnn"]);
  assert.deepEqual(verdict({ top: [dog, cat], names: "a" }, { top: [cat, dog], names: "a" })[1][1].cnn_place, 2);
});

test("the deletion curve's sentence follows the areas", () => {
  assert.equal(area([1, 0, 0]), 0.25);
  assert.equal(area([0.5]), 0);
  const curve = (map, random) => judge({ label: "cat, pet", map, random })[0];
  assert.equal(curve([1, 0.1, 0], [1, 0.8, 0]), "curve_better");
  assert.equal(curve([1, 0.8, 0], [1, 0.8, 0]), "curve_same");
  assert.equal(curve([1, 1, 0], [1, 0.1, 0]), "curve_worse");
});

test("numbers as people read them", () => {
  assert.deepEqual([0, 0.0001, 0.004, 0.0994, 0.0996, 0.434, 1, NaN].map(percent), ["0.0\u00a0%", "< 0.1\u00a0%", "0.4\u00a0%", "9.9\u00a0%", "10\u00a0%", "43\u00a0%", "100\u00a0%", ""]);
  assert.deepEqual([0, 3.14159, 1234, -0.5, 1e-5, 2.5e7].map(number), ["0", "3.14", "1230", "-0.5", "1.0e-5", "2.5e+7"]);
  assert.deepEqual([0, 0.000691, 0.0303, 0.0000001].map(fine), ["0\u00a0%", "0.069\u00a0%", "3\u00a0%", "1e-5\u00a0%"]);
  assert.equal(short("tabby, tabby cat"), "tabby");
});

test("what rounds to nothing has no sign", () => {
  assert.deepEqual([-0.04, 0.04, -0.0, -0.06, -10.04].map((value) => fixed(value, 1)), ["0.0", "0.0", "0.0", "-0.1", "-10.0"]);
  assert.equal(fixed(-0.2, 0), "0");
});
