// From one tab to another, with a picture: the tab is opened, and its intake is told what to take.

/** The tab `key` of the host's own row of tabs, or of its menu of more tabs; by what it is called, `title`, where the host has no keys. */
function tabOf(key, title) {
  const called = [...document.querySelectorAll('[role="tab"], #gb-tabs .overflow-dropdown button')];
  return document.querySelector(`[role="tab"][data-tab-id="${key}"]`) ?? called.find((one) => one.textContent.trim() === title) ?? null;
}

/** Open a tab by its key; `title`: what it is called. Returns whether there is one. */
export function openTab(key, title) {
  const tab = tabOf(key, title);
  tab?.click();
  return tab !== null;
}

/** Open a tab and give it a picture: {file, name}, {shared, name} of what a class was shown, or {example}; a tab may have to be made first. */
export function visit(key, title, detail, tries = 60) {
  openTab(key, title);
  give(key, detail, tries);
}

/** Give a tab's intake a picture without opening the tab; it is tried until the tab is there. */
export function give(key, detail, tries = 60) {
  const taker = document.querySelector(`[data-takes="${key}"]`);
  if (taker) taker.dispatchEvent(new CustomEvent("gb-take", { detail }));
  else if (tries > 0) setTimeout(() => give(key, detail, tries - 1), 100);
}
