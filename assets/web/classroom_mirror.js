// What one page shows, its open tab and its controls, as plain values, and another page made to show the same; native controls only, whatever they belong to.

const CONTROLS = "input[type=range], input[type=checkbox], input[type=radio], input[type=text], input[type=search], input[type=number], input.gb-gesture, select, details";
const MOST = 400; // controls
const TEXT = 200; // of a text or an option

/** What tells a control from others, equal on both pages whatever their language: its kind, its bounds, its options. */
function kind(element) {
  const { tagName, type, min, max, step } = element;
  if (tagName === "DETAILS") return "details";
  if (tagName === "SELECT") return `select ${[...element.options].map(({ value }) => value).join("|").slice(0, TEXT)}`;
  if (type === "range") return `range ${min} ${max} ${step}`;
  if (type === "hidden") return `gesture ${element.name}`; // gesture.js
  return type === "radio" ? `radio ${element.value.slice(0, TEXT)}` : type;
}

/** The controls below an element by keys that another page shares: the widget, the kind, and which of that kind it is. */
export function controls(root) {
  const found = new Map(), counts = new Map();
  for (const element of root.querySelectorAll(CONTROLS)) {
    const widget = element.closest("[id^=gb-]")?.id;
    if (!widget || element.closest("[data-own]")) continue;
    const name = `${widget} ${kind(element)}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    found.set(`${name} #${counts.get(name)}`, element);
    if (found.size >= MOST) break;
  }
  return found;
}

/** What a control says. */
export function value(element) {
  if (element.tagName === "DETAILS") return element.open;
  if (element.type === "checkbox" || element.type === "radio") return element.checked;
  return element.type === "hidden" ? element.value : element.value.slice(0, TEXT);
}

/** Make a control say something, as a hand would; returns whether there was anything to do. */
export function set(element, wanted) {
  if (value(element) === wanted || (element.type === "radio" && !wanted)) return false; // of radios one is set, and the others follow
  if (element.tagName === "DETAILS") {
    element.open = wanted === true;
    return true;
  }
  if (element.type === "checkbox" || element.type === "radio") element.checked = wanted === true;
  else element.value = String(wanted);
  for (const event of ["input", "change"]) element.dispatchEvent(new Event(event, { bubbles: true }));
  return true;
}

/** All that the controls below an element say. */
export function said(root) {
  return Object.fromEntries([...controls(root)].map(([key, element]) => [key, value(element)]));
}

/** The key of the tab that is open, or nothing. */
export const tabNow = () => document.querySelector('#gb-tabs [role="tab"][aria-selected="true"]')?.dataset.tabId ?? "";

/** What that tab shows; undefined where it is not made yet. */
export const panel = () => [...document.querySelectorAll("#gb-tabs [role=tabpanel]")].find((one) => one.checkVisibility());
