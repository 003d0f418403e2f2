// The Fuse tab: two pictures made one. Alpha, channels and blend modes are mixed here, without a request; the rest is asked once and kept.
//
// data: { words, pairs: [{key, title, hint, urls, method, fit}], tiles: [{key, title}] }, then per answer one of
//       { seq, pair: {a, b: {url, name, width, height, notes}, left, top, sources: {a, b}} }, { seq, key, result: {url, share, words} },
//       { seq, move }, { seq, file: {url, name} }, { seq, error }
// emits: pick {slot, file | example | pair}, fit, mix, align {way}, save {kind}; all with seq, fit and the sources as they were answered

import { add, button, fill, slider } from "./controls.js";
import { follow } from "./fuse_address.js";
import { Gestures } from "./fuse_gestures.js";
import { START, isLocal } from "./fuse_methods.js";
import { cross, edge, outline, overlay, strokes } from "./fuse_overlay.js";
import { VIEWS, own, panel } from "./fuse_panel.js";
import { listen } from "./fuse_pointer.js";
import { lines } from "./fuse_probe.js";
import { sources, tiles } from "./fuse_sources.js";
import { Stage } from "./fuse_stage.js";
import { Talk } from "./fuse_talk.js";

const STILL = { dx: 0, dy: 0, scale: 1, turn: 0 };
const PREVIEW = { method: "alpha", alpha: 0.5, light: "srgb" }; // shows where B lies until the server's answer is there
const CHANGES = ["settings", "mask", "move", "reset", "aligned"]; // what makes another picture

export default function mount(element, data, emit) {
  element.classList.add("gb-fuse", "gb-empty");
  const fuse = new Fuse(element, data, emit);
  if (data.seq !== undefined) fuse.talk.update(data);
  return { update: (next) => fuse.talk.update(next), destroy: () => fuse.destroy() };
}

class Fuse {
  constructor(element, data, emit) {
    Object.assign(this, { element, words: data.words, data });
    const values = Object.fromEntries(Object.entries(VIEWS).map(([key, view]) => [key, view?.value ?? 0]));
    this.state = {
      settings: structuredClone(START), fit: "fit", move: { ...STILL }, view: { kind: "result", values },
      tool: "probe", probe: null, brush: 0.06, side: 0,
    }; // prettier-ignore
    this.talk = new Talk(emit, this.words, this.state, {
      pair: (images, facts) => this.load(images, facts),
      result: (kept) => this.take(kept),
      move: (move) => this.told("aligned", move),
      file: (file) => this.offer(file),
      say: (sentence, failed = false) => this.say(sentence, failed),
    });
    this.build(element);
    this.describe();
    this.viewControls();
    this.deaf = follow(this);
  }

  build(element) {
    const { words, state } = this;
    const pick = (slot, what) => this.pick(slot, what);
    this.sources = sources(add(element, "div", "gb-fuse-strip"), this.data, pick, () => this.talk.swap(), (given) => this.talk.take(given));
    const body = add(element, "div", "gb-fuse-body");
    const main = add(body, "div", "gb-fuse-main");
    tiles(main, this.data, pick);
    this.area = add(main, "div", "gb-fuse-area");
    this.area.tabIndex = 0;
    this.area.setAttribute("role", "application");
    this.area.setAttribute("aria-label", words.area);
    this.stage = new Stage(add(this.area, "canvas", "gb-fuse-picture"));
    this.over = overlay(add(this.area, "canvas", "gb-fuse-overlay"), this.area, (...where) => this.annotate(...where));
    this.alpha = slider(main, {
      name: words.alpha, min: 0, max: 1, step: 0.005, value: state.settings.alpha, show: (value) => `α ${value.toFixed(2)}`,
      change: (value) => {
        state.settings.alpha = value;
        this.told("settings");
      },
    }); // prettier-ignore
    this.alpha.label.classList.add("gb-fuse-alpha");
    this.status = add(main, "p", "gb-fuse-status");
    this.status.setAttribute("role", "status");
    this.said = add(main, "p", "gb-fuse-said");
    const side = add(body, "div", "gb-fuse-side");
    this.probe = add(side, "pre", "gb-fuse-probe");
    this.panel = panel(side, words, state, (what, detail) => this.told(what, detail));
    const row = add(add(side, "section"), "div", "gb-fuse-row");
    button(row, words.measure, () => this.talk.mix());
    button(row, words.save_png, () => this.talk.save("png"));
    this.gif = button(row, words.save_gif, () => this.talk.save("gif"));
    listen(this.area, state, { ready: () => this.stage.pair !== null, wh: () => this.stage.wh, tell: (...what) => this.pointed(...what) });
    this.gestures = new Gestures(main, this);
  }

