// The Models panel: every model of the catalogue, what the memory holds of it, and what can be done about it.
//
// data: { words, rows, held_bytes, budget_bytes (0: not known yet) }; a row has the fields of a CardStatus (bytes: of memory held now) and
//       { weak_at, state, file_bytes (0: not known), done_bytes, mine: who looks has asked for the download };
//       state: "resident" | "local" | "remote" | "loading" | "downloading"
// emits: refresh {}, want {key} (into memory, downloaded first where need be), free {key}, cancel {key}

const TASKS = ["classify", "detect", "generate"];

function add(parent, tag, className = "", text = "") {
  const child = parent.appendChild(document.createElement(tag));
  if (className) child.className = className;
  child.textContent = text;
  return child;
}

/** Fill the {holes} of a template with values, which are never read as templates themselves. */
export function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (hole, name) => (name in values ? String(values[name]) : hole));
}

/** Bytes or counts for people: 3 significant digits, decimal units. */
export function short(value, units) {
  let at = 0;
  for (; value >= 999.5 && at < units.length - 1; at += 1) value /= 1000;
  const text = at === 0 ? String(Math.round(value)) : value >= 99.95 ? value.toFixed(0) : value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
  return units[at] ? `${text} ${units[at]}` : text;
}

export const bytes = (value) => short(value, ["B", "kB", "MB", "GB", "TB"]);
export const count = (value) => short(value, ["", "k", "M", "G"]);

/** What the row says of its state, in one sentence without a full stop. */
export function state(row, words) {
  if (row.state === "resident") {
    const where = fill(words.state_resident, { device: row.device, size: bytes(row.bytes) });
    return row.leases ? `${where}, ${fill(words.state_leased, { count: row.leases })}` : where;
  }
  const size = row.file_bytes ? bytes(row.file_bytes) : words.unknown_size;
  if (row.state === "downloading") return fill(words.state_downloading, { done: bytes(row.done_bytes), size });
  if (row.state === "remote") return fill(words.state_remote, { size });
  return words[`state_${row.state}`];
}

/** The actions a row offers: [event, key of its label]. */
export function actions(row) {
  if (row.state === "resident") return row.leases ? [] : [["free", "unload"]];
  if (row.state === "local") return [["want", "load"]];
  if (row.state === "remote") return [["want", "download"]];
  return row.state === "downloading" && row.mine ? [["cancel", "cancel"]] : [];
}

function meter(parent, row, words) {
  const bar = add(parent, "progress", "gb-progress");
  bar.setAttribute("aria-label", fill(words.progress, { name: row.name }));
  if (row.state === "downloading" && row.file_bytes) {
    bar.max = row.file_bytes;
    bar.value = Math.min(row.done_bytes, row.file_bytes);
  }
}

function drawRow(body, row, words, emit) {
  const line = add(body, "tr", `gb-model gb-${row.state}`);
  const name = add(line, "th", "");
  name.scope = "row";
  add(name, "span", "gb-model-name", row.name);
  add(name, "span", "gb-muted gb-model-key", row.key);
  if (row.weak_at) add(name, "span", "gb-muted gb-model-weak", fill(words.weak_at, { weak_at: row.weak_at }));
  const moving = row.state === "loading" || row.state === "downloading";
  if (row.note && !moving) add(name, "span", "gb-muted", row.note);

  const cell = (label, text) => {
    const td = add(line, "td");
    td.dataset.label = words[label];
    add(td, "span", "", text);
    return td;
  };
  const now = cell("column_state", state(row, words));
  if (moving) meter(now, row, words);
  cell("column_params", count(row.params));
  cell("column_used", fill(words.used, { hits: row.hits, loads: row.loads, evictions: row.evictions }));
  cell("column_licence", row.licence);
  const buttons = add(line, "td", "gb-model-actions");
  for (const [event, label] of actions(row)) {
    const button = add(buttons, "button", "gb-button", words[label]);
    button.type = "button";
    button.dataset.focus = row.key;
    button.setAttribute("aria-label", `${words[label]}: ${row.name}`);
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") === "true") return;
      button.setAttribute("aria-disabled", "true"); // until the next rows bring the truth; `disabled` would drop the focus
      emit(event, { key: row.key });
    });
  }
}

export default function mount(element, data, emit) {
  const root = add(element, "div", "gb-models");
  let words = data.words;
  const head = add(root, "div", "gb-models-head");
  const summary = add(head, "p");
  summary.setAttribute("role", "status");
  const refresh = add(head, "button", "gb-button", words.refresh);
  refresh.type = "button";
  refresh.addEventListener("click", () => emit("refresh", {}));
  add(root, "p", "gb-muted", words.about);
  const lists = add(root, "div");
  let focus; // the model whose button had the focus before its row was drawn anew, or had no button for a while

  const draw = (next) => {
    words = next.words ?? words;
    const rows = next.rows ?? [];
    const resident = rows.filter((row) => row.state === "resident").length;
    const memory = next.budget_bytes ? fill(words.memory, { held: bytes(next.held_bytes), budget: bytes(next.budget_bytes) }) : "";
    summary.textContent = rows.length ? `${fill(words.of_models, { count: rows.length, resident })} ${memory}` : "";
    const active = document.activeElement;
    if (lists.contains(active)) focus = active.dataset.focus;
    else if (active !== document.body) focus = undefined;
    lists.textContent = "";
    for (const task of TASKS) {
      const some = rows.filter((row) => row.task === task);
      if (!some.length) continue;
      const table = add(lists, "table", "gb-models-table");
      add(table, "caption", "", words[`task_${task}`]);
      const top = add(add(table, "thead"), "tr");
      for (const label of ["column_model", "column_state", "column_params", "column_used", "column_licence"]) {
        add(top, "th", "", words[label]).scope = "col";
      }
      add(add(top, "td"), "span", "gb-hidden", words.column_action);
      const body = add(table, "tbody");
      for (const row of some) drawRow(body, row, words, emit);
    }
    if (focus && document.activeElement === document.body) lists.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus();
  };

  // Seen again after other tabs: what stands here may be old.
  let seen = false;
  const sight = new IntersectionObserver(([entry]) => {
    if (entry.isIntersecting && !seen) emit("refresh", {});
    seen = entry.isIntersecting;
  });
  sight.observe(head);
  draw(data);
  return { update: draw, destroy: () => sight.disconnect() };
}
