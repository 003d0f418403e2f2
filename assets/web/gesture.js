// What a hand does on a picture (a stroke, a move, a place), written into a control that nobody sees: class mode knows native controls only,
// and tells of this one as of a slider.

import { add } from "./controls.js";

const LONGEST = 16_000; // characters of what travels

/** Keep a gesture below `parent`; take(text): make the one of another page. Returns say(text), which tells of one made here. */
export function gesture(parent, name, take) {
  const field = add(parent, "input", "gb-gesture");
  Object.assign(field, { type: "hidden", name });
  field.addEventListener("change", () => take(field.value));
  return (text) => (field.value = text);
}

/** Rows of numbers as a text: four digits behind the point, of too many rows the last ones. */
export function written(rows) {
  const text = rows.map((row) => row.map((value) => Number(value.toFixed(4))).join(",")).join(";");
  return text.length <= LONGEST ? text : text.slice(text.indexOf(";", text.length - LONGEST) + 1);
}

/** The rows of such a text; what is not `width` numbers is left out. */
export const rows = (text, width) =>
  text.split(";").map((row) => row.split(",").map((part) => (part.trim() ? Number(part) : NaN))).filter((row) => row.length === width && row.every(Number.isFinite)); // prettier-ignore
