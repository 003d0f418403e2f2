// Class mode: a teacher's page leads, the pages of those who opened its link follow. One button in the page's head, one small panel.
//
// data: { words, url: where the class's routes are, relative to the page, tabs: titles by key, name_length }
// emits: nothing; it speaks with the routes itself

import { add, button, fill } from "./controls.js";
import { controls, said, set } from "./classroom_mirror.js";
import { give, openTab } from "./visit.js";

const SECOND = 1000;
const BEAT = 3; // seconds between two signs of life of a teacher who changes nothing
const TRIES = 4; // how often a control is set to the same value; one that refuses is left alone
const LED = "glassbox-class"; // in this browser's storage: {code, secret} of the class that it leads
const OWN = ["input", "change", "click", "drop"]; // what a hand does
const ME = "glassbox-student"; // in this tab's: {code, student, name}

const stored = (place, name) => {
  try {
    return JSON.parse(place.getItem(name)) ?? null;
  } catch {
    return null;
  }
};
const panel = () => [...document.querySelectorAll("#gb-tabs [role=tabpanel]")].find((one) => one.checkVisibility());
const tabNow = () => document.querySelector('#gb-tabs [role="tab"][aria-selected="true"]')?.dataset.tabId ?? "";

class Classroom {
  constructor(element, data) {
    Object.assign(this, { words: data.words, data, pictures: {}, tries: new Map(), given: {}, serial: -1, alone: false, state: null });
    this.root = add(element, "section", "gb-classroom");
    this.root.dataset.own = "";
    this.root.setAttribute("aria-label", this.words.name);
    this.root.hidden = true;
    this.onSent = ({ detail }) => this.sent(detail);
    document.addEventListener("gb-sent", this.onSent);
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
    if (led && (!code || code === led.code)) this.lead(led);
    else if (code) this.knock(code.slice(0, 20));
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

  // ---- before a class ----

  offer(sentence = "") {
    const { words } = this;
    this.fresh();
    if (sentence) this.line(sentence, "gb-said");
    add(this.root, "p", "", words.about);
    const row = add(this.root, "div", "gb-class-row");
    button(row, words.open, () => this.open(), "gb-button gb-main");
    const led = stored(localStorage, LED);
    if (led) button(row, fill(words.again, led), () => this.lead(led));
  }

  async open() {
    try {
      const led = await this.ask("open", {});
      localStorage.setItem(LED, JSON.stringify(led));
      this.lead(led);
    } catch (error) {
      this.offer(error.key ? error.message : this.words.lost);
    }
  }

  // ---- the teacher ----

  lead(led) {
    const { words } = this;
    const turn = this.fresh();
    sessionStorage.setItem(LED, JSON.stringify(led));
    const link = new URL(location.href);
    link.search = link.hash = "";
    link.searchParams.set("class", led.code);
    add(this.root, "p", "gb-class-code", led.code).setAttribute("aria-label", fill(words.code, led));
    const side = add(this.root, "div", "gb-class-side");
    const row = add(side, "div", "gb-class-row");
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
    const who = add(side, "div", "gb-class-row");
    this.there = add(who, "p");
    this.there.setAttribute("role", "status");
    this.list = add(who, "ul", "gb-class-students");
    this.show(true);
    Object.assign(this, { before: "", news: true, beat: 0 });
    this.teach(led, turn);
  }

  /** What this page shows. */
  shows() {
    const tab = tabNow(), root = panel();
    return { tab, picture: this.pictures[tab] ?? null, controls: root ? said(root) : {} };
  }

  async teach(led, turn) {
    for (; turn === this.turn; await new Promise((resolve) => setTimeout(resolve, SECOND))) {
      const state = this.shows(), text = JSON.stringify(state);
      const changed = text !== this.before;
      this.beat -= 1;
      if (!changed && !this.news && this.beat > 0) continue;
      this.news = false;
      try {
        const { students } = await this.ask("lead", { ...led, frozen: this.freeze.checked, state: changed ? state : null });
        this.before = text;
        this.beat = BEAT;
        if (turn === this.turn) this.students(students);
      } catch (error) {
        if (turn !== this.turn) return;
        if (error.key === "classroom.unknown" || error.key === "classroom.led") {
          this.forget();
          this.offer(error.message);
          return;
        }
        this.there.textContent = error.key ? error.message : this.words.lost;
      }
    }
  }

  students(students) {
    const { words, list } = this;
    this.there.textContent = students.length ? fill(words.there, { count: students.length }) : words.nobody;
    list.textContent = "";
    for (const { name, alone } of students) add(list, "li", alone ? "gb-muted" : "", alone ? fill(words.is_alone, { name }) : name);
  }

  async end(led) {
    this.fresh();
    this.forget();
    await this.ask("end", led).catch((error) => console.info(error));
    this.offer(this.words.ended);
  }

  forget() {
    sessionStorage.removeItem(LED);
    localStorage.removeItem(LED);
  }

  /** A widget of this page sent a picture, or asked for an example: it is what the class is shown. */
  sent({ host, detail }) {
    const tab = host.querySelector("[data-takes]")?.dataset.takes;
    if (!tab || !detail || typeof detail !== "object") return;
    const example = detail.example ?? (detail.path === undefined && detail.shared === undefined ? detail.key : undefined);
    if (typeof detail.path === "string" && detail.path) this.pictures[tab] = { path: detail.path, name: String(detail.orig_name ?? detail.name ?? "").slice(0, 120) };
    else if (typeof example === "string" && detail.family === undefined) this.pictures[tab] = { example };
  }

  // ---- a student ----

  knock(code) {
    const { words } = this;
    this.fresh();
    const me = stored(sessionStorage, ME);
    if (me?.code === code) {
      this.follow(me);
      return;
    }
    const form = add(this.root, "form", "gb-class-row");
    const label = add(form, "label", "gb-class-row");
    add(label, "span", "", fill(words.your_name, { code }));
    const field = add(label, "input");
    Object.assign(field, { type: "text", maxLength: this.data.name_length, autocomplete: "off" });
    const join = add(form, "button", "gb-button gb-main", words.join);
    join.type = "submit";
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const student = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      this.follow({ code, student, name: field.value });
    });
    add(this.root, "p", "gb-muted", words.name_why);
    this.show(true);
  }

  follow(me) {
    const turn = this.fresh();
    sessionStorage.setItem(ME, JSON.stringify(me));
    Object.assign(this, { serial: -1, state: null, alone: false, given: {}, tries: new Map() });
    this.now = this.line();
    this.switch = button(this.root, "", () => this.away(!this.alone), "gb-button gb-main");
    this.switch.hidden = true;
    this.own = (event) => {
      const moved = event.type === "click" ? "#gb-tabs :is(button, [role=tab])" : "#gb-tabs";
      if (event.isTrusted && this.state && event.target.closest?.(moved)) this.away(true); // who moves something is on their own
    };
    for (const event of OWN) document.addEventListener(event, this.own, true);
    addEventListener("pagehide", () => navigator.sendBeacon?.(new URL(`${this.data.url}/leave`, document.baseURI), JSON.stringify(me)), { once: true });
    this.show(true);
    this.learn(me, turn);
  }

  async learn(me, turn) {
    for (; turn === this.turn; await new Promise((resolve) => setTimeout(resolve, SECOND))) {
      try {
        const found = await this.ask("follow", { ...me, alone: this.alone ? 1 : 0, serial: this.serial }, true);
        if (turn !== this.turn) return;
        if ("state" in found) Object.assign(this, { state: found.state, tries: new Map() });
        this.serial = found.serial;
        if (found.frozen) this.alone = false;
        this.tell(me, found);
        if (this.state && !this.alone) this.become(this.state);
      } catch (error) {
        if (turn !== this.turn) return;
        if (error.key) {
          this.over(error.message);
          return;
        }
        this.now.textContent = this.words.lost;
        this.hold(false); // nobody is held by a server that is gone
      }
    }
  }

  /** The class is over, or has no room: the page is the student's own. */
  over(sentence) {
    sessionStorage.removeItem(ME);
    for (const event of OWN) document.removeEventListener(event, this.own, true);
    this.offer(sentence);
  }

  tell(me, { frozen, there, name }) {
    const { words } = this;
    const held = frozen && there;
    const key = !there ? "teacher_away" : held ? "frozen" : this.alone ? "alone" : "follows";
    const text = fill(words[key], { code: me.code, name });
    if (this.now.textContent !== text) this.now.textContent = text;
    this.switch.hidden = held;
    this.switch.textContent = this.alone ? words.back : words.off;
    this.hold(held);
  }

  /** Let go of the class, or come back to it. */
  away(alone) {
    if (alone === this.alone) return;
    this.alone = alone;
    this.switch.textContent = alone ? this.words.back : this.words.off;
    if (!alone) Object.assign(this, { given: {}, tries: new Map(), serial: -1 });
  }

  hold(on) {
    const tabs = document.getElementById("gb-tabs");
    if (tabs && tabs.inert !== on) tabs.inert = on;
  }

  /** One step towards what the teacher's page shows: the tab, its picture, its controls; what is not there yet comes at the next. */
  become({ tab, picture, controls: wanted }) {
    if (tab && tabNow() !== tab) {
      openTab(tab, this.data.tabs[tab]);
      return;
    }
    const mark = JSON.stringify(picture);
    if (picture && this.given[tab] !== mark) {
      this.given[tab] = mark;
      give(tab, picture);
      return;
    }
    const root = panel();
    if (!root) return;
    for (const [key, element] of controls(root)) {
      if (!Object.hasOwn(wanted, key) || (this.tries.get(key) ?? 0) >= TRIES) continue;
      if (set(element, wanted[key])) this.tries.set(key, (this.tries.get(key) ?? 0) + 1);
    }
  }

  destroy() {
    this.turn = {};
    document.removeEventListener("gb-sent", this.onSent);
    this.opener?.remove();
  }
}

export default function mount(element, data) {
  const made = new Classroom(element, data);
  return { update() {}, destroy: () => made.destroy() };
}
