// The Generate tab: 16 samples of a seed, the latent bench of the chosen one, walks, the way through the generator, the critic.
//
// data: { words, steps, models: [{key, name}] of this machine }, then per answer { seq, event, ...what that event's handler gives, or error }
// emits, each with the generator's key as model: grid {seed, label}, paint {place}, strips {place}, stages {place}, walk {stops, frames, start}, save {stops, frames, format}, judge {file}

import { addressed, put } from "./address.js";
import { add, button, choice, fill } from "./controls.js";
import { fixed } from "./figures.js";
import { Bench } from "./generate_bench.js";
import { arithmetic, generator, read, start, write } from "./generate_place.js";
import { gesture } from "./gesture.js";
import { Walk } from "./generate_walk.js";
import { Line } from "./line.js";
import { picture } from "./picture.js";

const ORDER = ["grid", "paint", "walk", "save", "judge", "strips", "stages"]; // who goes first
const QUIET_MS = 350; // before what lies around is computed ahead
const HASH = "#generate=";

export default function mount(element, data, emit) {
  element.classList.add("gb-gen", "gb-empty"); // until the first pictures are there
  const tab = new Generate(element, data, emit);
  return { update: (next) => tab.update(next), destroy: () => tab.destroy() };
}

class Generate {
  constructor(element, data, emit) {
    this.words = data.words;
    this.data = data;
    this.line = new Line(emit, ORDER);
    this.seed = 0;
    this.label = "";
    const shared = location.hash.startsWith(HASH) ? decodeURIComponent(location.hash.slice(HASH.length)) : "";
    const wanted = read(shared);
    const keys = (data.models ?? []).map((one) => one.key);
    this.usual = keys[0] ?? "";
    this.model = keys.includes(generator(shared)) ? generator(shared) : this.usual;
    if (wanted) this.seed = wanted.terms[0][0];
    this.build(element);
    this.deaf = addressed("generate", (params) => this.obey(params));
    if (!this.placed) this.ask("grid", { seed: this.seed, label: "", wanted });
    this.say(this.words.busy_first);
  }

  ask(event, detail) {
    this.line.ask(event, { ...detail, model: this.model });
  }

  /** Do what an address says of this tab: a place, and the samples it lies among. */
  obey(params) {
    const place = read(params.get("place") ?? "");
    if (!place) return;
    this.placed = true;
    if (this.model !== this.usual) this.changeModel(this.usual); // a place is one generator's
    if (this.generators) this.generators.select.value = this.usual;
    this.classes.select.value = "";
    this.draw({ seed: place.terms[0][0], label: "" }, place);
  }

