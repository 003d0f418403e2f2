import assert from "node:assert/strict";
import test from "node:test";

globalThis.document = { body: { classList: { toggle() {} } } };
globalThis.getComputedStyle = () => ({ getPropertyValue: () => "#14171b" });
globalThis.CustomEvent ??= class { constructor(type, init) { Object.assign(this, { type, ...init }); } };
globalThis.FileReader = class {
  async readAsDataURL(blob) {
    await new Promise((resolve) => setTimeout(resolve, 20)); // a large file takes its time
    this.result = `data:;base64,${Buffer.from(await blob.arrayBuffer()).toString("base64")}`;
    this.onload();
  }
};

const { default: adapt } = await import("../../vision/faces/streamlit/adapter.js");
const rest = (ms = 80) => new Promise((resolve) => setTimeout(resolve, ms));

/** One mounted component: `run(data)` is a run of the page, `sent` what it posted, `widget` what the widget was told. */
function stage(name = "some") {
  const widget = { told: [], destroyed: 0 };
  const mount = (host, empty, emit) => {
    Object.assign(widget, { empty, emit });
    return { update: (value) => widget.told.push(value), destroy: () => (widget.destroyed += 1) };
  };
  globalThis.glassbox = (asked) => widgets[asked];
  widgets[name] = { default: mount };
  const host = { said: [], dispatchEvent: (event) => host.said.push(event.detail) };
  const sent = [];
  const known = { widget: name, empty: null, answers: [], heard: ["", 0], said: [0, ""], busy: false, words: { upload_failed: "too large" }, most: 100 };
  let leave;
  const run = async (data) => {
    leave = adapt({ data: { ...known, ...data }, parentElement: { querySelector: () => host }, setTriggerValue: (_, value) => sent.push(structuredClone(value)) });
    await rest(10);
  };
  return { run, sent, host, widget, leave: () => leave() };
}
const widgets = {};

test("a widget is mounted once with what Python has, and told each answer once", async () => {
  const { run, sent, widget } = stage();
  await run({ empty: { a: 1 }, answers: [[1, "x"]] });
  await run({ answers: [[1, "x"], [2, "y"]] });
  assert.deepEqual([widget.empty, widget.told, sent], [{ a: 1 }, ["x", "y"], []]);
});

test("a letter is sent again with the next one until it was heard", async () => {
  const { run, sent, widget } = stage();
  await run({ empty: {} });
  widget.emit("one", { a: 1 });
  await rest();
  widget.emit("two", { a: 2 });
  await rest();
  assert.deepEqual(sent.map(({ letters }) => letters.map(({ n, event }) => [n, event])), [[[1, "one"]], [[1, "one"], [2, "two"]]]);
  await run({ heard: [sent[0].sender, 1] });
  widget.emit("three", {});
  await rest();
  assert.deepEqual(sent.at(-1).letters.map(({ n }) => n), [2, 3]);
});

test("a file goes as text, and what was emitted after it does not overtake it", async () => {
  const { run, sent, widget } = stage();
  await run({ empty: {} });
  widget.emit("picture", { file: new File(["abc"], "<b>.png"), turn: 1 });
  widget.emit("example", { key: "x" });
  await rest(200);
  const letters = sent.at(-1).letters;
  assert.deepEqual(letters.map(({ event }) => event), ["picture", "example"]);
  assert.deepEqual(letters[0].detail, { turn: 1, file: { name: "<b>.png", content: "YWJj" } });
});

test("a file that is too large is said and not sent", async () => {
  const { run, sent, widget, host } = stage();
  await run({ empty: {} });
  widget.emit("picture", { file: new File(["x".repeat(101)], "x.png") });
  await rest();
  assert.deepEqual([sent, host.said], [[], ["too large"]]);
});

test("while a desk works the widget comes back, and at rest it does not", async () => {
  const { run, sent } = stage();
  await run({ empty: {}, busy: true });
  assert.equal(sent.length, 1);
  assert.deepEqual([sent[0].letters, sent[0].lacking], [[], false]);
  await run({ answers: [[1, "x"]], busy: false });
  await rest();
  assert.equal(sent.length, 1);
});

test("a widget that is mounted anew asks for what it lacks", async () => {
  const { run, sent, widget } = stage();
  await run({});
  assert.deepEqual([sent.length, sent[0].lacking, widget.empty], [1, true, undefined]);
  await run({ empty: { a: 1 }, answers: [[7, "old"]] });
  assert.deepEqual([widget.empty, widget.told], [{ a: 1 }, ["old"]]);
});

test("two widgets never send in one tick", async () => {
  const one = stage("one"), two = stage("two");
  const ticks = [];
  let tick = 0;
  const clock = setInterval(() => (tick += 1), 0);
  await Promise.all([one.run({ empty: {} }), two.run({ empty: {} })]);
  for (const { sent } of [one, two]) sent.push = (value) => ticks.push(tick) && Array.prototype.push.call(sent, value);
  one.widget.emit("a", {});
  two.widget.emit("b", {});
  await rest();
  clearInterval(clock);
  assert.equal(ticks.length, 2);
  assert.notEqual(ticks[0], ticks[1]);
});

test("a sentence is said once, and a widget that leaves is destroyed and sends nothing", async () => {
  const { run, sent, host, widget, leave } = stage();
  await run({ empty: {}, said: [1, "sorry"] });
  await run({ said: [1, "sorry"] });
  assert.deepEqual(host.said, ["sorry"]);
  leave();
  widget.emit("late", {});
  await rest();
  assert.deepEqual([widget.destroyed, sent], [1, []]);
});
