// How a photo comes in: dropped, pasted, chosen, from the camera, or an example; and what is said of the one that is here.

import { add, button, fill } from "./controls.js";
import { snap } from "./classify_webcam.js";

const TYPES = "image/*,.heic,.heif,.avif,.tif,.tiff";

/** True where keys and the clipboard belong to what is being typed. */
const typing = (target) => target instanceof Element && target.closest("input:not([type=range], [type=radio], [type=checkbox]), textarea, [contenteditable=true]");

export class Intake {
  /** host: the element that takes drops; send(event, detail, sentence): the picture goes out, and the sentence says so meanwhile. */
  constructor(parent, host, words, send) {
    Object.assign(this, { words, host, send });
    this.root = add(parent, "section", "gb-intake");
    this.root.setAttribute("aria-label", words.intake);
    this.photo = add(this.root, "img", "gb-intake-photo");
    this.photo.alt = "";
    const middle = add(this.root, "div", "gb-intake-words");
    this.lead = add(middle, "p", "gb-intake-lead");
    this.note = add(middle, "p", "gb-muted gb-intake-note");
    this.step = add(middle, "p", "gb-step");
    this.step.setAttribute("role", "status");
    this.said = add(middle, "p", "gb-said");
    this.said.setAttribute("role", "alert");
    this.buttons();
    this.tiles = add(this.root, "ul", "gb-tiles");
    this.tiles.setAttribute("aria-label", words.examples);
    this.listen();
    this.show({});
  }

  buttons() {
    const line = (this.line = add(this.root, "div", "gb-row gb-intake-buttons"));
    const file = add(line, "input", "gb-hidden");
    Object.assign(file, { type: "file", accept: TYPES, tabIndex: -1 });
    file.setAttribute("aria-hidden", "true");
    file.addEventListener("change", () => {
      this.take(file.files);
      file.value = ""; // the same file again is a choice too
    });
    this.chooser = button(line, this.words.choose, () => file.click(), "gb-button gb-main");
    if (navigator.mediaDevices?.getUserMedia) button(line, this.words.webcam, () => this.camera());
  }

  async camera() {
    try {
      const blob = await snap(this.root, this.words);
      if (blob) this.take([new File([blob], "webcam.jpg", { type: blob.type })]);
    } catch (error) {
      console.info(error); // refused, or no camera: the sentence says what else there is
      this.tell(this.words.webcam_none);
    }
  }

  listen() {
    const inside = (event) => event.dataTransfer?.types.includes("Files");
    const mark = (on) => this.host.classList.toggle("gb-dropping", on);
    this.host.addEventListener("dragover", (event) => {
      if (!inside(event)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
      mark(true);
    });
    this.host.addEventListener("dragleave", (event) => !this.host.contains(event.relatedTarget) && mark(false));
    this.host.addEventListener("drop", (event) => {
      event.preventDefault();
      mark(false);
      this.take(event.dataTransfer.files, this.words.drop_nothing);
    });
    this.onPaste = (event) => {
      if (!this.host.checkVisibility() || typing(event.target)) return;
      if (event.clipboardData.files.length) this.take(event.clipboardData.files);
    };
    document.addEventListener("paste", this.onPaste);
    this.host.addEventListener("gb-take", ({ detail }) => this.given(detail)); // from another tab (visit.js)
  }

  /** Take {file}, {shared, name} of a picture that a class was shown, or {example}. */
  given({ file, shared, name = "", example }) {
    if (example) this.send("example", { key: example }, fill(this.words.sending, { name }));
    else if (file) this.take([file]);
    else this.send("picture", { shared, name }, fill(this.words.sending, { name }));
  }

  /** Send the first of some files; several: say that one is taken. */
  take(files, nothing = "") {
    const file = files[0];
    this.tell(file ? (files.length > 1 ? fill(this.words.one_only, { name: file.name }) : "") : nothing);
    if (file) this.send("picture", { file }, fill(this.words.sending, { name: file.name }));
  }

  /** Say one sentence to the visitor; "" takes the last one away. */
  tell(sentence) {
    this.said.textContent = sentence;
    this.said.hidden = !sentence;
  }

  /** Take an example by its key; one that is not there is let be. */
  example(wanted) {
    const found = this.examples?.find(({ key }) => key === wanted);
    if (found) this.send("example", { key: wanted }, fill(this.words.sending, { name: found.title }));
  }

  offer(examples) {
    this.tiles.textContent = "";
    for (const { key, title, credit, url } of examples) {
      const tile = button(add(this.tiles, "li"), "", () => this.example(key), "gb-tile");
      const image = add(tile, "img");
      Object.assign(image, { alt: "", src: url, loading: "lazy", width: 120, height: 90 });
      add(tile, "span", "", title);
      tile.title = credit;
    }
  }

  /** Show {photo, step: a sentence, examples}. */
  show({ photo, step = "", examples }) {
    if (examples && examples !== this.examples) this.offer((this.examples = examples));
    const { words } = this;
    this.root.classList.toggle("gb-has-photo", Boolean(photo));
    this.photo.hidden = !photo;
    if (photo && this.photo.getAttribute("src") !== photo.url) this.photo.src = photo.url;
    this.lead.textContent = photo ? photo.name || words.unnamed : words.start;
    const size = photo ? [fill(words.size, photo), ...photo.notes, photo.credit].filter(Boolean).join(" ") : words.start_more;
    this.note.textContent = this.note.title = size;
    this.chooser.textContent = photo ? words.another : words.choose;
    this.chooser.classList.toggle("gb-main", !photo);
    if (this.step.textContent !== step) this.step.textContent = step;
  }

  destroy() {
    document.removeEventListener("paste", this.onPaste);
  }
}