  build(element) {
    const { words } = this;
    const bar = add(element, "div", "gb-fuse-row gb-gen-bar");
    const models = this.data.models ?? [];
    if (models.length > 1) {
      const options = models.map((one) => [one.key, one.name]);
      this.generators = choice(bar, { name: words.generator, value: this.model, options, change: (model) => this.changeModel(model) });
    }
    this.classes = choice(bar, { name: words.label, value: "", options: [["", words.label_all]], change: (label) => this.draw({ label }) });
    const label = add(bar, "label", "gb-choice", "");
    add(label, "span", "", words.seed);
    this.seedInput = add(label, "input");
    Object.assign(this.seedInput, { type: "number", min: 0, max: 2147483647, step: 1, value: this.seed });
    this.seedInput.addEventListener("change", () => this.draw({ seed: Math.min(2147483647, Math.max(0, Math.trunc(Number(this.seedInput.value)) || 0)) }));
    button(bar, words.next, () => this.draw({ seed: this.seed + 1 }), "gb-button gb-main");
    this.sort = button(bar, words.sort, () => this.sorted());
    this.sort.setAttribute("aria-pressed", "false");
    this.status = add(element, "p", "gb-fuse-status");
    this.status.setAttribute("role", "status");
    const body = add(element, "div", "gb-gen-body");
    const left = add(body, "div");
    this.grid = add(left, "div", "gb-gen-grid");
    this.critic = add(left, "div");
    const own = add(this.critic, "label", "gb-button gb-fuse-file gb-gen-judge", words.judge);
    const input = add(own, "input");
    Object.assign(input, { type: "file", accept: "image/*" });
    input.setAttribute("aria-label", words.judge);
    input.addEventListener("change", () => input.files[0] && this.ask("judge", { file: input.files[0], name: input.files[0].name }));
    this.judged = add(this.critic, "p", "gb-gen-judged");
    add(this.critic, "p", "gb-muted", words.caveat);
    const right = add(body, "div", "gb-gen-bench");
    this.bench = new Bench(right, this.data, {
      changed: (done) => this.changed(done),
      stop: () => this.walk.add(this.bench.place, this.bench.picture),
      term: (slot) => this.walk.term(slot, this.bench.place, this.bench.picture),
    });
    this.walk = new Walk(add(element, "section"), words, (event, detail) => this.ask(event, detail), (a, b, c) => this.choose(arithmetic(a, b, c)));
    const how = add(element, "details", "gb-gen-how");
    add(how, "summary", "", words.how);
    add(how, "p", "", words.how_text);
    this.how = how;
    this.stages = add(how, "div", "gb-gen-stages");
    how.addEventListener("toggle", () => how.open && this.bench.place && this.ask("stages", { place: this.bench.place }));
    this.told = gesture(element, "place", (text) => this.taken(text));
    this.element = element;
  }

  /** Go to a place of another page, now or when its generator is here. */
  taken(text) {
    const place = read(text);
    if (!place) return;
    if ((generator(text) || this.usual) === this.model && this.fits(place)) this.choose(place);
    else this.later = place;
  }

  fits(place) {
    return Boolean(this.names) && place.label < this.names.length && place.other < this.names.length;
  }

  /** Draw samples; wanted: the place to show among them, else the first. It goes with its question: an older answer may come between. */
  draw(change, wanted = null) {
    Object.assign(this, change);
    this.seedInput.value = this.seed;
    this.say(this.words.busy);
    this.ask("grid", { seed: this.seed, label: this.label, wanted });
  }

  /** Another generator: other classes, another latent space. */
  changeModel(model) {
    for (const event of ORDER) this.line.drop(event);
    clearTimeout(this.timer);
    this.walk.forget();
    this.bench.strips = null;
    this.judged.textContent = "";
    this.draw({ model, label: "" });
  }

  /** A control of the bench moved. */
  changed(done) {
    const { bench } = this;
    if (bench.known()) this.line.drop("paint");
    else this.ask("paint", { place: bench.place });
    clearTimeout(this.timer);
    if (done) {
      const place = write(bench.place, this.model === this.usual ? "" : this.model);
      this.told(place);
      put({ tab: null, place: null }, HASH + encodeURIComponent(place));
      this.timer = setTimeout(() => this.ahead(), QUIET_MS);
    }
  }

  /** Compute what lies around the place, so that the next drag asks nothing. */
  ahead() {
    this.ask("strips", { place: this.bench.place });
    if (this.how.open) this.ask("stages", { place: this.bench.place });
  }

  choose(place) {
    this.bench.load(place, this.names);
    this.changed(true);
    for (const tile of this.grid.children) tile.setAttribute("aria-pressed", String(tile.place === place));
  }

  // ---- answers ----

  async update(answer) {
    if (answer.seq === undefined) return;
    if (answer.line) return void (this.line.hold(answer) && this.wait(answer.line));
    const asked = this.line.take(answer);
    if (!asked || asked.model !== this.model) return; // of a generator that was left
    if (this.waiting) this.wait("");
    try {
      if (answer.error) this.say(answer.error, true);
      else await this[`on_${answer.event}`](answer, asked);
    } catch (error) {
      console.warn(error);
      this.say(this.words.lost, true);
    }
  }

