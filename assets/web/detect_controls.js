// The sliders and switches of the Detect tab, and the list of what is shown.

import { add, button, fill, slider } from "./controls.js";
import { mark } from "./marks.js";
import { title } from "./detect_scene.js";

function toggle(parent, text, value, change) {
  const label = add(parent, "label", "gb-toggle");
  const input = add(label, "input");
  Object.assign(input, { type: "checkbox", checked: value });
  add(label, "span", "", text);
  input.addEventListener("change", () => change(input.checked));
  return { label, input };
}

/** Build the controls over `settings`, which they change in place. Returns { fit(found) for a new set of candidates, show() }. */
export function controls(parent, words, settings, changed) {
  const box = add(parent, "div", "gb-controls");
  const two = (value) => value.toFixed(2);
  const set = (name) => (value) => {
    settings[name] = value;
    changed();
  };
  const unit = { min: 0, max: 1, step: 0.01, show: two };
  const score = slider(box, { name: words.score, ...unit, value: settings.score, change: set("score") });
  score.input.dataset.name = "score";
  const iou = slider(box, { name: words.iou, ...unit, value: settings.iou, change: set("iou") });
  iou.input.dataset.name = "iou";
  const why = add(box, "p", "gb-muted gb-why", words.no_suppression);
  why.hidden = true;
  why.id = "gb-why-no-iou";
  const limit = slider(box, { name: words.limit, min: 1, max: 300, step: 1, value: settings.limit, change: set("limit") });
  limit.input.dataset.name = "limit";
  const agnostic = toggle(box, words.agnostic, settings.agnostic, set("agnostic"));
  const soft = toggle(box, words.soft, settings.soft, set("soft"));
  const ghosts = toggle(box, words.ghosts, settings.ghosts, set("ghosts"));
  ghosts.input.dataset.name = "ghosts";
  const classes = classFilter(box, words, settings, changed);
  return {
    /** Show the settings, which came from elsewhere. */
    show() {
      for (const [name, one] of Object.entries({ score, iou, limit })) one.set(settings[name]);
      for (const [name, { input }] of Object.entries({ agnostic, soft, ghosts })) input.checked = settings[name];
      classes(); // their ticks as well
    },
    fit(found) {
      const suppresses = found.some((one) => one.suppresses);
      for (const { input } of [iou, agnostic, soft]) {
        input.disabled = !suppresses;
        if (suppresses) input.removeAttribute("aria-describedby");
        else input.setAttribute("aria-describedby", why.id);
      }
      why.hidden = suppresses;
      classes(found);
    },
  };
}

/** A folded list of the classes that have candidates; no class chosen away means no filter. */
function classFilter(parent, words, settings, changed) {
  const fold = add(parent, "details", "gb-classes");
  const summary = add(fold, "summary");
  const buttons = add(fold, "div", "gb-classes-all");
  const items = add(fold, "div", "gb-classes-list");
  let names = [];
  const named = () => {
    summary.textContent = settings.classes ? fill(words.classes_some, { count: settings.classes.length, of: names.length }) : words.classes_all;
  };
  const take = (classes) => {
    settings.classes = classes;
    items.querySelectorAll("input").forEach((input) => (input.checked = !classes || classes.includes(input.value)));
    named();
    changed();
  };
  button(buttons, words.all, () => take(null));
  button(buttons, words.none, () => take([]));
  return (found) => {
    if (!found) return take(settings.classes);
    const count = new Map();
    const called = new Map();
    for (const one of found) {
      for (const kind of one.classes) {
        count.set(one.names[kind], (count.get(one.names[kind]) ?? 0) + 1);
        called.set(one.names[kind], one.called[kind]);
      }
    }
    names = [...count.keys()].sort((a, b) => count.get(b) - count.get(a));
    items.textContent = "";
    for (const name of names) {
      const { input } = toggle(items, `${called.get(name)} (${count.get(name)})`, !settings.classes || settings.classes.includes(name), () => {
        const chosen = [...items.querySelectorAll("input:checked")].map((one) => one.value);
        take(chosen.length === names.length ? null : chosen);
      });
      input.value = name;
    }
    named();
  };
}

/** The boxes that are shown, best first, each a button that points at its box. Rows are used again, so a slider may run. */
export function list(parent, words, look) {
  const fold = add(parent, "details", "gb-list");
  const summary = add(fold, "summary");
  const rows = add(fold, "ol");
  const made = [];
  const row = (n) => {
    if (!made[n]) {
      const line = add(rows, "li");
      const key = add(line, "span", "gb-key");
      const text = button(line, "", () => look(made[n].i, 0), "gb-row");
      text.addEventListener("focus", () => look(made[n].i, 0));
      text.addEventListener("pointerenter", () => look(made[n].i, 0));
      made[n] = { line, key, text, i: -1 };
    }
    return made[n];
  };
  return {
    draw(found, sifted, looked) {
      summary.textContent = fill(words.list, { count: sifted.shown.length });
      if (!fold.open) return;
      sifted.shown.forEach((i, n) => {
        const one = row(n);
        const { colour, dash } = mark(found.classes[i]);
        one.i = i;
        one.line.hidden = false;
        one.text.textContent = title(found, i, sifted.verdicts.scores[i]);
        one.key.style.borderColor = colour;
        one.key.style.borderStyle = dash.length ? "dashed" : "solid";
        one.line.toggleAttribute("data-looked", i === looked);
      });
      for (let n = sifted.shown.length; n < made.length; n++) made[n].line.hidden = true;
    },
  };
}
