// The two pictures on top of the Fuse tab: choose, drop or paste a file, take an example, exchange A and B.

import { add, button, fill } from "./controls.js";

/** Build the strip. `pick(slot, what)`: what is {file}, {example} or, with slot "both", {pair}; `swap()`; `take({a, b})`: what a class is shown. */
export function sources(parent, data, pick, swap, take) {
  const { words } = data;
  parent.dataset.takes = "fuse";
  parent.addEventListener("gb-take", ({ detail }) => detail.pictures && take(detail.pictures));
  const slots = {};
  const makeSlot = (slot) => {
    const box = add(parent, "div", "gb-fuse-slot");
    box.dataset.slot = slot;
    const canvas = add(box, "canvas", "gb-fuse-thumb");
    canvas.hidden = true;
    const text = add(box, "div", "gb-fuse-slot-text");
    const title = add(text, "strong", "", slot.toUpperCase());
    const name = add(text, "span", "gb-muted gb-fuse-name");
    const row = add(text, "div", "gb-fuse-row");
    const label = add(row, "label", "gb-button gb-fuse-file", words.choose);
    const input = add(label, "input");
    Object.assign(input, { type: "file", accept: "image/*" });
    input.setAttribute("aria-label", fill(words.choose_slot, { slot: slot.toUpperCase() }));
    input.addEventListener("change", () => {
      if (input.files[0]) pick(slot, { file: input.files[0] });
      input.value = "";
    });
    const examples = add(row, "select", "gb-fuse-example");
    examples.setAttribute("aria-label", fill(words.example_slot, { slot: slot.toUpperCase() }));
    add(examples, "option", "", words.example).value = "";
    for (const tile of data.tiles) add(examples, "option", "", tile.title).value = tile.key;
    examples.addEventListener("change", () => {
      if (examples.value) pick(slot, { example: examples.value });
      examples.value = "";
    });
    box.addEventListener("dragover", (event) => {
      event.preventDefault();
      box.classList.add("gb-over");
    });
    box.addEventListener("dragleave", () => box.classList.remove("gb-over"));
    box.addEventListener("drop", (event) => {
      event.preventDefault();
      event.stopPropagation();
      box.classList.remove("gb-over");
      if (event.dataTransfer.files[0]) pick(slot, { file: event.dataTransfer.files[0] });
    });
    slots[slot] = { box, canvas, title, name };
  };
  makeSlot("a");
  const exchange = button(parent, "⇄", swap, "gb-button gb-fuse-swap");
  exchange.setAttribute("aria-label", words.swap);
  exchange.title = words.swap;
  makeSlot("b");
  return {
    /** Show the pictures (ImageData, or null) with their names and sizes, and tell the class of them as the server named them. */
    show(images, facts) {
      for (const [slot, image] of Object.entries(images)) if (image) thumb(slots[slot], image, facts[slot]);
      document.dispatchEvent(new CustomEvent("gb-pictures", { detail: { tab: "fuse", pictures: facts.sources } }));
    },
  };
}

function thumb({ canvas, name }, image, facts) {
  const scale = Math.min(1, 160 / Math.max(image.width, image.height));
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  const whole = new OffscreenCanvas(image.width, image.height);
  whole.getContext("2d").putImageData(image, 0, 0);
  canvas.getContext("2d").drawImage(whole, 0, 0, canvas.width, canvas.height);
  canvas.hidden = false;
  name.textContent = [facts.name, `${facts.width} × ${facts.height}`, ...facts.notes].join(" · ");
  name.title = name.textContent;
}

/** The tiles before there is a picture: pairs to begin with, each with what it teaches. */
export function tiles(parent, data, pick) {
  const box = add(parent, "div", "gb-fuse-start");
  add(box, "p", "", data.words.start);
  const row = add(box, "div", "gb-fuse-tiles");
  for (const pair of data.pairs) {
    const tile = button(row, "", () => pick("both", { pair: pair.key }), "gb-fuse-tile");
    const faces = add(tile, "span", "gb-fuse-faces");
    for (const url of pair.urls) {
      const face = add(faces, "img");
      Object.assign(face, { src: url, alt: "" });
    }
    add(tile, "strong", "", pair.title);
    add(tile, "span", "gb-muted", pair.hint);
  }
  return box;
}
