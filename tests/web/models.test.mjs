import assert from "node:assert/strict";
import test from "node:test";

import { actions, bytes, count, fill, state } from "../../assets/web/models.js";

const words = {
  state_resident: "in {device}, {size}",
  state_leased: "at work ({count})",
  state_local: "here",
  state_remote: "away, {size}",
  state_loading: "loading",
  state_downloading: "{done} of {size}",
  unknown_size: "unknown",
};
const row = { bytes: 0, file_bytes: 0, done_bytes: 0, leases: 0, device: "", mine: false };

test("holes are filled with values, and a value is never read as a template", () => {
  assert.equal(fill("{a} and {b} and {c}", { a: "{b}", b: "$&" }), "{b} and $& and {c}");
});

test("bytes and counts have three digits and the right unit, at the turns too", () => {
  assert.deepEqual([0, 999, 1000, 18826032, 999_499, 999_500, 5e12, 7e16].map(bytes), [
    "0 B", "999 B", "1.00 kB", "18.8 MB", "999 kB", "1.00 MB", "5.00 TB", "70000 TB",
  ]);
  assert.deepEqual([0, 950, 4_652_008, 86_567_656].map(count), ["0", "950", "4.65 M", "86.6 M"]);
});

test("each state has its sentence", () => {
  assert.equal(state({ ...row, state: "resident", device: "cpu", bytes: 2e7 }, words), "in cpu, 20.0 MB");
  assert.equal(state({ ...row, state: "resident", device: "cpu", bytes: 2e7, leases: 2 }, words), "in cpu, 20.0 MB, at work (2)");
  assert.equal(state({ ...row, state: "remote", file_bytes: 1e8 }, words), "away, 100 MB");
  assert.equal(state({ ...row, state: "remote" }, words), "away, unknown");
  assert.equal(state({ ...row, state: "downloading", file_bytes: 1e8, done_bytes: 5e6 }, words), "5.00 MB of 100 MB");
  assert.equal(state({ ...row, state: "loading" }, words), "loading");
  assert.equal(state({ ...row, state: "local" }, words), "here");
});

test("a row offers what can be done: nothing to a model at work, cancel to its starter alone", () => {
  const offered = (more) => actions({ ...row, ...more }).map(([event, label]) => `${event} ${label}`);
  assert.deepEqual(offered({ state: "resident" }), ["free unload"]);
  assert.deepEqual(offered({ state: "resident", leases: 1 }), []);
  assert.deepEqual(offered({ state: "local" }), ["want load"]);
  assert.deepEqual(offered({ state: "remote" }), ["want download"]);
  assert.deepEqual(offered({ state: "downloading", mine: true }), ["cancel cancel"]);
  assert.deepEqual(offered({ state: "downloading" }), []);
  assert.deepEqual(offered({ state: "loading" }), []);
});
