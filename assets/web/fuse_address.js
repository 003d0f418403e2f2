// The Fuse tab set by an address: a pair, the method, alpha, the light, how it is looked at.

import { addressed, among, within } from "./address.js";
import { LOCAL, SERVER, START } from "./fuse_methods.js";
import { VIEWS } from "./fuse_panel.js";

/** Let a tab do what the address says of it; returns a function that ends this. */
export const follow = (tab) => addressed("fuse", (params) => obey(tab, params));

function obey(tab, params) {
  const { state, panel } = tab, { settings, view } = state, pair = params.get("pair");
  if (pair) tab.pick("both", { pair }); // and the method that the pair is made for
  settings.method = among(params, "method", [...LOCAL, ...SERVER], pair ? settings.method : START.method);
  settings.alpha = within(params, "alpha", 0, 1, START.alpha);
  settings.light = among(params, "light", ["srgb", "linear"], START.light);
  view.kind = among(params, "view", Object.keys(VIEWS), "result");
  panel.select.value = settings.method;
  panel.lights.choose(settings.light);
  panel.views.choose(view.kind);
  tab.alpha.set(settings.alpha);
  tab.describe();
  tab.viewControls();
  tab.told("settings", !pair);
}
