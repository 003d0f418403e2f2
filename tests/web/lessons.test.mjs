// What lessons stand on: the address that sets the page, and a guess beside an answer.

import assert from "node:assert/strict";
import test from "node:test";

import { among, query, within } from "../../assets/web/address.js";
import { outcome, place } from "../../assets/web/classify_predict.js";

test("setting the page keeps what the visitor chose for all of it, and nothing else", () => {
  const made = new URLSearchParams(query("?lang=zh&lesson=nms&step=2&tab=classify&example=lion&score=0.1", "?tab=detect&score=0.3"));
  assert.deepEqual(Object.fromEntries(made), { tab: "detect", score: "0.3", lang: "zh", lesson: "nms", step: "2" });
  assert.equal(query("", "?tab=fuse"), "?tab=fuse");
  assert.equal(new URLSearchParams(query("?step=1", "?tab=fuse&step=4")).get("step"), "4");
});

test("what an address says is taken only within its bounds", () => {
  const params = new URLSearchParams("score=0.4&iou=2&limit=x&mode=steps&kind=");
  assert.equal(within(params, "score", 0, 1, 0.3), 0.4);
  assert.equal(within(params, "iou", 0, 1, 0.5), 0.5);
  assert.equal(within(params, "limit", 1, 300, 100), 100);
  assert.equal(within(params, "missing", 0, 1, 0.7), 0.7);
  assert.equal(within(new URLSearchParams("score="), "score", 0.1, 1, 0.3), 0.3);
  assert.equal(among(params, "mode", ["boxes", "steps"], "boxes"), "steps");
  assert.equal(among(params, "kind", ["shuffle"], ""), "");
  assert.equal(among(params, "constructor", ["a"], "a"), "a");
});

test("a guess fits a whole name, another name of the class, or one word of it", () => {
  const top = [{ label: "Egyptian cat", score: 0.5 }, { label: "tabby, tabby cat", score: 0.2 }, { label: "狮子", score: 0.1 }];
  assert.equal(place("egyptian cat ", top), 0);
  assert.equal(place("Cat", top), 0);
  assert.equal(place("tabby", top), 1);
  assert.equal(place("狮子", top), 2);
  assert.equal(place("at", top), -1);
  assert.equal(place("", top), -1);
  assert.equal(place("(", top), -1);
});

test("a guess is told beside the answer", () => {
  const top = [{ label: "lion, king of beasts", score: 0.9 }, { label: "tiger", score: 0.05 }];
  assert.deepEqual(outcome("lion", top), ["guess_right", { guess: "lion", label: "lion", percent: "90\u00a0%", place: 1, count: 2 }]);
  assert.equal(outcome("tiger", top)[0], "guess_place");
  assert.equal(outcome("tiger", top)[1].place, 2);
  assert.equal(outcome("{label}", top)[0], "guess_else");
  assert.equal(outcome("  ", top)[0], "guess_not_made");
});
