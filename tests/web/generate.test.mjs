// The pieces of the Generate tab that are pure: one question at a time with the newest winning, places and their addresses.
import assert from "node:assert/strict";
import test from "node:test";
import { along, arithmetic, generator, read, start, write } from "../../assets/web/generate_place.js";
import { Line } from "../../assets/web/line.js";

/** A clock whose time-outs run when told. */
function clock() {
  const later = new Map();
  let number = 0;
  return {
    setTimeout: (run, ms) => (later.set((number += 1), { run, ms }), number),
    clearTimeout: (id) => later.delete(id),
    run(least, most) {
      for (const [id, one] of [...later]) if (one.ms >= least && one.ms <= most) later.delete(id), one.run();
    },
  };
}

function line() {
  const sent = [], time = clock();
  const made = new Line((event, detail) => sent.push([event, detail.value, detail.seq]), ["paint", "strips"], time);
  const answer = (at) => {
    const asked = made.take({ seq: sent[at][2] });
    time.run(0, 0);
    return asked;
  };
  return { made, sent, time, answer };
}

test("sixty moves a second: the first goes, the newest waits, the last always arrives", () => {
  const { made, sent, answer } = line();
  for (let value = 0; value < 60; value += 1) made.ask("paint", { value });
  assert.deepEqual(sent.map(([, value]) => value), [0]);
  assert.equal(answer(0).value, 0);
  assert.deepEqual(sent.map(([, value]) => value), [0, 59]);
  answer(1);
  assert.equal(sent.length, 2);
});

test("an answer out of order is nobody's", () => {
  const { made, sent, answer } = line();
  made.ask("paint", { value: 1 });
  answer(0);
  made.ask("paint", { value: 2 });
  assert.equal(made.take({ seq: sent[0][2] }), null);
  assert.equal(answer(1).value, 2);
});

test("a question that waits in the nets' line is not given up, one that is silent is", () => {
  const { made, sent, time } = line();
  made.ask("paint", { value: 1 });
  made.ask("paint", { value: 2 });
  assert.equal(made.hold({ seq: sent[0][2] }), true);
  assert.equal(made.hold({ seq: 99 }), false); // somebody else's
  time.run(1, 1e9); // one time-out, of the question that is held now
  assert.deepEqual(sent.map(([, value]) => value), [1, 2]);
  assert.equal(made.hold({ seq: sent[0][2] }), false);
});

test("what is computed ahead waits for what a hand asks", () => {
  const { made, sent, answer } = line();
  made.ask("strips", { value: "now" });
  made.ask("strips", { value: "later" });
  made.ask("paint", { value: 7 });
  answer(0);
  assert.deepEqual(sent.map(([event]) => event), ["strips", "paint"]);
  answer(1);
  assert.deepEqual(sent.at(-1).slice(0, 2), ["strips", "later"]);
});

test("an answer that never comes does not stop the line", () => {
  const { made, sent, time } = line();
  made.ask("paint", { value: 1 });
  made.ask("paint", { value: 2 });
  time.run(1000, 60000);
  assert.equal(sent.length, 2);
});

test("a place comes back from its address", () => {
  const place = { ...start(7, 3, 2), share: 0.25, other: 4, truncation: 0.7, sliders: [0, -1.25, 0, 3, 0, 0, 0, 0.5] };
  assert.deepEqual(read(write(place)), place);
  const sum = arithmetic(start(0, 1, 0), start(0, 2, 1), start(9, 3, 2));
  assert.deepEqual(sum.terms, [[0, 1, 1], [0, 2, -1], [9, 3, 1]]);
  assert.deepEqual(read(write(sum)), sum);
  assert.deepEqual(read(write(place, "omniart-eyes")), place);
  assert.deepEqual([generator(write(place, "omniart-eyes")), generator(write(place)), generator("")], ["omniart-eyes", "", ""]);
  for (const wrong of ["", "a~b", "0_0_1~0~0~0~1~0", "x_0_1~0~0~0~1~0_0_0_0_0_0_0_0", "<script>"]) assert.equal(read(wrong), null);
});

test("a strip knows places that differ in its own slider only", () => {
  const place = start(0, 0, 0);
  const moved = { ...place, sliders: [0, 2, 0, 0, 0, 0, 0, 0] };
  assert.ok(along(place, moved, 1) && !along(place, moved, 0));
  assert.ok(!along(place, { ...moved, truncation: 0.5 }, 1));
});