  // ---- what a person does ----

  pick(slot, what) {
    const pair = this.data.pairs.find((one) => one.key === what.pair);
    if (pair) {
      this.state.settings.method = this.panel.select.value = pair.method;
      this.state.fit = pair.fit;
      this.panel.fits.choose(pair.fit);
      this.describe();
    }
    this.talk.pick(slot, what);
  }

  /** A control was changed; `detail` is false in the middle of a drag, the way of aligning, or the move found. */
  told(what, detail = true) {
    const { state, talk } = this;
    if (what === "mask" || (what === "settings" && this.method !== state.settings.method)) this.describe();
    if (what === "view") this.viewControls();
    if (what === "fit") talk.fit();
    if (what === "align") talk.align(detail);
    if (what === "tool") this.area.dataset.tool = state.tool;
    if (what === "reset" || what === "aligned") this.moveTo(what === "reset" ? STILL : detail);
    if (what === "move") this.placed = false;
    if (CHANGES.includes(what)) {
      this.mixed = false;
      this.said.textContent = "";
      if (detail && !isLocal(state.settings.method)) talk.later();
    }
    this.draw();
  }

  /** The pointer or a key did something on the picture. */
  pointed(what, done, detail) {
    const { state } = this;
    if (what === "probe") {
      this.tellProbe();
      this.over.paint();
    } else if (what === "wipe") {
      state.view.values.wipe = Math.min(1, Math.max(0, detail.at));
      this.viewSlider?.set(state.view.values.wipe);
      this.draw();
    } else if (what === "move") {
      this.moveTo(state.move);
      this.told("move", done);
    } else if (done) {
      this.told("mask"); // the paint is seen until the answer is
    } else {
      this.painting = true;
      const disc = [...detail.at, state.brush, detail.value].map((value) => Number(value.toFixed(4)));
      state.settings.mask = { ...state.settings.mask, kind: "brush", strokes: [...state.settings.mask.strokes, disc].slice(-4000) };
      this.over.paint();
    }
  }

  moveTo(move) {
    Object.assign(this.state.move, move);
    this.panel.scale.set(Math.log2(this.state.move.scale));
    this.panel.turn.set(this.state.move.turn);
    this.placed = false;
  }

  // ---- what the server answers ----

  load({ a, b, left, top }, facts) {
    this.sources.show({ a, b }, facts);
    if (!a || !b) return;
    const { state } = this;
    this.element.classList.remove("gb-empty");
    state.side = Math.max(a.width, a.height);
    state.probe = [a.width >> 1, a.height >> 1];
    this.moveTo(STILL);
    this.stage.load({ a, b, left, top });
    this.area.style.aspectRatio = `${a.width} / ${a.height}`;
    this.area.style.setProperty("--gb-aspect", a.width / a.height);
    this.said.textContent = "";
    this.mixed = false;
    this.describe();
    this.draw();
    if (!isLocal(state.settings.method)) this.talk.mix();
  }

  take(kept) {
    this.say("");
    this.painting = false;
    this.said.textContent = kept.words.join(" ");
    if (kept.rgba) {
      this.stage.result = kept;
      this.mixed = true;
    }
    this.draw();
  }

  offer(file) {
    this.say("");
    Object.assign(document.createElement("a"), { href: file.url, download: file.name }).click();
  }

