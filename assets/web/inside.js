// The Inside tab: one photo on its way through a CNN and a vision transformer, and the small sums both are made of.
//
// data: { words: the sections classify (how a photo comes in) and inside, examples, models, photo, steps, said, said_serial, run, serial: as
//   the Classify tab has them
//   cnn: the fields of `Layers` (vision/core/results_inside.py), vit: of `Tokens`, arrays as {url, dtype, shape}; each with
//        {id, labels (address), name, top: [{label, index, score}], logits}, or null }
// emits: picture {file, turn}, example {key, turn}, model {family, key}, stop {family}; nothing else: every look is local

import { addressed, among, note } from "./address.js";
import { Intake } from "./classify_intake.js";
import { add, radios } from "./controls.js";
import { Hand } from "./inside_hand.js";
import { brought } from "./inside_material.js";
import { Sums } from "./inside_sums.js";
import { Stages } from "./inside_stages.js";
import { Tokens } from "./inside_tokens.js";

const FAMILIES = ["cnn", "vit"];
const VIEWS = { cnn: Stages, vit: Tokens, sums: Sums, hand: Hand };

class Tab {
  constructor(element, data, emit) {
    Object.assign(this, { words: data.words, emit, data: { steps: {} }, sending: "", turn: 0, material: {}, look: { tables: null } });
    this.root = add(element, "div", "gb-classify gb-inside"); // the Classify tab's clothes, and some of its own
    this.root.dataset.takes = "inside";
    this.intake = new Intake(this.root, this.root, this.words, (event, detail, sentence) => this.send(event, detail, sentence));
    this.body = add(this.root, "div", "gb-inside-body");
    const names = Object.keys(VIEWS).map((key) => [key, this.words[`view_${key}`]]);
    this.switch = radios(this.body, { name: this.words.views, options: names, value: "cnn", change: (key) => this.turnTo(key) });
    this.views = Object.fromEntries(Object.entries(VIEWS).map(([key, View]) => [key, new View(this.body, this.words, emit, this.look)]));
    this.turnTo("cnn");
    this.onSay = (event) => {
      event.preventDefault(); // said here, so the page need not
      this.sending = "";
      this.intake.tell(event.detail);
      this.intake.show({ photo: this.data.photo });
    };
    element.addEventListener("gb-say", this.onSay); // the host could not send: it says why
    fetch(new URL("./colormaps.json", import.meta.url))
      .then((answer) => answer.json())
      .then((tables) => {
        this.look.tables = { viridis: Uint8Array.from(tables.viridis.flat()) };
        for (const view of Object.values(this.views)) view.draw();
      });
    this.update(data);
    this.deaf = addressed("inside", (params) => this.obey(params));
  }

  /** Do what an address says of this tab. */
  obey(params) {
    const key = among(params, "look", Object.keys(VIEWS), "cnn");
    this.switch.choose(key);
    this.turnTo(key);
    if (params.has("example")) this.intake.example(params.get("example"));
  }

  turnTo(key) {
    for (const [name, view] of Object.entries(this.views)) view.root.hidden = name !== key;
    this.views[key].draw();
  }

  send(event, detail, sentence) {
    this.sending = sentence;
    note({ example: detail.key ?? null });
    this.intake.show({ photo: this.data.photo, step: sentence });
    this.emit(event, { ...detail, turn: (this.turn += 1) });
  }

  update(data) {
    if (data.run && data.run === this.data.run && data.serial < this.data.serial) return; // overtaken on the way
    const before = this.data;
    this.data = { ...before, ...data };
    const { photo, steps } = this.data;
    if (data.serial !== undefined) this.sending = "";
    const step = this.sending || steps?.picture?.text || "";
    this.intake.show({ photo, step, examples: this.data.examples });
    if (this.data.said_serial !== before.said_serial) this.intake.tell(this.data.said ?? "");
    this.body.hidden = !photo;
    if (photo?.url !== before.photo?.url) this.bring(photo);
    for (const family of FAMILIES) this.fetch(family, this.data[family] ?? null);
    this.show();
  }

  /** Load the photo itself. */
  bring(photo) {
    this.image = null;
    if (!photo) return;
    const image = new Image();
    image.src = new URL(photo.url, document.baseURI);
    const current = () => photo.url === this.data.photo?.url; // else overtaken
    image.decode().then(() => current() && this.show(Object.assign(this, { image })), (error) => current() && this.lost(error));
  }

  /** Fetch what a net holds, once; the one before is gone with its photo. */
  fetch(family, packed) {
    if (packed?.id === this.material[family]?.id) return;
    this.material[family] = packed && { id: packed.id, found: null };
    if (!packed) return;
    const current = () => this.data[family]?.id === packed.id;
    const take = (found) => {
      if (!current()) return;
      this.material[family] = { id: packed.id, found };
      this.show();
    };
    brought(packed).then(take, (error) => current() && this.lost(error));
  }

  lost(error) {
    console.info(error);
    this.intake.tell(this.words.lost);
  }

  /** Tell every view what there is now. */
  show() {
    const { photo, models, steps } = this.data, { image } = this;
    const found = Object.fromEntries(FAMILIES.map((family) => [family, this.material[family]?.found ?? null]));
    for (const family of FAMILIES) {
      this.views[family].update({ photo, image, answer: this.data[family], material: found[family], models: models?.[family], step: steps?.[family] });
    }
    this.views.sums.update(found);
    this.views.hand.update(found);
  }

  destroy() {
    this.deaf();
    this.intake.destroy();
    for (const view of Object.values(this.views)) view.destroy();
  }
}

export default function mount(element, data, emit) {
  const tab = new Tab(element, data, emit);
  return { update: (next) => tab.update(next), destroy: () => tab.destroy() };
}
