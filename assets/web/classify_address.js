// The Classify tab set by an address: how maps are shown, how the transformer's is made, an example, guessing first.

import { addressed, among, within } from "./address.js";
import { METHODS } from "./classify_methods.js";

/** Let a tab do what the address says of it; returns a function that ends this. */
export const follow = (tab) => addressed("classify", (params) => obey(tab, params));

function obey(tab, params) {
  const { look } = tab, { vit } = tab.columns;
  look.opacity = within(params, "opacity", 0, 1, 0.6);
  look.colours = among(params, "colours", ["viridis", "inferno"], "viridis");
  look.shared = params.get("shared") === "1";
  tab.opacity.set(look.opacity);
  tab.colours.choose(look.colours);
  tab.shared.checked = look.shared;
  tab.predict.set(params.get("guess") === "1");
  const counted = (name) => Math.round(within(params, name, 0, 64, 0)) - 1; // from 1 as people count; 0 and none: all of them
  const discard = within(params, "discard", 0, 0.95, 0);
  Object.assign(vit.view, { method: among(params, "method", METHODS, "attention"), layer: counted("layer"), head: counted("head"), fusion: "mean", discard });
  vit.methods.show();
  vit.settle(0, true);
  tab.changed();
  if (params.has("example")) tab.intake.example(params.get("example"));
}
