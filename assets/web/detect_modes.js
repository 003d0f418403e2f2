// What the photo of the Detect tab shows: boxes, suppression step by step, the stages of an R-CNN, ground truth, two boxes by hand.
//
// A mode: build(parent) its controls, scene(panel, looked) what is drawn, said(panel) one sentence, and where it needs them
// move / down / up (pointer, in pixels of the original), pick(panel, i), within(panel) what can be pointed at, drawn(), leave().

import { add, button, fill, radios, slider } from "./controls.js";
import { MOST, box, kept, pair, stage, step } from "./detect_scene.js";
import { hit } from "./detect_photo.js";
import { pairSentence, stepSentence, story } from "./detect_words.js";
import { truthMode } from "./detect_truth_mode.js";

const BEAT_MS = 700;

const boxesMode = (tab) => ({
  scene: (panel, looked) => kept(panel.found, panel.sifted, panel.view, { showGhosts: tab.settings.ghosts, looked }),
});

function stepsMode(tab) {
  const { words } = tab;
  let at = 0, timer = 0, position = null, play = null, sentence = null;
  const length = () => (tab.panels[0]?.sifted ? story(tab.panels[0].found, tab.panels[0].sifted, tab.panels[0].view).length : 0);
  const go = (to) => {
    at = Math.max(0, Math.min(to, length()));
    tab.redraw();
  };
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    if (play) play.textContent = words.step_play;
  };
  const start = () => {
    if (at >= length()) at = 0;
    play.textContent = words.step_pause;
    timer = setInterval(() => (at >= length() ? stop() : go(at + 1)), BEAT_MS);
    go(at + 1);
  };
  return {
    build(parent) {
      at = 0;
      const row = add(parent, "div", "gb-steps");
      button(row, words.step_first, () => go(0));
      button(row, words.step_back, () => go(at - 1));
      play = button(row, words.step_play, () => (timer ? stop() : start()), "gb-button gb-main");
      button(row, words.step_next, () => go(at + 1));
      button(row, words.step_last, () => go(Infinity));
      position = slider(row, { name: words.step_at, min: 0, max: length(), step: 1, value: 0, change: go });
      sentence = add(parent, "p", "gb-sentence");
      sentence.setAttribute("aria-live", "polite");
    },
    within: () => [],
    scene(panel) {
      panel.story = story(panel.found, panel.sifted, panel.view);
      return step(panel.found, panel.story, at);
    },
    drawn() {
      const [{ found, view, story: told } = {}] = tab.panels;
      if (!told) return;
      at = Math.min(at, told.length);
      position.input.max = told.length;
      position.set(at);
      const now = told[at - 1];
      const text = now ? stepSentence(words, found, now, view, at, told.length) : fill(words.step_start, { of: told.length });
      if (sentence.textContent !== text) sentence.textContent = text;
    },
    leave: stop,
  };
}

function stagesMode(tab) {
  const { words } = tab;
  let which = "proposals";
  const numbers = ({ found, sifted }) => ({
    proposals: found.proposals?.length / 4,
    shown: Math.min(MOST, found.proposals?.length / 4),
    candidates: sifted.counts.candidates - sifted.counts.others,
    above: sifted.counts.candidates - sifted.counts.others - sifted.counts.below,
    kept: sifted.counts.kept,
    score: tab.settings.score.toFixed(2),
    iou: tab.settings.iou.toFixed(2),
  });
  return {
    build(parent) {
      const change = (key) => {
        which = key;
        tab.look(-1, 0);
        tab.redraw();
      };
      radios(parent, {
        name: words.stage,
        options: ["proposals", "refined", "above", "kept"].map((key) => [key, words[`stage_${key}`]]),
        value: which,
        change,
      });
    },
    within: (panel) => (which === "kept" || !panel.found.proposals ? null : which === "proposals" ? [] : story(panel.found, panel.sifted, panel.view).map((one) => one.i)),
    scene(panel, looked) {
      if (which === "kept" || !panel.found.proposals) return boxesMode(tab).scene(panel, looked);
      return stage(panel.found, panel.sifted, panel.view, which, looked);
    },
    said: (panel) => (panel.found.proposals ? fill(words[`stage_${which}_said`], numbers(panel)) : words.no_stages),
  };
}

function pairMode(tab) {
  const { words } = tab;
  let picked = [];
  return {
    build() {
      picked = [];
    },
    scene(panel, looked) {
      const mine = picked.filter((one) => one.panel === panel);
      if (mine.length < 2) {
        const options = { showGhosts: tab.settings.ghosts, looked, picked: mine.map((one) => one.i) };
        return kept(panel.found, panel.sifted, panel.view, options);
      }
      return pair(...mine.map((one) => box(panel.found, one.i)));
    },
    pick(panel, i) {
      if (picked.length >= 2 || picked[0]?.panel !== panel) picked = [];
      picked.push({ panel, i });
      tab.look(-1, 0);
      tab.redraw();
    },
    down(panel, place) {
      const i = hit(panel.found, tab.within(tab.panels.indexOf(panel)), place);
      if (i >= 0) this.pick(panel, i);
      else picked = [];
      tab.redraw();
    },
    said(panel) {
      const mine = picked.filter((one) => one.panel === panel);
      if (mine.length < 2) return words[mine.length ? "pair_second" : "pair_first"];
      return pairSentence(words, ...mine.map((one) => box(panel.found, one.i)), panel.view);
    },
  };
}

export const modes = (tab) => ({
  boxes: boxesMode(tab),
  steps: stepsMode(tab),
  stages: stagesMode(tab),
  truth: truthMode(tab),
  pair: pairMode(tab),
});
