// Lessons on the page: a drawer with a list of them, and of the chosen one a step at a time, each of which can set the real controls.
//
// data: { words: the section guide, lessons: [{key, title, aim, minutes, steps: [{set, do, ask, answer}]}], or url: where {lessons} is }
// emits nothing. Hears gb-lessons (open or close), says gb-guide {open}; gb-guess {on} goes both ways (classify_predict.js).

import { go, put } from "./address.js";
import { add, button, fill } from "./controls.js";

class Guide {
  constructor(element, { words, url, lessons = null }) {
    Object.assign(this, { words, url, lessons, lesson: null, at: 0 });
    this.root = add(element, "aside", "gb-guide");
    this.root.setAttribute("aria-label", words.title);
    this.root.hidden = true;
    this.onLessons = () => this.show(document.documentElement.classList.contains("gb-guided"));
    this.onKey = (event) => {
      if (event.key === "Escape" && this.root.contains(document.activeElement)) this.show(false);
    };
    this.onGuess = ({ detail }) => {
      this.guessing = detail.on;
      if (this.guess) this.guess.checked = detail.on;
    };
    document.addEventListener("gb-lessons", this.onLessons);
    document.addEventListener("keydown", this.onKey);
    document.addEventListener("gb-guess", this.onGuess);
    const params = new URLSearchParams(location.search);
    this.guessing = params.get("guess") === "1";
    if (params.has("lesson")) this.open(params.get("lesson"), Number(params.get("step")) || 1);
    else if (document.documentElement.classList.contains("gb-guided")) this.show(true); // asked for before this was here
  }

  /** Bring the lessons, once. */
  async bring() {
    if (this.lessons) return true;
    try {
      const answer = await fetch(new URL(this.url + location.search, document.baseURI));
      if (!answer.ok) throw new Error(String(answer.status));
      this.lessons = (await answer.json()).lessons;
    } catch (error) {
      console.info(error);
      this.root.replaceChildren();
      this.head(this.words.title);
      add(this.root, "p", "gb-said", this.words.lost);
      return false;
    }
    return true;
  }

  async show(open) {
    this.root.hidden = !open;
    document.documentElement.classList.toggle("gb-guided", open);
    document.dispatchEvent(new CustomEvent("gb-guide", { detail: { open } }));
    window.dispatchEvent(new Event("resize")); // canvases measure themselves anew
    if (!open) {
      put({ lesson: null, step: null });
      document.querySelector(".gb-lessons-switch")?.focus();
    } else if (await this.bring()) {
      if (this.lesson) this.walk();
      else this.list();
      this.root.querySelector("h2")?.focus();
    }
  }

  /** Open a lesson at a step, as an address names them. */
  async open(key, step) {
    this.show(true);
    if (!(await this.bring())) return;
    this.lesson = this.lessons.find((one) => one.key === key) ?? null;
    this.at = this.lesson ? Math.min(Math.max(1, Math.trunc(step)), this.lesson.steps.length) - 1 : 0;
    if (this.lesson) this.walk();
    else this.list();
  }

  head(title, back = null) {
    const { words } = this;
    const head = add(this.root, "div", "gb-guide-head");
    if (back) button(head, words.all, back).classList.add("gb-guide-back");
    const name = add(head, "h2", "", title);
    name.tabIndex = -1;
    button(head, words.close, () => this.show(false));
  }

  list() {
    const { words } = this;
    this.lesson = null;
    put({ lesson: null, step: null });
    this.root.replaceChildren();
    this.head(words.title);
    add(this.root, "p", "gb-muted", words.lead);
    const list = add(this.root, "ol", "gb-guide-list");
    for (const one of this.lessons) {
      const row = button(add(list, "li"), "", () => this.begin(one), "gb-guide-lesson");
      add(row, "strong", "", one.title);
      add(row, "span", "gb-muted", fill(words.minutes, { minutes: one.minutes }));
    }
    this.guessSwitch();
  }

  begin(lesson) {
    Object.assign(this, { lesson, at: 0 });
    this.walk();
    this.root.querySelector("h2").focus();
  }

  step(to) {
    this.at = to;
    this.walk();
    this.root.scrollTop = 0;
    this.root.querySelector(".gb-guide-step").focus();
  }

  walk() {
    const { words, lesson, at } = this, step = lesson.steps[at];
    put({ lesson: lesson.key, step: at + 1 });
    this.root.replaceChildren();
    this.head(lesson.title, () => {
      this.list();
      this.root.querySelector("h2").focus();
    });
    const aim = add(this.root, "details", "gb-guide-aim");
    aim.open = at === 0;
    add(aim, "summary", "", fill(words.aim, { minutes: lesson.minutes }));
    add(aim, "p", "", lesson.aim);
    const which = add(this.root, "p", "gb-guide-step", fill(words.step, { step: at + 1, steps: lesson.steps.length }));
    which.tabIndex = -1;
    add(this.root, "p", "gb-guide-do", step.do);
    if (step.set) this.setter(step.set);
    add(this.root, "p", "gb-guide-ask", step.ask);
    const answer = add(this.root, "details", "gb-guide-answer");
    add(answer, "summary", "", words.answer);
    add(answer, "p", "", step.answer);
    const row = add(this.root, "div", "gb-guide-row");
    const back = button(row, words.back, () => this.step(at - 1));
    back.disabled = at === 0;
    const next = button(row, words.next, () => this.step(at + 1));
    next.disabled = at + 1 === lesson.steps.length;
    this.guessSwitch();
  }

  /** The link that sets the page; as any other it can be opened in a new window, or sent to a class. */
  setter(set) {
    const link = add(this.root, "a", "gb-button gb-main gb-guide-set", this.words.set);
    const params = new URLSearchParams(set);
    params.set("lesson", this.lesson.key);
    params.set("step", String(this.at + 1));
    const lang = new URLSearchParams(location.search).get("lang");
    if (lang) params.set("lang", lang);
    link.href = `?${params}`;
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      go(set);
    });
  }

  guessSwitch() {
    const label = add(this.root, "label", "gb-check gb-guide-guess");
    this.guess = add(label, "input");
    Object.assign(this.guess, { type: "checkbox", checked: this.guessing });
    this.guess.addEventListener("change", () => document.dispatchEvent(new CustomEvent("gb-guess", { detail: { on: this.guess.checked } })));
    add(label, "span", "", this.words.guess);
  }

  destroy() {
    document.removeEventListener("gb-lessons", this.onLessons);
    document.removeEventListener("keydown", this.onKey);
    document.removeEventListener("gb-guess", this.onGuess);
    document.documentElement.classList.remove("gb-guided");
  }
}

export default function mount(element, data) {
  const guide = new Guide(element, data);
  return { update() {}, destroy: () => guide.destroy() };
}
