// The photo as the Inside tab shows it: what the net saw bright, the rest dimmed, no map over it; painted once and then only copied.

import { MapView } from "./classify_maps.js";

const PLAIN = new Uint8Array(768); // of a colour table that nothing is painted in

export class Photo extends MapView {
  /** Draw the photo alone; at: the place to outline, or -1. */
  bare(at = -1) {
    if (this.stale) this.fit();
    if (this.stale) return;
    if (this.ready !== this.painter) {
      this.painter.paint(PLAIN, 0);
      this.ready = this.painter;
    }
    this.at = at;
    this.pen.putImageData(this.sheet, 0, 0);
    if (at >= 0) this.outline(at);
  }
}
