// Class mode: a teacher's page leads, the pages of those who opened its link follow. One button in the page's head, one small panel.
//
// data: { words, url: where the class's routes are, relative to the page, tabs: titles by key, name_length }
// emits: nothing; it speaks with the routes itself

import { add, button, fill } from "./controls.js";
import { LED, keep, stored } from "./classroom_memory.js";
import { Student } from "./classroom_student.js";
import { Teacher } from "./classroom_teacher.js";

class Classroom {
  constructor(element, data) {
    Object.assign(this, { words: data.words, data, turn: {} });
    this.root = add(element, "section", "gb-classroom");
    this.root.dataset.own = "";
    this.root.setAttribute("aria-label", this.words.name);
    this.root.hidden = true;
    this.teacher = new Teacher(this);
    this.student = new Student(this);
    this.head();
    this.start();
  }

  /** The one button in the head of the page, which may be made a little later. */
  head(tries = 100) {
    const place = document.querySelector(".gb-switches");
    if (!place) {
      if (tries) setTimeout(() => this.head(tries - 1), 100);
      return;
    }
    this.opener = button(place, this.words.name, () => this.show(this.root.hidden));
    this.opener.classList.add("gb-class-switch");
    place.prepend(this.opener);
    this.show(!this.root.hidden);
  }

  show(on) {
    this.root.hidden = !on;
    this.opener?.setAttribute("aria-expanded", String(on));
  }

  start() {
    const code = new URLSearchParams(location.search).get("class");
    const led = stored(sessionStorage, LED);
    if (led && (!code || code === led.code)) this.teacher.lead(led);
    else if (code) this.student.knock(code.slice(0, 20));
    else this.offer();
  }

  async ask(name, detail, get = false) {
    const address = new URL(`${this.data.url}/${name}`, document.baseURI);
    const lang = new URLSearchParams(location.search).get("lang");
    if (lang) address.searchParams.set("lang", lang);
    if (get) for (const [key, value] of Object.entries(detail)) address.searchParams.set(key, value);
    const answer = await fetch(address, get ? { cache: "no-store" } : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(detail) });
    const found = await answer.json();
    if (answer.ok) return found;
    throw Object.assign(new Error(found.error), { key: found.key });
  }

  /** Begin a panel anew; what went on before ends. */
  fresh() {
    this.turn = {};
    this.hold(false);
    this.root.textContent = "";
    return this.turn;
  }

  line(text = "", className = "") {
    const made = add(this.root, "p", className, text);
    made.setAttribute("role", "status");
    return made;
  }

  hold(on) {
    const tabs = document.getElementById("gb-tabs");
    if (tabs && tabs.inert !== on) tabs.inert = on;
  }

  /** What is there before a class: open one, or take up the one led before. */
  offer(sentence = "") {
    const { words } = this;
    this.fresh();
    if (sentence) this.line(sentence, "gb-said");
    add(this.root, "p", "", words.about);
    const row = add(this.root, "div", "gb-class-row");
    button(row, words.open, () => this.open(), "gb-button gb-main");
    const led = stored(localStorage, LED);
    if (led) button(row, fill(words.again, led), () => this.teacher.lead(led));
  }

  async open() {
    try {
      const led = await this.ask("open", {});
      keep(localStorage, LED, led);
      this.teacher.lead(led);
    } catch (error) {
      this.offer(error.key ? error.message : this.words.lost);
    }
  }

  destroy() {
    this.turn = {};
    this.teacher.destroy();
    this.opener?.remove();
  }
}

export default function mount(element, data) {
  const made = new Classroom(element, data);
  return { update() {}, destroy: () => made.destroy() };
}
