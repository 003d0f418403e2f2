// A place in latent space as the widget keeps it, and as an address others can open. Pure.

export const SLIDERS = 8;

/** The place of one sample. */
export const start = (seed, index, label) => ({
  terms: [[seed, index, 1]], label, other: label, share: 0, truncation: 1, sliders: Array(SLIDERS).fill(0),
}); // prettier-ignore

/** A - B + C of three places' draws, for the class of C. */
export const arithmetic = (a, b, c) => ({ ...start(0, 0, c.label), terms: [[...a.terms[0].slice(0, 2), 1], [...b.terms[0].slice(0, 2), -1], [...c.terms[0].slice(0, 2), 1]] });

/** The place as a short text for an address: terms~label~other~share~truncation~sliders, then the generator where it is not the usual one. */
export function write(place, model = "") {
  const terms = place.terms.map((term) => term.join("_")).join("!");
  const numbers = [place.label, place.other, place.share, place.truncation];
  return [terms, ...numbers, place.sliders.join("_"), ...(model ? [model] : [])].join("~");
}

/** The generator that such a text names, "" for the usual one. */
export const generator = (text) => text.split("~")[6] ?? "";

/** The place of such a text, or null where it is none. */
export function read(text) {
  const parts = text.split("~");
  if (parts.length < 6 || parts.length > 7) return null;
  const numbers = (part) => part.split("_").map(Number);
  const terms = parts[0].split("!").map(numbers);
  const [label, other, share, truncation] = parts.slice(1, 5).map(Number);
  const sliders = numbers(parts[5]);
  const all = [...terms.flat(), label, other, share, truncation, ...sliders];
  if (!all.every(Number.isFinite) || terms.some((term) => term.length !== 3) || sliders.length !== SLIDERS) return null;
  return { terms, label, other, share, truncation, sliders };
}

/** Do two places differ in nothing but one slider? Then the strip of one shows the other too. */
export function along(a, b, at) {
  const plain = ({ sliders, ...rest }) => JSON.stringify([rest, sliders.map((value, i) => (i === at ? 0 : value))]);
  return plain(a) === plain(b);
}
