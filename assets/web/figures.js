// Numbers as people read them: shares as percent, anything else with three digits.

/** The percent sign behind a number: English leaves a space here, at which no line ends, Chinese none. Twin in vision/core/words: PERCENT. */
export const PERCENT = globalThis.document?.documentElement.lang.startsWith("zh") ? "%" : "\u00a0%";

/** A share 0..1: whole percent from 10 on, one digit below. */
export function percent(share) {
  if (!(share >= 0)) return "";
  if (share > 0 && share < 0.0005) return `< 0.1${PERCENT}`;
  return `${(100 * share).toFixed(share >= 0.0995 ? 0 : 1)}${PERCENT}`;
}

/** A number with three significant digits, with an exponent only where it would be long without. */
export function number(value) {
  if (!Number.isFinite(value)) return "";
  const size = Math.abs(value);
  return size !== 0 && (size < 0.001 || size >= 1e6) ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}

/** A number with so many digits behind the point; what rounds to nothing is 0.0, never -0.0. */
export const fixed = (value, digits) => value.toFixed(digits).replace(/^-(0(?:\.0*)?)$/, "$1");

/** A small share, such as what one place gets of the attention: two significant digits, in percent. */
export const fine = (share) => (share > 0 && share < 1e-5 ? `${(100 * share).toExponential(0)}${PERCENT}` : `${Number((100 * share).toPrecision(2))}${PERCENT}`);

/** A name with its synonyms, "tabby, tabby cat", as its first one. */
export const short = (label) => label.split(",")[0].trim();
