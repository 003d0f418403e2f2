// The methods of fusing as data: what the browser mixes itself, what each one lets you set, and the recipe the server gets.

import { MODES } from "./blend.js";

export const MODE_KEYS = Object.keys(MODES).filter((mode) => mode !== "normal");
export const LOCAL = ["alpha", "channels", ...MODE_KEYS];
export const SERVER = ["pyramid", "hybrid", "poisson", "mertens", "features"];

/** Is this method a table of two bytes, mixed here without asking anybody? */
export const isLocal = (method) => LOCAL.includes(method);

export const START = {
  method: "alpha",
  alpha: 0.5,
  light: "srgb",
  weights: [0.8, 0.5, 0.2],
  mask: { kind: "gradient", angle: 0, at: 0.5, width: 0.2, size: 0.6, ground: 1, strokes: [] },
  levels: 6,
  sigma: [1.2, 0.6],
  clone: "normal",
  exposure: [1, 1, 1],
  rule: "lahoud",
  layer: -1,
};

const USES = { pyramid: ["mask", "levels"], hybrid: ["sigma"], poisson: ["mask", "clone"], mertens: ["exposure"], features: ["rule", "layer"] };

/** What a server method needs of the settings; the same text for the same recipe, so it is the key of the kept results. */
export function recipe(settings, fit, move) {
  const options = { move };
  for (const key of USES[settings.method] ?? []) options[key] = settings[key];
  if (settings.method === "channels") options.weights = settings.weights;
  const found = { method: settings.method, fit, options };
  if (isLocal(settings.method)) Object.assign(found, { alpha: settings.alpha, light: settings.light });
  return found;
}

/** The shares of A per channel and the mode of the tables. */
export function shares({ method, alpha, weights }) {
  return { mode: method in MODES ? method : "normal", parts: method === "channels" ? weights : [alpha, alpha, alpha] };
}
