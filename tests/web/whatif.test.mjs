// The pieces of the two experiments that are pure: where a net breaks, what the curves say, how long a map did not move.
import assert from "node:assert/strict";
import test from "node:test";
import { rows, written } from "../../assets/web/gesture.js";
import { decimals, unmoved } from "../../assets/web/randomise.js";
import { amount, breaks, verdict } from "../../assets/web/whatif_curve.js";

/** Points of a curve from a text: "++-" holds, holds, broken; " " is not known yet. */
const points = (text) => new Map([...text].map((sign, stop) => [stop, { score: 0.5, holds: sign === "+", now: { label: `other ${stop}, x`, score: 0.6 } }]).filter((_, stop) => text[stop] !== " "));
const NETS = { cnn: { label: "tabby, tabby cat", score: 0.9 }, vit: { label: "lion", score: 0.8 } };
const STOPS = ["unchanged", "1", "2", "3"];

test("a net breaks at the first stop where its answer is another one, and nowhere if it never is", () => {
  assert.equal(breaks(points("++-+"), 4), 2);
  assert.equal(breaks(points("++++"), 4), -1);
});

test("what is not known is not said", () => {
  assert.equal(breaks(points("++ -"), 4), null);
  assert.equal(breaks(points("+-  "), 4), 1); // what comes later cannot change it
  assert.deepEqual(verdict(NETS, { cnn: points("+   "), vit: points("++ +") }, STOPS), []);
});

test("both curves in words", () => {
  const said = verdict(NETS, { cnn: points("+--+"), vit: points("++++") }, STOPS);
  assert.deepEqual(said, [
    ["breaks_cnn", { label: "tabby", amount: "1", now: "other 1" }],
    ["holds_vit", { label: "lion" }],
    ["longer_vit", {}],
  ]);
  const keys = (cnn, vit) => verdict(NETS, { cnn: points(cnn), vit: points(vit) }, STOPS).map(([key]) => key);
  assert.deepEqual(keys("++--", "+---"), ["breaks_cnn", "breaks_vit", "longer_cnn"]);
  assert.deepEqual(keys("+---", "+-+-"), ["breaks_cnn", "breaks_vit", "alike"]);
  assert.deepEqual(keys("++++", "++++"), ["holds_cnn", "holds_vit"]);
  assert.deepEqual(keys("+---", "+   "), ["breaks_cnn"]); // no comparison with what is not known
});

test("one net alone, and one that was not sure", () => {
  assert.deepEqual(verdict({ cnn: { label: "cup", score: 0.2 } }, { cnn: points("+-++") }, STOPS), [
    ["breaks_cnn", { label: "cup", amount: "1", now: "other 1" }],
    ["unsure_cnn", { score: "20\u00a0%" }],
  ]);
  assert.deepEqual(verdict({ cnn: { label: "cup", score: 0.2 } }, { cnn: points("++++") }, STOPS), [["holds_cnn", { label: "cup" }]]);
});

test("amounts in their own units", () => {
  assert.deepEqual(amount("shuffle", 4), ["amount_shuffle", { value: "4" }]);
  assert.deepEqual(amount("shift", 0.025), ["amount_shift", { value: "2.5 %" }]);
  assert.deepEqual(amount("blur", 0.002), ["amount_blur", { value: "0.2 %" }]);
  assert.deepEqual(amount("enlarge", 1.25), ["amount_enlarge", { value: "1.25" }]);
});

test("how many parts a map did not feel", () => {
  const steps = (...maps) => maps.map((levels) => ({ levels: [[levels, 1]] }));
  assert.equal(unmoved(steps(5, 5, 5, 6, 5)), 2);
  assert.equal(unmoved(steps(5, 6, 5)), 0);
  assert.equal(unmoved(steps(5)), 0);
  assert.deepEqual([decimals(-0.126), decimals(-0.001), decimals(1)], ["−0.13", "0.00", "1.00"]);
});

test("a gesture is a text and comes back", () => {
  const strokes = [[0.25, 0.5, 0.08, 0], [0.123456, 1, 0.2, 1]];
  assert.equal(written(strokes), "0.25,0.5,0.08,0;0.1235,1,0.2,1");
  assert.deepEqual(rows(written(strokes), 4), [[0.25, 0.5, 0.08, 0], [0.1235, 1, 0.2, 1]]);
  assert.deepEqual(rows("", 4), []);
  assert.deepEqual(rows("1,2;x,y;1,2,3;,;Infinity,1;3,4", 2), [[1, 2], [3, 4]]);
});

test("of too many rows the last ones travel, whole", () => {
  const many = Array.from({ length: 5000 }, (_, at) => [at, 0.5, 0.25, 0]), text = written(many), found = rows(text, 4);
  assert.ok(text.length <= 16_000 && found.length > 900);
  assert.deepEqual(found, many.slice(-found.length));
});
