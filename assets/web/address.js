// The address as a remote control: ?tab=… names a tab, and the rest of the query sets that tab's controls.
//
// A widget takes its keys when it is built and whenever a lesson sets the page. What an address does not name goes back to its start,
// but for the picture and the nets, which are the visitor's. Which keys there are: vision/faces/lessons.py.

const HELD = ["lang", "__theme", "lesson", "step"]; // of the visitor and the guide, whatever is set

/** Call take(params) whenever the address names a tab: now, and when it is set. Returns a function that ends this. */
export function addressed(tab, take) {
  const hear = () => {
    const params = new URLSearchParams(location.search);
    if (params.get("tab") === tab) take(params);
  };
  document.addEventListener("gb-address", hear);
  hear();
  return () => document.removeEventListener("gb-address", hear);
}

/** The query of an address with another setting of the page; what the visitor chose for the whole page stays. */
export function query(search, set) {
  const out = new URLSearchParams(set), before = new URLSearchParams(search);
  for (const name of HELD) if (before.has(name) && !out.has(name)) out.set(name, before.get(name));
  return `?${out}`;
}

/** Set the page as a query says: the address first, then all who listen. */
export function go(set) {
  history.replaceState(history.state, "", location.pathname + query(location.search, set));
  document.dispatchEvent(new CustomEvent("gb-address"));
}

/** Put values into the address, null to take one out, and set nothing. */
export function put(values, hash = location.hash) {
  const params = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) {
    if (value === null) params.delete(name);
    else params.set(name, String(value));
  }
  history.replaceState(history.state, "", `${location.pathname}${params.size ? `?${params}` : ""}${hash}`);
}

/** Keep an address that sets a tab true after the visitor took another picture; any other address stays as it is. */
export function note(values) {
  if (new URLSearchParams(location.search).has("tab")) put(values);
}

/** A number of a query within its bounds, else another one. */
export function within(params, name, low, high, otherwise) {
  const value = params.has(name) ? Number(params.get(name)) : NaN;
  return value >= low && value <= high ? value : otherwise;
}

/** A word of a query that is one of some, else another one. */
export const among = (params, name, known, otherwise) => (known.includes(params.get(name)) ? params.get(name) : otherwise);

/** Bring what an address opened into view, as soon as nothing above it has grown for half a second. */
export function look(element, tries = 100, before = NaN, still = 0) {
  const top = element.getBoundingClientRect().top + scrollY;
  if (still === 5) element.scrollIntoView({ block: "start" });
  else if (tries) setTimeout(() => look(element, tries - 1, top, top === before ? still + 1 : 0), 100);
}
