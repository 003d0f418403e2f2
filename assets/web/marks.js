// Twin of vision/core/marks.py: how a class looks. Okabe and Ito's colours, and a dash for every further round of them.

export const COLOURS = ["#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7"];
export const DASHES = [[], [8, 4], [2, 3], [12, 3, 2, 3]];

const made = [];

/** Colour, dash (in line widths' pixels) and label ink of a class; the same object each time. */
export function mark(index) {
  const colour = COLOURS[index % COLOURS.length];
  return (made[index] ??= Object.freeze({ colour, dash: DASHES[Math.floor(index / COLOURS.length) % DASHES.length], ink: ink(colour) }));
}

/** Relative luminance of "#rrggbb", 0..1 (WCAG 2). */
export function luminance(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Black or white, whichever stands out more on a colour. */
export const ink = (colour) => ((luminance(colour) + 0.05) ** 2 > 0.0525 ? "#000000" : "#FFFFFF");
