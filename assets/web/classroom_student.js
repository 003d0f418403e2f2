// The student's part of class mode: a name at the door, and then a page that becomes what the teacher's page shows until a hand moves something.
//
// room: the panel, see classroom.js

import { add, button, fill } from "./controls.js";
import { ME, keep, stored } from "./classroom_memory.js";
import { controls, panel, set, tabNow } from "./classroom_mirror.js";
import { give, openTab } from "./visit.js";

const SECOND = 1000;
const TRIES = 4; // how often a control is set to the same value; one that refuses is left alone
const OWN = ["input", "change", "click", "drop"]; // what a hand does

export class Student {
  constructor(room) {
    Object.assign(this, { room, tries: new Map(), given: {}, serial: -1, alone: false, state: null });
  }

  knock(code) {
    const { room } = this, { words } = room;
    room.fresh();
    const me = stored(sessionStorage, ME);
    if (me?.code === code) {
      this.follow(me);
      return;
    }
    const form = add(room.root, "form", "gb-class-row");
    const label = add(form, "label", "gb-class-row");
    add(label, "span", "", fill(words.your_name, { code }));
    const field = add(label, "input");
    Object.assign(field, { type: "text", maxLength: room.data.name_length, autocomplete: "off" });
    const join = add(form, "button", "gb-button gb-main", words.join);
    join.type = "submit";
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const student = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      this.follow({ code, student, name: field.value });
    });
    add(room.root, "p", "gb-muted", words.name_why);
    room.show(true);
  }

  follow(me) {
    const { room } = this;
    const turn = room.fresh();
    keep(sessionStorage, ME, me);
    Object.assign(this, { serial: -1, state: null, alone: false, given: {}, tries: new Map() });
    this.now = room.line();
    this.switch = button(room.root, "", () => this.away(!this.alone), "gb-button gb-main");
    this.switch.hidden = true;
    this.own = (event) => {
      const moved = event.type === "click" ? "#gb-tabs :is(button, [role=tab])" : "#gb-tabs";
      if (event.isTrusted && this.state && event.target.closest?.(moved)) this.away(true); // who moves something is on their own
    };
    for (const event of OWN) document.addEventListener(event, this.own, true);
    addEventListener("pagehide", () => navigator.sendBeacon?.(new URL(`${room.data.url}/leave`, document.baseURI), JSON.stringify(me)), { once: true });
    room.show(true);
    this.learn(me, turn);
  }

  async learn(me, turn) {
    const { room } = this;
    for (; turn === room.turn; await new Promise((resolve) => setTimeout(resolve, SECOND))) {
      try {
        const found = await room.ask("follow", { ...me, alone: this.alone ? 1 : 0, serial: this.serial }, true);
        if (turn !== room.turn) return;
        if ("state" in found) Object.assign(this, { state: found.state, tries: new Map() });
        this.serial = found.serial;
        if (found.frozen) this.alone = false;
        this.tell(me, found);
        if (this.state && !this.alone) this.become(this.state);
      } catch (error) {
        if (turn !== room.turn) return;
        if (error.key) {
          this.over(error.message);
          return;
        }
        this.now.textContent = room.words.lost;
        room.hold(false); // nobody is held by a server that is gone
      }
    }
  }

  /** The class is over, or has no room: the page is the student's own. */
  over(sentence) {
    sessionStorage.removeItem(ME);
    for (const event of OWN) document.removeEventListener(event, this.own, true);
    this.room.offer(sentence);
  }

  tell(me, { frozen, there, name }) {
    const { words } = this.room;
    const held = frozen && there;
    const key = !there ? "teacher_away" : held ? "frozen" : this.alone ? "alone" : "follows";
    const text = fill(words[key], { code: me.code, name });
    if (this.now.textContent !== text) this.now.textContent = text;
    this.switch.hidden = held;
    this.switch.textContent = this.alone ? words.back : words.off;
    this.room.hold(held);
  }

  /** Let go of the class, or come back to it. */
  away(alone) {
    if (alone === this.alone) return;
    this.alone = alone;
    this.switch.textContent = alone ? this.room.words.back : this.room.words.off;
    if (!alone) Object.assign(this, { given: {}, tries: new Map(), serial: -1 });
  }

  /** One step towards what the teacher's page shows: the tab, its pictures, its controls; what is not there yet comes at the next. */
  become({ tab, pictures, controls: wanted }) {
    if (tab && tabNow() !== tab) {
      openTab(tab, this.room.data.tabs[tab]);
      return;
    }
    const mark = JSON.stringify(pictures);
    if (Object.keys(pictures).length && this.given[tab] !== mark) {
      this.given[tab] = mark;
      give(tab, { ...pictures.a, pictures });
      return;
    }
    const root = panel();
    if (!root) return;
    for (const [key, element] of controls(root)) {
      if (!Object.hasOwn(wanted, key) || (this.tries.get(key) ?? 0) >= TRIES) continue;
      if (set(element, wanted[key])) this.tries.set(key, (this.tries.get(key) ?? 0) + 1);
    }
  }
}
