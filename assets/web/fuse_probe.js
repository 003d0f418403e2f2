// The probe: what happens at one pixel, with the formula and its numbers. Pure text; the numbers are those of the tables.

import { LINEAR, MODES } from "./blend.js";
import { isLocal, shares } from "./fuse_methods.js";

const UNIT = 1048576;
const NAMES = ["R", "G", "B"];
const pad = (value) => String(value).padStart(3);
const short = (value) => (Number.isInteger(value) ? String(value) : value.toFixed(2));

/** One line per channel: how A's and B's value became the result's. */
export function lines(settings, found) {
  if (!isLocal(settings.method)) {
    const weight = found.share === null ? "" : `   w ${found.share.toFixed(2)}`;
    return NAMES.map((name, c) => `${name}   A ${pad(found.a[c])}   B ${pad(found.b[c])}   →   ${pad(found.result[c])}${weight}`);
  }
  if (!found.covered) return NAMES.map((name, c) => `${name}   A ${found.a[c]}   =   ${found.result[c]}`);
  const { mode, parts } = shares(settings);
  return NAMES.map((name, c) => `${name}   ${line(mode, settings.light, parts[c], found.a[c], found.b[c])} = ${found.result[c]}`);
}

function line(mode, light, share, a, b) {
  const plain = light === "srgb";
  const [under, over] = plain ? [a, b] : [LINEAR[a] / UNIT, LINEAR[b] / UNIT];
  const number = (value) => (plain ? short(value) : value.toFixed(3));
  const top = plain ? 255 : 1;
  const right = mode === "normal" ? number(over) : `(${mode}(${number(under)}, ${number(over)}) = ${number(MODES[mode](under / top, over / top) * top)})`;
  const sum = `${share.toFixed(2)} × ${number(under)} + ${(1 - share).toFixed(2)} × ${right}`;
  return plain ? sum : `sRGB(${sum})`;
}
