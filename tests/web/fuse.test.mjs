// The pieces of the Fuse tab that are pure: recipes, probe lines, B's corners.
import assert from "node:assert/strict";
import test from "node:test";
import { Talk } from "../../assets/web/fuse_talk.js";
import { fill } from "../../assets/web/controls.js";
import { START, isLocal, recipe, shares } from "../../assets/web/fuse_methods.js";
import { corners } from "../../assets/web/fuse_overlay.js";
import { lines } from "../../assets/web/fuse_probe.js";

const move = { dx: 0, dy: 0, scale: 1, turn: 0 };
const found = { a: [200, 10, 0], b: [100, 20, 255], result: [150, 15, 128], covered: true, share: null };

test("a recipe holds what its method uses and nothing else", () => {
  assert.deepEqual(recipe({ ...START, method: "hybrid" }, "fit", move), { method: "hybrid", fit: "fit", options: { move, sigma: START.sigma } });
  assert.deepEqual(recipe({ ...START, method: "multiply" }, "fill", move), { method: "multiply", fit: "fill", options: { move }, alpha: 0.5, light: "srgb" });
});

test("channels have shares of their own", () => {
  assert.deepEqual(shares({ ...START, method: "channels" }).parts, START.weights);
  assert.equal(shares({ ...START, method: "screen" }).mode, "screen");
  assert.ok(isLocal("soft-light") && !isLocal("poisson"));
});

test("the probe writes the formula with its numbers", () => {
  assert.equal(lines(START, found)[0], "R   0.50 × 200 + 0.50 × 100 = 150");
  assert.match(lines({ ...START, light: "linear" }, found)[2], /sRGB\(0\.50 × 0\.000 \+ 0\.50 × 1\.000\) = 128/);
  assert.match(lines({ ...START, method: "multiply" }, found)[0], /0\.50 × 200 \+ 0\.50 × \(multiply\(200, 100\) = 78\.43\)/);
  assert.match(lines(START, { ...found, covered: false })[0], /A 200   =   150/);
  assert.match(lines({ ...START, method: "pyramid" }, { ...found, share: 0.25 })[1], /A  10   B  20   →    15   w 0\.25/);
});

test("B's outline follows its placement", () => {
  const pair = { a: { width: 100, height: 50 }, b: { width: 50, height: 50 }, left: 25, top: 0 };
  assert.deepEqual(corners(pair, move), [[0.25, 0], [0.75, 0], [0.75, 1], [0.25, 1]]);
  const [x, y] = corners(pair, { ...move, turn: 90 })[0];
  assert.ok(Math.abs(x - 0.75) < 1e-6 && Math.abs(y) < 1e-6); // a quarter turn clockwise: the left upper corner is now on the right
});

test("holes are filled with text that is never a template", () => {
  assert.equal(fill("{a} and {b} and {{c}}", { a: "{b}", b: "$&" }), "{b} and $& and {c}");
});

test("the place in the nets' line is said, and the answer that follows still counts", async () => {
  const said = [], files = [];
  const talk = new Talk(() => {}, {}, {}, { say: (sentence) => said.push(sentence), file: (file) => files.push(file) });
  await talk.update({ seq: 3, line: "Fuse: waiting, 2 before you." });
  await talk.update({ seq: 3, file: { url: "a" } });
  await talk.update({ seq: 2, line: "of a question that was overtaken" });
  assert.deepEqual([said, files], [["Fuse: waiting, 2 before you."], [{ url: "a" }]]);
});

test("a second picture that is chosen before the first is there builds on it", async () => {
  globalThis.history ??= { replaceState() {} };
  globalThis.location ??= { search: "", pathname: "/", hash: "" };
  const asked = [], said = [];
  const words = { busy_pictures: "busy", need_a: "now A", need_b: "now B" };
  const talk = new Talk((event, detail) => asked.push(detail), words, { fit: "fit" }, { say: (one) => said.push(one), pair() {} });
  talk.pick("a", { example: "cat" });
  talk.pick("b", { example: "lion" });
  talk.pick("b", { example: "coffee" }); // the newest of a slot
  assert.deepEqual(asked.map(({ example }) => example), ["cat"]);
  await talk.update({ seq: 1, pair: { sources: { a: { example: "cat" } } } });
  assert.deepEqual([asked[1].example, asked[1].given], ["coffee", { a: { example: "cat" } }]);
  await talk.update({ seq: 2, error: "no picture" }); // keeps A, and lets the next one go
  talk.pick("b", { example: "lion" });
  assert.deepEqual(asked[2].given, { a: { example: "cat" } });
  talk.stop();
});
