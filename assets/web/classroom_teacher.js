// The teacher's part of class mode: the class's link, who is there, and what this page shows, told about once a second.
//
// room: the panel, see classroom.js

import { add, button, fill } from "./controls.js";
import { LED, keep } from "./classroom_memory.js";
import { panel, said, tabNow } from "./classroom_mirror.js";

const SECOND = 1000;
const BEAT = 3; // seconds between two signs of life of a teacher who changes nothing

export class Teacher {
  constructor(room) {
    Object.assign(this, { room, pictures: {}, news: false, before: "", beat: 0 });
    this.onSent = ({ detail }) => this.sent(detail);
    this.onPictures = ({ detail: { tab, pictures } }) => (this.pictures[tab] = pictures); // of Fuse, as the server named them
    document.addEventListener("gb-sent", this.onSent);
    document.addEventListener("gb-pictures", this.onPictures);
  }

  lead(led) {
    const { room } = this;
    const turn = room.fresh();
    keep(sessionStorage, LED, led);
    add(room.root, "p", "gb-class-code", led.code).setAttribute("aria-label", fill(room.words.code, led));
    const side = add(room.root, "div", "gb-class-side");
    this.tools(add(side, "div", "gb-class-row"), led);
    const who = add(side, "div", "gb-class-row");
    this.there = add(who, "p");
    this.there.setAttribute("role", "status");
    this.list = add(who, "ul", "gb-class-students");
    room.show(true);
    Object.assign(this, { before: "", news: true, beat: 0 });
    this.teach(led, turn);
  }

  /** The link for students, the switch that holds them, and the class's end. */
  tools(row, led) {
    const { words } = this.room;
    const link = new URL(location.href);
    link.search = link.hash = "";
    link.searchParams.set("class", led.code);
    const field = add(row, "input", "gb-class-link");
    Object.assign(field, { type: "text", readOnly: true, value: link.href, ariaLabel: words.link });
    field.addEventListener("focus", () => field.select());
    const copy = button(row, words.copy, async () => {
      await navigator.clipboard?.writeText(link.href).then(() => (copy.textContent = words.copied), () => field.select());
    });
    const label = add(row, "label", "gb-class-check");
    this.freeze = add(label, "input");
    this.freeze.type = "checkbox";
    this.freeze.addEventListener("change", () => (this.news = true));
    add(label, "span", "", words.freeze);
    button(row, words.end, () => this.end(led));
  }

  /** What this page shows. */
  shows() {
    const tab = tabNow(), root = panel();
    return { tab, pictures: this.pictures[tab] ?? {}, controls: root ? said(root) : {} };
  }

  async teach(led, turn) {
    const { room } = this;
    for (; turn === room.turn; await new Promise((resolve) => setTimeout(resolve, SECOND))) {
      const state = this.shows(), text = JSON.stringify(state);
      const changed = text !== this.before;
      this.beat -= 1;
      if (!changed && !this.news && this.beat > 0) continue;
      this.news = false;
      try {
        const { students } = await room.ask("lead", { ...led, frozen: this.freeze.checked, state: changed ? state : null });
        this.before = text;
        this.beat = BEAT;
        if (turn === room.turn) this.students(students);
      } catch (error) {
        if (turn !== room.turn) return;
        if (error.key === "classroom.unknown" || error.key === "classroom.led") {
          this.forget();
          room.offer(error.message);
          return;
        }
        this.there.textContent = error.key ? error.message : room.words.lost;
      }
    }
  }

  students(students) {
    const { list, room: { words } } = this;
    this.there.textContent = students.length ? fill(words.there, { count: students.length }) : words.nobody;
    list.textContent = "";
    for (const { name, alone } of students) add(list, "li", alone ? "gb-muted" : "", alone ? fill(words.is_alone, { name }) : name);
  }

  async end(led) {
    const { room } = this;
    room.fresh();
    this.forget();
    await room.ask("end", led).catch((error) => console.info(error));
    room.offer(room.words.ended);
  }

  forget() {
    sessionStorage.removeItem(LED);
    localStorage.removeItem(LED);
  }

  /** A widget of this page sent a picture, or asked for an example: it is what the class is shown. */
  sent({ host, detail }) {
    const tab = host.querySelector("[data-takes]")?.dataset.takes;
    if (!tab || !detail || typeof detail !== "object" || detail.given) return; // Fuse, which asks with both its pictures, tells of them itself
    const example = detail.example ?? (detail.path === undefined && detail.shared === undefined ? detail.key : undefined);
    const file = detail.path ? { path: detail.path } : detail.shared ? { shared: detail.shared } : null;
    if (file) this.pictures[tab] = { a: { ...file, name: String(detail.orig_name ?? detail.name ?? "").slice(0, 120) } };
    else if (typeof example === "string" && detail.family === undefined) this.pictures[tab] = { a: { example } };
  }

  destroy() {
    document.removeEventListener("gb-sent", this.onSent);
    document.removeEventListener("gb-pictures", this.onPictures);
  }
}
