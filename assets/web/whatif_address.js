// What if set by an address: change=… opens it, at=… is a stop of its slider.

import { addressed, among, look, within } from "./address.js";

/** Let the widget do what the address says of it; returns a function that ends this. */
export const follow = (lab) => addressed("classify", (params) => obey(lab, params));

function obey(lab, params) {
  const kind = among(params, "change", Object.keys(lab.kinds), "");
  lab.root.open = Boolean(kind);
  if (!kind) return;
  lab.switch.choose(kind);
  lab.choose(kind);
  const at = Math.round(within(params, "at", 0, lab.stops[kind].length - 1, lab.stop));
  lab.slider.set(at);
  lab.move(at);
  look(lab.root);
}
