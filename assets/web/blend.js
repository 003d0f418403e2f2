// Twin of vision/core/blend.py: alpha in two light models and the separable blend modes of the W3C.
// Same names, float64, same order of operations: the 65,536 answers of a table are the same bytes in both languages.

const UNIT = 1048576; // linear light is counted in whole units of 1 / 2^20

/** The linear light of an sRGB value, both 0..1 (IEC 61966-2-1). */
export const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);

/** The sRGB value of a linear light, both 0..1 (IEC 61966-2-1). */
export const srgb = (value) => (value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055);

export const LINEAR = Float64Array.from({ length: 256 }, (_, i) => Math.floor(linear(i / 255) * UNIT + 0.5));
export const EDGES = Float64Array.from({ length: 255 }, (_, i) => Math.floor(linear((i + 0.5) / 255) * UNIT + 0.5));

// The level at which the search for a light starts: one entry per 256 units, so that most are found without a step.
const START = new Uint8Array(UNIT / 256 + 1);
for (let bin = 0, level = 0; bin < START.length; bin++) {
  while (level < 255 && EDGES[level] <= bin * 256) level++;
  START[bin] = level;
}

/** The level of a light in units, as a search in EDGES from the right. */
function level(light) {
  if (!(light > 0)) return 0;
  let found = START[Math.min(START.length - 1, Math.floor(light / 256))];
  while (found < 255 && EDGES[found] <= light) found++;
  return found;
}

const dodge = (under, over) => (under === 0 ? 0 : over >= 1 ? 1 : Math.min(1, under / (1 - over)));
const burn = (under, over) => (1 - under === 0 ? 1 : 1 - (over > 0 ? Math.min(1, (1 - under) / over) : 1));
function hard(under, over) {
  if (over <= 0.5) return under * (2 * over);
  const lift = 2 * over - 1;
  return under + lift - under * lift;
}
function soft(under, over) {
  if (over <= 0.5) return under - (1 - 2 * over) * under * (1 - under);
  const bent = under <= 0.25 ? ((16 * under - 12) * under + 4) * under : Math.sqrt(under);
  return under + (2 * over - 1) * (bent - under);
}

/** B(under, over) of W3C Compositing and Blending Level 1, section 9.1; `under` is A, `over` is B. */
export const MODES = {
  normal: (under, over) => over,
  multiply: (under, over) => under * over,
  screen: (under, over) => under + over - under * over,
  overlay: (under, over) => hard(over, under),
  darken: Math.min,
  lighten: Math.max,
  "color-dodge": dodge,
  "color-burn": burn,
  "hard-light": hard,
  "soft-light": soft,
  difference: (under, over) => Math.abs(under - over),
  exclusion: (under, over) => under + over - 2 * under * over,
};

/** What becomes of every pair of levels: Uint8Array [256 * 256], rows A, columns B. `share` is the weight of A. */
export function table(mode, light, share) {
  const out = new Uint8Array(65536);
  const plain = light === "srgb";
  const top = plain ? 255 : UNIT;
  const work = mode === "normal" ? null : MODES[mode];
  for (let i = 0, k = 0; i < 256; i++) {
    const under = plain ? i : LINEAR[i];
    for (let j = 0; j < 256; j++, k++) {
      const over = plain ? j : LINEAR[j];
      const full = work ? work(under / top, over / top) * top : over;
      const mixed = share * under + (1 - share) * full;
      out[k] = plain ? Math.min(255, Math.max(0, Math.floor(mixed + 0.5))) : level(mixed);
    }
  }
  return out;
}

/** Look every pixel up. a, b, out: RGBA bytes of one size; covered (bytes, optional): where 0, there is no B and A stays. */
export function blend(a, b, tables, out = new Uint8ClampedArray(a.length), covered = null) {
  const [red, green, blue] = tables;
  for (let i = 0, pixel = 0; i < a.length; i += 4, pixel++) {
    if (covered && !covered[pixel]) {
      out[i] = a[i];
      out[i + 1] = a[i + 1];
      out[i + 2] = a[i + 2];
    } else {
      out[i] = red[(a[i] << 8) | b[i]];
      out[i + 1] = green[(a[i + 1] << 8) | b[i + 1]];
      out[i + 2] = blue[(a[i + 2] << 8) | b[i + 2]];
    }
    out[i + 3] = 255;
  }
  return out;
}
