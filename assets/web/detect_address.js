// The Detect tab set by an address: sliders, switches, detectors, what is looked at, an example.

import { addressed, among } from "./address.js";
import { read } from "./detect_settings.js";

/** Let a tab do what the address says of it; returns a function that ends this. */
export const follow = (tab) => addressed("detect", (params) => obey(tab, params));

function obey(tab, params) {
  const { settings, models, menus, modes } = tab;
  const known = params.getAll("detector").filter((key) => models.some((one) => one.key === key));
  const asked = known.length ? known.slice(0, 2) : settings.models;
  const others = String(asked) !== String(settings.models);
  Object.assign(settings, read(location.search), { models: asked });
  menus.forEach(({ select }, at) => (select.value = asked[at] ?? ""));
  tab.controls.show();
  tab.enter(among(params, "mode", Object.keys(modes), "boxes"));
  if (params.has("example")) tab.ask({ example: params.get("example") });
  else if (others && tab.from) tab.ask({ source: tab.from });
}
