// Many pictures, below the Detect tab: a table that fills while the detector works, and files of what is done, also after Stop.
//
// data: { words: of the section detect, models: [{key, name, local}], most: pictures of one go, score, iou: where the sliders begin }, then per
//   answer { seq, row: [name, boxes, what was found] | download: {url, name} | said: a sentence }, or { failed }
// emits: picture {seq, go, first, model, score, iou, name, file}, save {seq, go, kind}; one question at a time

import { add, button, choice, fill, slider } from "./controls.js";
import { dropped, entries } from "./measure_truth.js";
import { Questions } from "./questions.js";

const LOST_MS = 180_000; // a detector may have to be loaded, or a class may be waiting for it
const FILES = ".jpg,.jpeg,.png,.webp,.avif,.heic,.heif,.gif,.bmp,.tif,.tiff"; // as the intake of one photo has them
const PICTURE = new RegExp(`(${FILES.replaceAll(".", "\\.").replaceAll(",", "|")})$`, "i");

export default function mount(element, data, emit) {
  const one = new Many(element, data, emit);
  return { update: (answer) => one.questions.update(answer), destroy: () => one.stop() };
}

class Many {
  constructor(element, data, emit) {
    const { words } = data;
    Object.assign(this, { words, data, questions: new Questions(emit, words, LOST_MS), go: 0, pictures: [], done: 0 });
    this.root = add(element, "details", "gb-lab gb-many");
    add(this.root, "summary", "", words.batch);
    const body = add(this.root, "div", "gb-many-body");
    this.intake(body);
    this.settings(body);
    const row = add(body, "div", "gb-many-row");
    this.starter = button(row, words.batch_start, () => this.start(), "gb-button gb-main");
    this.stopper = button(row, words.batch_stop, () => this.stop());
    this.stopper.disabled = true;
    this.progress = add(body, "progress");
    this.progress.setAttribute("aria-label", words.batch);
    this.progress.hidden = true;
    this.said = add(body, "p", "gb-lab-said");
    this.said.setAttribute("role", "status");
    this.files = add(body, "div", "gb-many-row");
    for (const [kind, key] of [["json", "export_coco"], ["csv", "export_csv"]]) button(this.files, words[key], () => this.save(kind));
    this.table = add(body, "table");
    const head = add(add(this.table, "thead"), "tr");
    for (const key of ["batch_picture", "batch_count", "batch_what"]) add(head, "th", "", words[key]).scope = "col";
    this.rows = add(this.table, "tbody");
    for (const one of [this.files, this.table]) one.hidden = true;
    element.addEventListener("gb-say", (event) => {
      event.preventDefault(); // said here, so the page need not
      this.questions.fail(Object.assign(new Error(event.detail), { row: true })); // of this picture, such as one that is too large
    });
  }

  intake(body) {
    const row = add(body, "div", "gb-many-row");
    for (const [key, attributes] of [["batch_files", { multiple: true, accept: FILES }], ["batch_folder", { webkitdirectory: true }]]) {
      const input = add(row, "input", "gb-hidden");
      Object.assign(input, { type: "file", tabIndex: -1, ...attributes });
      input.setAttribute("aria-hidden", "true");
      input.addEventListener("change", () => {
        this.take([...input.files]);
        input.value = ""; // the same again is a choice too
      });
      button(row, this.words[key], () => input.click());
    }
    this.root.addEventListener("dragover", (event) => event.preventDefault());
    this.root.addEventListener("drop", async (event) => {
      event.preventDefault();
      this.take(await dropped(event.dataTransfer));
    });
  }

  settings(body) {
    const { words, data } = this;
    const row = add(body, "div", "gb-many-row");
    const options = data.models.map((one) => [one.key, one.local ? one.name : fill(words.to_download, one)]);
    this.model = choice(row, { name: words.detector, options, value: options[0]?.[0], change() {} }).select;
    const share = (key) => slider(row, { name: words[key], min: 0, max: 1, step: 0.01, value: data[key], show: (value) => value.toFixed(2), change() {} }).input;
    [this.score, this.iou] = [share("score"), share("iou")];
  }

  async take(files) {
    try {
      const found = await entries(files);
      this.pictures = found.filter(({ path }) => PICTURE.test(path)).slice(0, this.data.most);
      this.tell(fill(this.words[this.pictures.length ? "batch_chosen" : "batch_nothing"], { count: this.pictures.length }));
    } catch (error) {
      console.info(error);
      this.tell(this.words.batch_nothing);
    }
  }

  // ---- a go ----

  async start() {
    const { pictures, words } = this;
    if (!pictures.length) return this.tell(words.batch_nothing);
    const go = (this.go = 1 + Math.floor(Math.random() * 999_999_999));
    const how = { model: this.model.value, score: Number(this.score.value), iou: Number(this.iou.value) };
    this.rows.replaceChildren();
    Object.assign(this, { begun: false, done: 0 });
    this.working(true);
    this.tell("");
    try {
      for (const one of pictures) {
        const row = await this.look(one, how);
        if (go !== this.go) return;
        this.add(row, pictures.length);
        if (this.stopping) break;
      }
    } catch (error) {
      this.tell(error.message);
    }
    this.working(false);
  }

  /** One picture's row; a first one begins the go on the server. */
  async look({ path, get }, how) {
    const name = path.split("/").pop();
    try {
      const blob = await get();
      const file = blob instanceof File ? blob : new File([blob], name, { type: blob.type });
      const { row } = await this.questions.ask("picture", { ...how, go: this.go, first: !this.begun, name, file });
      this.begun = true;
      return row;
    } catch (error) {
      if (error.row) return [name, 0, error.message];
      throw error;
    }
  }

  add([name, count, what], of) {
    const row = add(this.rows, "tr");
    const head = add(row, "th", "", name);
    head.scope = "row";
    add(row, "td", "gb-many-count", String(count));
    add(row, "td", "", what);
    this.files.hidden = !this.begun;
    this.done += 1;
    Object.assign(this.progress, { max: of, value: this.done });
    this.tell(fill(this.words.batch_done, { done: this.done, of }));
  }

  /** What is under way is still waited for: the picture after it is the first that is left out. */
  stop() {
    this.stopping = true;
    this.stopper.disabled = true;
  }

  working(on) {
    this.stopping = false;
    this.starter.disabled = on;
    this.stopper.disabled = !on;
    this.progress.hidden = !on;
    this.progress.removeAttribute("value");
    if (on) this.files.hidden = true;
    this.table.hidden = !on && !this.rows.childElementCount;
  }

  async save(kind) {
    try {
      const { download } = await this.questions.ask("save", { go: this.go, kind });
      Object.assign(document.createElement("a"), { href: new URL(download.url, document.baseURI), download: download.name }).click();
    } catch (error) {
      this.tell(error.message);
    }
  }

  tell(sentence) {
    this.said.textContent = sentence;
  }
}
