// Ground truth on the Detect tab: dropped as COCO JSON or drawn by hand; right, wrong and missed at the present sliders.

import { add, button, choice, fill, slider } from "./controls.js";
import { judged } from "./detect_scene.js";
import { plot } from "./detect_plot.js";
import { fromCoco, score } from "./detect_truth.js";

const LEAST_PX = 3; // a smaller drag is a click

export function truthMode(tab) {
  const { words } = tab;
  let matching = 0.5, drag = null, name = "", parts = null;
  const marking = (panel) => score(panel.found, panel.sifted, panel.view, tab.truth, matching);
  const say = (text) => (parts.note.textContent = text);

  function take(file) {
    file.text().then((text) => {
      try {
        tab.truth = fromCoco(text, tab.picture);
        say(fill(words.truth_read, { count: tab.truth.length }));
      } catch (error) {
        if (!(error.message in words)) throw error;
        say(words[error.message]);
      }
      rows();
      tab.redraw();
    });
  }

  function rows() {
    parts.rows.textContent = "";
    tab.truth.forEach((one, j) => {
      const line = add(parts.rows, "li", "", one.crowd ? fill(words.truth_crowd, one) : one.name);
      const remove = button(line, words.truth_remove, () => {
        tab.truth = tab.truth.filter((_, k) => k !== j);
        rows();
        tab.redraw();
      });
      remove.setAttribute("aria-label", fill(words.truth_remove_one, { name: one.name, number: j + 1 }));
    });
  }

  function adopt() {
    const [{ found, sifted }] = tab.panels;
    tab.truth = sifted.shown.map((i) => ({ xyxy: Array.from(found.xyxy.subarray(4 * i, 4 * i + 4)), name: found.called[found.classes[i]], crowd: false }));
    rows();
    tab.redraw();
  }

  return {
    take,
    build(parent) {
      const row = add(parent, "div", "gb-truth");
      const file = add(row, "label", "gb-button gb-file", words.truth_file);
      const input = add(file, "input");
      Object.assign(input, { type: "file", accept: ".json,application/json" });
      input.addEventListener("change", () => {
        if (input.files[0]) take(input.files[0]);
        input.value = "";
      });
      const { found } = tab.panels[0];
      const names = [...found.called].sort();
      const person = found.called[found.names.indexOf("person")];
      name = names.includes(name) ? name : (person ?? names[0]);
      choice(row, { name: words.truth_draw, options: names.map((one) => [one, one]), value: name, change: (key) => (name = key) });
      button(row, words.truth_adopt, adopt);
      const two = (value) => value.toFixed(2);
      slider(row, { name: words.matching, min: 0.05, max: 0.95, step: 0.05, value: matching, show: two, change: (value) => {
        matching = value;
        tab.redraw();
      } }).input.dataset.name = "matching"; // prettier-ignore
      parts = { note: add(parent, "p", "gb-muted", words.truth_how) };
      parts.note.setAttribute("role", "status");
      const results = add(parent, "div", "gb-truth-results");
      parts.figures = add(results, "p", "gb-figures");
      parts.curve = add(results, "canvas", "gb-plot");
      parts.curve.setAttribute("role", "img");
      const fold = add(parent, "details");
      add(fold, "summary", "", words.truth_list);
      parts.rows = add(fold, "ol", "gb-truth-rows");
      rows();
    },
    within: () => [], // pointing draws here
    down(panel, [x, y], event) {
      drag = { panel, from: [x, y], to: [x, y] };
      panel.photo.canvas.setPointerCapture(event.pointerId);
    },
    move(panel, place) {
      if (!drag) return false;
      drag.to = place;
      tab.redraw();
      return true;
    },
    up(panel) {
      const { from, to } = drag ?? {};
      drag = null;
      const [width, height] = panel.photo.wh;
      if (from && Math.abs(to[0] - from[0]) * panel.photo.scale >= LEAST_PX && Math.abs(to[1] - from[1]) * panel.photo.scale >= LEAST_PX) {
        const x = [from[0], to[0]].map((value) => Math.max(0, Math.min(value, width))).sort((a, b) => a - b);
        const y = [from[1], to[1]].map((value) => Math.max(0, Math.min(value, height))).sort((a, b) => a - b);
        tab.truth.push({ xyxy: [x[0], y[0], x[1], y[1]], name, crowd: false });
        rows();
      }
      tab.redraw();
    },
    scene(panel) {
      panel.marking = marking(panel);
      const scene = tab.truth.length ? judged(panel.found, panel.sifted, panel.marking, panel.marking.real) : tab.modes.boxes.scene(panel, -1);
      if (drag?.panel === panel) draft(scene, drag);
      return scene;
    },
    said(panel) {
      if (!tab.truth.length) return words.truth_none;
      const { tp, fp, fn } = panel.marking;
      return fill(words.truth_counts, { tp, fp, fn });
    },
    drawn() {
      const [panel] = tab.panels;
      if (!panel?.marking) return;
      const { precision, recall, f1, curve: [heights, reached], ap50 } = panel.marking;
      const values = { precision: precision.toFixed(2), recall: recall.toFixed(2), f1: f1.toFixed(2), matching: matching.toFixed(2), ap50: ap50 === null ? "–" : ap50.toFixed(3) };
      parts.figures.textContent = tab.truth.length ? fill(words.truth_figures, values) : "";
      parts.curve.hidden = !tab.truth.length;
      plot(parts.curve, { points: reached.map((x, i) => [x, heights[i]]), dot: [recall, precision], top: 1, xName: words.recall, yName: words.precision });
      parts.curve.setAttribute("aria-label", fill(words.truth_curve, values));
    },
  };
}

function draft(scene, { from, to }) {
  const corners = [Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.max(from[0], to[0]), Math.max(from[1], to[1])];
  scene.add(corners, { colour: "#FFFFFF", dash: [5, 4], width: 2 });
}
