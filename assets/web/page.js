// The head of the page: its name, one sentence, the line that says what is loading, and its switches (language, theme, projector).
//
// data: { words: {title, lead, theme_dark, theme_light, present, present_leave, status_lost, code, languages},
//         languages: [{lang, code, name}], and either status: the address of {done, failed, text}, or now: {done, failed, text} itself;
//         lessons: true where the guide is on the page (guide.js); theme: false where the host has a switch of its own;
//         tabs: title by key, for addresses that name one }
// emits: status, until `now` is done

import { openTab } from "./visit.js";

const SECOND = 1000;

/** Add a child with a class and a text; text is never markup. */
function add(parent, tag, className, text = "") {
  const child = parent.appendChild(document.createElement(tag));
  if (className) child.className = className;
  child.textContent = text;
  return child;
}

/** True where keys belong to what is being typed. */
function typing(target) {
  return target instanceof Element && target.closest("input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]") !== null;
}

/** Ask until the server says that everything is done; a failed question is asked again, more slowly each time. */
async function follow(address, show, lost) {
  for (let wait = SECOND; ; ) {
    try {
      const answer = await fetch(address, { cache: "no-store" });
      const status = await answer.json();
      show(status);
      if (status.done) return;
      wait = SECOND;
    } catch (error) {
      show({ done: false, failed: true, text: lost });
      wait = Math.min(2 * wait, 16 * SECOND);
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/** An address such as ?tab=detect or #generate=… names a tab: open it as soon as it is there. */
function openNamed(titles, tries = 100) {
  const key = new URLSearchParams(location.search).get("tab") ?? /^#([a-z]+)=/.exec(location.hash)?.[1];
  if (!Object.hasOwn(titles, key) || tries === 0) return;
  if (!openTab(key, titles[key])) setTimeout(() => openNamed(titles, tries - 1), 100);
}

/** Links to this page in its other languages; what else the address says stays. */
function languages(parent, { words, languages }) {
  const nav = add(parent, "nav", "gb-languages");
  nav.setAttribute("aria-label", words.languages);
  for (const { lang, code, name } of languages) {
    if (code === words.code) continue;
    const link = add(nav, "a", "gb-button", name);
    Object.assign(link, { lang: code, hreflang: code });
    const aim = () => {
      const address = new URL(location.href);
      address.searchParams.set("lang", lang);
      link.href = address.href;
    };
    aim();
    for (const event of ["pointerenter", "focus", "click"]) link.addEventListener(event, aim); // the address changes with the sliders
  }
}

export default function mount(element, data, emit) {
  const { words } = data;
  const root = document.documentElement;
  const header = add(element, "header", "gb-header");
  const name = add(header, "div", "gb-name");
  add(name, "h1", "", words.title);
  add(name, "p", "", words.lead);
  const line = add(header, "p", "gb-status");
  line.setAttribute("role", "status");
  const switches = add(header, "div", "gb-switches");

  languages(switches, data);

  const theme = add(switches, "button", "gb-button");
  theme.hidden = data.theme === false;
  const nameTheme = () => {
    theme.textContent = document.body.classList.contains("dark") ? words.theme_light : words.theme_dark;
  };
  theme.type = "button";
  theme.addEventListener("click", () => document.body.classList.toggle("dark"));
  const watcher = new MutationObserver(nameTheme); // the host, too, may switch
  watcher.observe(document.body, { attributes: true, attributeFilter: ["class"] });
  nameTheme();

  const present = add(switches, "button", "gb-button gb-present-switch", words.present);
  present.type = "button";
  present.setAttribute("aria-keyshortcuts", "P");
  const switchPresent = () => {
    const on = root.classList.toggle("gb-present");
    present.setAttribute("aria-pressed", String(on));
    present.textContent = on ? words.present_leave : words.present;
    window.dispatchEvent(new Event("resize")); // canvases measure themselves anew
  };
  present.setAttribute("aria-pressed", "false");
  present.addEventListener("click", switchPresent);
  const onKey = (event) => {
    if (event.key.toLowerCase() !== "p" || event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) return;
    event.preventDefault();
    switchPresent();
  };
  document.addEventListener("keydown", onKey);

  const lessons = add(switches, "button", "gb-button gb-lessons-switch", words.lessons);
  lessons.type = "button";
  lessons.hidden = !data.lessons;
  lessons.setAttribute("aria-expanded", "false");
  lessons.addEventListener("click", () => {
    root.classList.toggle("gb-guided"); // a guide that is not there yet sees it when it comes
    document.dispatchEvent(new CustomEvent("gb-lessons"));
  });
  const onGuide = ({ detail }) => lessons.setAttribute("aria-expanded", String(detail.open));
  document.addEventListener("gb-guide", onGuide);

  const show = ({ done, failed, text }) => {
    line.textContent = text;
    line.dataset.state = failed ? "failed" : done ? "done" : "busy";
  };
  // A widget whose message could not be sent, and which does not say so itself (preventDefault), has it said here.
  const onSay = (event) => {
    if (!event.defaultPrevented) show({ done: true, failed: true, text: event.detail });
  };
  document.addEventListener("gb-say", onSay);

  document.dispatchEvent(new CustomEvent("gb-page")); // the page stands (still.js)
  if (data.status) follow(data.status + location.search, show, words.status_lost);
  let later;
  const update = ({ now }) => {
    if (!now) return;
    show(now);
    clearTimeout(later);
    if (!now.done) later = setTimeout(() => emit("status", {}), SECOND);
  };
  update(data);
  const onAddress = () => openNamed(data.tabs ?? {});
  document.addEventListener("gb-address", onAddress);
  onAddress();
  return {
    update,
    destroy() {
      clearTimeout(later);
      watcher.disconnect();
      document.removeEventListener("keydown", onKey);
      document.removeEventListener("gb-say", onSay);
      document.removeEventListener("gb-guide", onGuide);
      document.removeEventListener("gb-address", onAddress);
    },
  };
}
