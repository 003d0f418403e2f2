// The pieces of the Inside tab that are pure: the maps of a net, their strongest places, the sheet, the lens, the small grey photo.
import assert from "node:assert/strict";
import test from "node:test";
import { KERNELS, small } from "../../assets/web/inside_hand.js";
import { readings } from "../../assets/web/inside_lens.js";
import { fetched, Maps, strongest } from "../../assets/web/inside_material.js";
import { arrow } from "../../assets/web/inside_plane.js";
import { across, sheet } from "../../assets/web/inside_sheet.js";

const array = (data, shape) => ({ data: Float32Array.from(data), shape });

const net = () =>
  new Maps({
    input_hw: [2, 2],
    mean: [0.5, 0, 0],
    std: [0.5, 1, 2],
    pixels: { data: Uint8Array.from([0, 255, 51, 255, 0, 0, 0, 0, 0, 0, 0, 102]), shape: [2, 2, 3] },
    layers: [
      { kind: "conv", number: 1, size: [2, 2, 2], channels: [0, 1], values: array([-1, 2, 7, 0, 9, -9, 3, 6.5], [2, 2, 2]) },
      { kind: "act", number: 1, size: [2, 2, 2], channels: [0, 1], values: null, limits: [0, 6] },
    ],
  });

test("an activation is the layer before, cut to its limits", () => {
  const maps = net();
  assert.deepEqual([...maps.values(1).data], [0, 2, 6, 0, 6, 0, 3, 6]);
  assert.deepEqual([...maps.plane(1, 1)], [6, 0, 3, 6]);
  maps.layers[1].limits = [0, null];
  maps.kept.clear();
  assert.deepEqual([...maps.plane(1, 0)], [0, 2, 7, 0]);
});

test("the first convolution reads the normalised picture, every other the layer before", () => {
  const { planes, rows, columns } = net().inputs(0);
  assert.deepEqual([rows, columns], [2, 2]);
  assert.deepEqual(planes.map((plane) => [...plane]), [[-1, 1, -1, -1], [1, 0, 0, 0], [0.1, 0, 0, 0.2]]);
  assert.deepEqual(net().inputs(1).planes.map((plane) => [...plane]), [[-1, 2, 7, 0], [9, -9, 3, 6.5]]);
});

test("strongest places are above zero, apart, and the first of equals", () => {
  const values = [5, 5, 0, 0, -1, 5, 0, 2, 0];
  assert.deepEqual(strongest(values, 3, 3, 5, 1), [0, 1, 5, 7]);
  assert.deepEqual(strongest(values, 3, 3, 5, 2), [0, 5]);
  assert.deepEqual(strongest(values, 3, 3, 1, 2), [0]);
  assert.deepEqual(strongest([0, -1], 1, 2, 3, 1), []);
});

test("a sheet shows every map once, in its own range or in one", () => {
  const table = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
  const data = Float32Array.from([0, 1, 2, 3, 10, 10, 10, 20]);
  const own = sheet(data, 2, 2, 2, table);
  assert.equal(own.line, 2);
  assert.deepEqual([own.width, own.height], [5, 2]); // one cell between them
  const red = (made, x, y) => made.rgba[4 * (y * made.width + x)];
  assert.deepEqual([red(own, 0, 0), red(own, 1, 1), red(own, 3, 0), red(own, 4, 1)], [0, 255, 0, 255]);
  assert.equal(own.rgba[4 * 2 + 3], 0); // the gap is seen through
  const one = sheet(data, 2, 2, 2, table, [0, 20]);
  assert.deepEqual([red(one, 1, 1), red(one, 3, 0), red(one, 4, 1)], [38, 128, 255]);
  assert.deepEqual([1, 8, 32, 128].map(across), [1, 4, 8, 16]);
});

test("a map that is the same everywhere has no colours to divide by", () => {
  const made = sheet(Float32Array.from([3, 3]), 1, 1, 2, new Uint8Array(768).fill(7));
  assert.deepEqual([...made.rgba], [7, 7, 7, 255, 7, 7, 7, 255]);
});

test("the lens: names at each depth, and where the net's own answer stands", () => {
  const rows = readings({ data: Float32Array.from([3, 2, 1, 0, 1, 2, 3, 0, 9, 0, 1, 8]), shape: [3, 4] });
  assert.deepEqual(rows.map((row) => row.names), [[0, 1, 2], [2, 1, 0], [0, 3, 2]]);
  assert.deepEqual(rows.map((row) => row.rank), [1, 3, 1]);
  for (const { shares } of rows) assert.ok(Math.abs(shares.reduce((a, b) => a + b) - 1) < 1e-12);
});

test("arrow keys stay on the map and leave other keys alone", () => {
  const press = (key, at, more = {}) => arrow({ key, preventDefault() {}, ...more }, at, 3, 4);
  assert.deepEqual([press("ArrowLeft", 0), press("ArrowRight", 0), press("ArrowDown", 0), press("ArrowUp", 9)], [0, 1, 4, 5]);
  assert.deepEqual([press("ArrowRight", 11), press("ArrowDown", -1)], [11, 10]);
  assert.deepEqual([press("a", 3), press("ArrowLeft", 3, { ctrlKey: true })], [-1, -1]);
});

test("the small grey photo is the mean of each block, in whole greys", () => {
  const pixels = Uint8Array.from({ length: 4 * 4 * 3 }, (_, i) => (Math.floor(i / 3) % 4 < 2 ? 10 : 200));
  assert.deepEqual([...small(pixels, 4, 4, 2).values], [10, 200, 10, 200]);
  const { rows, columns } = small(new Uint8Array(5 * 3 * 3), 5, 3, 32);
  assert.deepEqual([rows, columns], [5, 3]);
  for (const kernel of Object.values(KERNELS)) assert.equal(kernel.length, 9);
});

test("arrays come by address once, everything else stays as it is", async () => {
  const asked = [];
  globalThis.document = { baseURI: "http://here/" };
  globalThis.fetch = async (url) => (asked.push(String(url)), { ok: !String(url).includes("gone"), status: 404, arrayBuffer: async () => new Uint8Array([0, 0, 128, 63]).buffer });
  const made = await fetched({ a: [{ url: "x.bin", dtype: "float32", shape: [1] }], b: "text", c: null, d: { url: "y.bin", dtype: "uint8", shape: [4] } });
  assert.deepEqual([...made.a[0].data], [1]);
  assert.deepEqual([...made.d.data], [0, 0, 128, 63]);
  assert.deepEqual([made.b, made.c], ["text", null]);
  assert.deepEqual(asked, ["http://here/x.bin", "http://here/y.bin"]);
  await assert.rejects(fetched({ url: "gone", dtype: "uint8", shape: [1] }), /404/);
});
