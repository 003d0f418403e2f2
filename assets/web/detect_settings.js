// The sliders' values of the Detect tab: defaults, their place in the address, and what of them the engine calls a View.

export const DEFAULTS = { score: 0.3, iou: 0.5, agnostic: false, soft: false, limit: 100, ghosts: false, classes: null, models: [] };

const unit = (text, otherwise) => {
  const value = Number.parseFloat(text);
  return value >= 0 && value <= 1 ? value : otherwise;
};

/** Settings from an address's query; what is missing or wrong is the default. Classes are names here. */
export function read(query) {
  const given = new URLSearchParams(query);
  const limit = Number.parseInt(given.get("limit"), 10);
  return {
    score: unit(given.get("score"), DEFAULTS.score),
    iou: unit(given.get("iou"), DEFAULTS.iou),
    agnostic: given.get("agnostic") === "1",
    soft: given.get("soft") === "1",
    ghosts: given.get("ghosts") === "1",
    limit: limit >= 1 && limit <= 300 ? limit : DEFAULTS.limit,
    classes: given.has("classes") ? given.get("classes").split("|").filter(Boolean) : null,
    models: given.getAll("detector").slice(0, 2),
  };
}

/** The query of an address with the settings in it; other tabs' parts of the query stay. */
export function write(query, settings) {
  const out = new URLSearchParams(query);
  const put = (name, value, otherwise) => (value === otherwise ? out.delete(name) : out.set(name, String(value)));
  put("score", settings.score, DEFAULTS.score);
  put("iou", settings.iou, DEFAULTS.iou);
  put("limit", settings.limit, DEFAULTS.limit);
  for (const name of ["agnostic", "soft", "ghosts"]) put(name, settings[name] ? 1 : 0, 0);
  put("classes", settings.classes?.join("|") ?? null, null);
  out.delete("detector");
  for (const model of settings.models) out.append("detector", model);
  const text = out.toString();
  return text ? `?${text}` : "";
}

/** The engine's DetectView for one model: class names become its indices. */
export function view(settings, names) {
  const { score, iou, agnostic, soft, limit, classes } = settings;
  const wanted = classes && new Set(classes);
  return { score, iou, agnostic, soft, limit, classes: wanted ? names.flatMap((name, i) => (wanted.has(name) ? [i] : [])) : null };
}
