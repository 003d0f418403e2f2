// Labelled native inputs for widgets; text is never markup.

import { PERCENT } from "./figures.js";

/** Add a child with a class and a text. */
export function add(parent, tag, className = "", text = "") {
  const child = parent.appendChild(document.createElement(tag));
  if (className) child.className = className;
  child.textContent = text;
  return child;
}

/** Set a text only where it differs: layout and screen readers are left alone. */
export function tell(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Fill the {holes} of a template with values, which are never read as templates themselves; {{ and }} stand for braces. */
export const fill = (template, values = {}) => {
  const value = (hole, name) => (name in values ? String(values[name]).replace(/^([<\d.e+ -]*\d) %$/, `$1${PERCENT}`) : hole);
  return template.replace(/\{\{|\}\}|\{(\w+)\}/g, (hole, name) => (name === undefined ? hole[0] : value(hole, name)));
};

/** A button; `run` on click. */
export function button(parent, text, run, className = "gb-button") {
  const made = add(parent, "button", className, text);
  made.type = "button";
  made.addEventListener("click", run);
  return made;
}

/** A slider with its name and its value in words. `show(value)` gives the words; `change(value, done)`: done is true at the end of a drag. */
export function slider(parent, { name, min, max, step, value, show = String, change }) {
  const label = add(parent, "label", "gb-slider");
  add(label, "span", "gb-slider-name", name);
  const input = add(label, "input");
  Object.assign(input, { type: "range", min, max, step });
  input.value = value;
  const output = add(label, "output", "", show(Number(input.value)));
  const tell = (done) => {
    output.textContent = show(Number(input.value));
    input.setAttribute("aria-valuetext", output.textContent);
    change(Number(input.value), done);
  };
  input.setAttribute("aria-valuetext", output.textContent);
  input.addEventListener("input", () => tell(false));
  input.addEventListener("change", () => tell(true));
  return {
    label,
    input,
    /** Show a value that came from elsewhere, without telling. */
    set(next) {
      input.value = next;
      output.textContent = show(Number(input.value));
      input.setAttribute("aria-valuetext", output.textContent);
    },
  };
}

/** A list to choose from: options [[key, text]] or [[group, [[key, text]]]]. */
export function choice(parent, { name, options, value, change }) {
  const label = add(parent, "label", "gb-choice");
  add(label, "span", "", name);
  const select = add(label, "select");
  for (const [key, text] of options) {
    if (Array.isArray(text)) {
      const group = add(select, "optgroup");
      group.label = key;
      for (const [inner, words] of text) add(group, "option", "", words).value = inner;
    } else {
      add(select, "option", "", text).value = key;
    }
  }
  select.value = value;
  select.addEventListener("change", () => change(select.value));
  return { label, select };
}

let groups = 0;

/** A row of radio buttons that looks like one switch. */
export function radios(parent, { name, options, value, change }) {
  const set = add(parent, "fieldset", "gb-radios");
  add(set, "legend", "", name);
  const group = `gb-radios-${(groups += 1)}`;
  const inputs = new Map();
  for (const [key, text] of options) {
    const label = add(set, "label");
    const input = add(label, "input");
    Object.assign(input, { type: "radio", name: group, value: key, checked: key === value });
    input.addEventListener("change", () => change(key));
    add(label, "span", "", text);
    inputs.set(key, { input, label });
  }
  return {
    set,
    inputs,
    choose(key) {
      const one = inputs.get(key);
      if (one) one.input.checked = true;
    },
  };
}
