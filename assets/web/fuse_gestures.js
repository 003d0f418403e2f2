// What a hand does on the Fuse tab's picture, told to class mode and taken from it: where B lies, the strokes of the mask, the pixel pointed at.

import { gesture, rows, written } from "./gesture.js";

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

export class Gestures {
  constructor(parent, tab) {
    this.state = tab.state;
    this.move = gesture(parent, "move", (text) => {
      for (const [dx, dy, scale, turn] of rows(text, 4)) tab.moveTo({ dx, dy, scale: clamp(scale, 0.125, 8), turn });
      tab.told("move");
    });
    this.strokes = gesture(parent, "strokes", (text) => {
      const { settings } = this.state;
      settings.mask = { ...settings.mask, strokes: rows(text, 4) };
      tab.painting = settings.mask.strokes.length > 0;
      tab.told("settings");
    });
    this.probe = gesture(parent, "probe", (text) => {
      const [at] = rows(text, 2);
      if (!at || !tab.stage.pair) return;
      this.state.probe = at.map((value, axis) => clamp(Math.round(value), 0, tab.stage.wh[axis] - 1));
      tab.pointed("probe");
    });
  }

  /** Tell of what is there now. */
  tell() {
    const { move, probe, settings } = this.state, { strokes } = settings.mask;
    this.move(written([[move.dx, move.dy, move.scale, move.turn]]));
    this.probe(probe ? written([probe]) : "");
    if (strokes !== this.told) this.strokes(written(strokes)); // there may be thousands
    this.told = strokes;
  }
}