  say(sentence, failed) {
    this.status.textContent = sentence;
    this.status.dataset.state = failed ? "failed" : "";
  }

  // ---- drawing ----

  draw() {
    if (!this.stage.pair || this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.redraw();
    });
  }

  redraw() {
    const { stage, state } = this;
    if (!this.placed) {
      stage.place(state.move);
      this.placed = true;
    }
    if (!this.mixed) {
      stage.result = null;
      stage.mix(isLocal(state.settings.method) ? state.settings : { ...state.settings, ...PREVIEW });
      this.mixed = true;
    }
    const { kind, values } = state.view;
    stage.show(kind, kind === "flicker" ? this.phase ?? 0 : values[kind]);
    if (kind === "share" && stage.range) this.viewNote.textContent = fill(this.words.view_share_how, stage.range);
    this.over.paint();
    this.tellProbe();
  }

  annotate(context, width, height) {
    const { stage, state } = this;
    if (!stage.pair) return;
    if (this.painting) strokes(context, width, height, state.settings.mask.strokes);
    if (state.view.kind === "wipe") edge(context, width, height, state.view.values.wipe);
    if (state.tool === "move") outline(context, width, height, stage.pair, state.move);
    else if (state.probe) cross(context, width, height, state.probe, stage.wh);
  }

  tellProbe() {
    const { state, stage, words } = this;
    if (!stage.pair || !state.probe) return;
    this.gestures.tell();
    const [x, y] = state.probe;
    const waiting = !isLocal(state.settings.method) && !stage.result;
    const told = waiting ? [words.busy_mix] : lines(state.settings, stage.at(x, y));
    this.probe.textContent = [fill(words.probe_at, { x, y }), ...told].join("\n");
  }

  // ---- controls that depend on others ----

  describe() {
    const { state, words } = this;
    this.method = state.settings.method;
    const local = isLocal(this.method);
    const masked = ["pyramid", "poisson"].includes(this.method);
    const family = words[`formula_${this.method}`] ? this.method : "mode";
    const weights = masked || this.method === "features";
    own(this.panel.own, words, state, (what, detail) => this.told(what, detail));
    this.panel.light.hidden = !local;
    this.alpha.label.hidden = this.gif.hidden = !local || this.method === "channels";
    this.panel.explain.textContent = words[`formula_${family}`];
    this.panel.source.textContent = words[`source_${family}`];
    const paints = masked && state.settings.mask.kind === "brush";
    this.panel.tools.inputs.get("brush").label.hidden = !paints;
    if (paints || state.tool === "brush") state.tool = paints ? "brush" : "probe";
    this.panel.tools.choose(state.tool);
    this.area.dataset.tool = state.tool;
    this.panel.views.inputs.get("share").label.hidden = !weights;
    if (state.view.kind === "share" && !weights) {
      state.view.kind = "result";
      this.panel.views.choose("result");
      this.viewControls();
    }
  }

  viewControls() {
    const { state, words } = this;
    const box = this.panel.viewOwn;
    const { kind, values } = state.view;
    const view = VIEWS[kind];
    const name = words[`view_${kind}_value`];
    box.replaceChildren();
    this.viewSlider = view && slider(box, { ...view, name, value: values[kind], change: (value) => this.looked(kind, value) });
    this.viewNote = add(box, "p", "gb-muted", kind === "share" ? "" : words[`view_${kind}_how`] ?? "");
    this.beat();
  }

  looked(kind, value) {
    this.state.view.values[kind] = value;
    this.beat();
    this.draw();
  }

  /** Start or end the change of A and B. */
  beat() {
    clearInterval(this.clock);
    if (this.state.view.kind !== "flicker") return;
    this.clock = setInterval(() => {
      this.phase = this.phase ? 0 : 1;
      this.draw();
    }, 500 / this.state.view.values.flicker);
  }

  destroy() {
    this.deaf();
    clearInterval(this.clock);
    cancelAnimationFrame(this.frame);
    this.talk.stop();
    this.over.stop();
  }
}
