// Candidates as the server sends them -> typed arrays; an array comes by address, or in the value itself.

const TYPES = { float64: Float64Array, float32: Float32Array, int64: BigInt64Array, int32: Int32Array };

async function array(value, Kind) {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return Kind.from(value.flat());
  const answer = await fetch(value.url);
  if (!answer.ok) throw new Error(`${answer.status} ${value.url}`);
  const raw = new TYPES[value.dtype](await answer.arrayBuffer());
  return raw instanceof Kind ? raw : Kind.from(raw, Number);
}

/**
 * One detector's candidates: xyxy and proposals flat float64, scores, objectness float64; classes, sources int32.
 * names are identifiers, the same in every language; called is what a person reads.
 */
export async function load(panel) {
  const fields = { xyxy: Float64Array, scores: Float64Array, classes: Int32Array, sources: Int32Array, proposals: Float64Array, objectness: Float64Array };
  const names = Object.keys(fields);
  const values = await Promise.all(names.map((name) => array(panel[name], fields[name])));
  return { called: panel.names, ...panel, ...Object.fromEntries(names.map((name, i) => [name, values[i]])) };
}
