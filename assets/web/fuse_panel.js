// The controls of the Fuse tab: method and what it lets you set, light, looking, placing. Every change goes to one callback.

import { add, button, choice, radios, slider } from "./controls.js";
import { PERCENT } from "./figures.js";
import { MODE_KEYS, SERVER, isLocal } from "./fuse_methods.js";

const percent = (value) => `${Math.round(100 * value)}${PERCENT}`;
const degrees = (value) => `${Number(value.toFixed(1))}°`;

export const VIEWS = {
  result: null,
  wipe: { min: 0, max: 1, step: 0.005, value: 0.5, show: percent },
  flicker: { min: 0.5, max: 2, step: 0.1, value: 1, show: (value) => `${value.toFixed(1)} Hz` }, // never above 3 flashes a second
  checker: { min: 2, max: 32, step: 1, value: 8, show: String },
  difference: { min: 1, max: 8, step: 1, value: 2, show: (value) => `× ${value}` },
  share: null,
};

/** Build the controls into `parent`. `tell(what, done)`: what is "settings", "view", "tool", "fit", "move", "align". */
export function panel(parent, words, state, tell) {
  const sections = {};
  const section = (key, title) => {
    const box = add(parent, "section", `gb-fuse-${key}`);
    if (title) add(box, "h3", "", title);
    sections[key] = box;
    return box;
  };
  const set = (key, done = true) => (value) => {
    state.settings[key] = value;
    tell("settings", done);
  };

  const how = section("method", "");
  const names = (keys) => keys.map((key) => [key, words[`method_${key}`]]);
  choice(how, {
    name: words.method,
    value: state.settings.method,
    options: [[words.group_local, names(["alpha", "channels", ...MODE_KEYS])], [words.group_server, names(SERVER)]],
    change: set("method"),
  });
  sections.select = how.querySelector("select");
  sections.lights = radios(how, { name: words.light, options: [["srgb", words.light_srgb], ["linear", words.light_linear]], value: state.settings.light, change: set("light") });
  sections.light = sections.lights.set;
  sections.own = add(how, "div", "gb-fuse-own");
  sections.explain = add(how, "p", "gb-fuse-formula");
  sections.source = add(how, "p", "gb-muted gb-fuse-source");

  const look = section("look", "");
  sections.views = radios(look, {
    name: words.view,
    options: Object.keys(VIEWS).map((key) => [key, words[`view_${key}`]]),
    value: state.view.kind,
    change: (kind) => {
      state.view.kind = kind;
      tell("view");
    },
  });
  sections.viewOwn = add(look, "div");

  const where = section("where", "");
  const tools = radios(where, {
    name: words.tool,
    options: ["probe", "move", "brush"].map((key) => [key, words[`tool_${key}`]]),
    value: state.tool,
    change: (tool) => {
      state.tool = tool;
      tell("tool");
    },
  });
  sections.tools = tools;
  sections.fits = radios(where, {
    name: words.fit,
    options: ["fit", "fill", "stretch"].map((key) => [key, words[`fit_${key}`]]),
    value: state.fit,
    change: (fit) => {
      state.fit = fit;
      tell("fit");
    },
  });
  const moved = (key) => (value, done) => {
    state.move[key] = key === "scale" ? 2 ** value : value;
    tell("move", done);
  };
  sections.scale = slider(where, { name: words.scale, min: -3, max: 3, step: 0.01, value: 0, show: (v) => percent(2 ** v), change: moved("scale") });
  sections.turn = slider(where, { name: words.turn, min: -180, max: 180, step: 0.5, value: 0, show: degrees, change: moved("turn") });
  const row = add(where, "div", "gb-fuse-row");
  for (const way of ["corners", "values"]) button(row, words[`align_${way}`], () => tell("align", way));
  button(row, words.reset, () => tell("reset"));
  return sections;
}

/** Rebuild what only the chosen method lets you set. */
export function own(box, words, state, tell) {
  box.replaceChildren();
  const { settings } = state;
  const one = (key, name, options, at = null) =>
    slider(box, {
      name,
      value: at === null ? settings[key] : settings[key][at],
      ...options,
      change(value, done) {
        if (at === null) settings[key] = value;
        else settings[key] = settings[key].map((old, i) => (i === at ? value : old));
        tell("settings", done);
      },
    });
  const parts = { min: 0, max: 1, step: 0.01, show: (value) => value.toFixed(2) };
  if (settings.method === "channels") ["red", "green", "blue"].forEach((name, at) => one("weights", words[name], parts, at));
  if (settings.method === "pyramid" || settings.method === "poisson") mask(box, words, state, tell);
  if (settings.method === "pyramid") one("levels", words.levels, { min: 1, max: 10, step: 1 });
  if (settings.method === "hybrid") {
    const sigma = { min: 0, max: 5, step: 0.05, show: (value) => `${value.toFixed(2)}${PERCENT} = ${((value / 100) * state.side).toFixed(1)} px` };
    one("sigma", words.sigma_low, sigma, 0);
    one("sigma", words.sigma_high, sigma, 1);
  }
  const pick = (key, name, options) =>
    choice(box, {
      name,
      value: String(settings[key]),
      options,
      change(value) {
        settings[key] = key === "layer" ? Number(value) : value;
        tell("settings", true);
      },
    });
  if (settings.method === "poisson") pick("clone", words.clone, [["normal", words.clone_normal], ["mixed", words.clone_mixed]]);
  if (settings.method === "mertens") {
    ["contrast", "saturation", "exposedness"].forEach((name, at) => one("exposure", words[name], { min: 0, max: 2, step: 0.1, show: (v) => v.toFixed(1) }, at));
  }
  if (settings.method === "features") {
    pick("rule", words.rule, [["lahoud", words.rule_lahoud], ["li", words.rule_li]]);
    pick("layer", words.layer, [["-1", words.layer_all], ...[0, 1, 2, 3, 4].map((at) => [String(at), words.layer_one.replace("{number}", at + 1)])]);
  }
  box.hidden = isLocal(settings.method) && settings.method !== "channels";
}

function mask(box, words, state, tell) {
  const { settings } = state;
  const change = (key) => (value, done = true) => {
    settings.mask = { ...settings.mask, [key]: value };
    tell(key === "kind" ? "mask" : "settings", done);
  };
  const kinds = ["gradient", "oval", "brush"].map((key) => [key, words[`mask_${key}`]]);
  choice(box, { name: words.mask, value: settings.mask.kind, options: kinds, change: change("kind") });
  const one = (key, name, options) => slider(box, { name, value: settings.mask[key], ...options, change: change(key) });
  if (settings.mask.kind === "gradient") {
    one("angle", words.mask_angle, { min: -180, max: 180, step: 5, show: degrees });
    one("at", words.mask_at, { min: 0, max: 1, step: 0.01, show: percent });
    one("width", words.mask_width, { min: 0, max: 1, step: 0.01, show: percent });
  } else if (settings.mask.kind === "oval") {
    one("size", words.mask_size, { min: 0.1, max: 1.4, step: 0.01, show: percent });
  } else {
    add(box, "p", "gb-muted", words.mask_brush_how);
    slider(box, {
      name: words.brush,
      value: state.brush,
      min: 0.01,
      max: 0.2,
      step: 0.005,
      show: percent,
      change(value) {
        state.brush = value;
      },
    });
    button(box, words.mask_clear, () => {
      settings.mask = { ...settings.mask, strokes: [] };
      tell("settings", true);
    });
  }
}