  async on_grid(answer, { wanted }) {
    const sheet = await picture(answer.sheet);
    this.say("");
    this.element.classList.remove("gb-empty");
    this.names = answer.names;
    this.bench.shell = answer.shell;
    this.samples = { ...answer, image: sheet };
    const { select } = this.classes;
    select.length = 1;
    for (const name of answer.names) add(select, "option", "", name).value = name;
    select.value = this.label;
    this.critic.hidden = this.sort.hidden = !answer.critic.length; // not every generator comes with its critic
    this.tiles();
    const place = wanted ?? this.later;
    this.later = null;
    this.choose(place && this.fits(place) ? place : this.grid.firstChild.place);
  }

  tiles() {
    const { image, side, labels, critic, norms } = this.samples;
    this.grid.replaceChildren();
    const order = labels.map((_, at) => at);
    if (this.sort.getAttribute("aria-pressed") === "true" && critic.length) order.sort((i, j) => critic[j] - critic[i] || i - j);
    for (const at of order) {
      const tile = button(this.grid, "", () => this.choose(tile.place), "gb-gen-tile");
      tile.place = start(this.seed, at, labels[at]);
      const canvas = add(tile, "canvas");
      Object.assign(canvas, { width: 2 * side, height: 2 * side });
      canvas.getContext("2d").drawImage(image, (at % 4) * side, Math.floor(at / 4) * side, side, side, 0, 0, 2 * side, 2 * side);
      const score = critic.length ? fixed(critic[at], 1) : "";
      add(tile, "span", "", `${this.names[labels[at]]} ${score}`);
      tile.title = fill(this.words.tile, { label: this.names[labels[at]], norm: norms[at].toFixed(2), score });
    }
  }

  sorted() {
    this.sort.setAttribute("aria-pressed", String(this.sort.getAttribute("aria-pressed") !== "true"));
    if (this.samples) this.tiles();
  }

  async on_paint(answer, asked) {
    const image = await picture(answer.picture);
    if (JSON.stringify(asked.place) !== JSON.stringify(this.bench.place) && this.bench.known()) return; // the hand is elsewhere already
    this.bench.draw(image, 0, 0, image.width, answer.norm, answer.critic);
  }

  async on_strips(answer, asked) {
    const image = await picture(answer.sheet);
    const side = image.width / this.data.steps.length;
    this.bench.takeStrips({ image, side, place: asked.place, norms: answer.norms, critic: answer.critic });
  }

  async on_stages(answer) {
    const images = await Promise.all(answer.stages.map((stage) => picture(stage.url)));
    this.stages.replaceChildren();
    answer.stages.forEach((stage, at) => {
      const box = add(this.stages, "figure");
      const canvas = add(box, "canvas");
      Object.assign(canvas, { width: 8 * 40, height: (images[at].height / images[at].width) * 8 * 40 });
      const context = canvas.getContext("2d");
      context.imageSmoothingEnabled = false;
      context.drawImage(images[at], 0, 0, canvas.width, canvas.height);
      add(box, "figcaption", "", fill(this.words.stage, { number: at + 1, channels: stage.channels, side: stage.side }));
    });
  }

  async on_walk(answer) {
    this.walk.take(await picture(answer.sheet), answer);
  }

  on_save(answer) {
    const link = document.createElement("a");
    Object.assign(link, { href: answer.file.url, download: answer.file.name });
    link.click();
  }

  on_judge(answer) {
    this.judged.textContent = answer.said;
  }

  /** Say the place in the nets' line; "" when that is over. */
  wait(line) {
    this.waiting = line;
    this.say(line);
  }

  say(sentence, failed = false) {
    this.status.textContent = sentence;
    this.status.dataset.state = failed ? "failed" : "";
  }

  destroy() {
    this.deaf();
    clearTimeout(this.timer);
    this.line.stop();
    this.walk.stop();
  }
}
