// A ZIP archive read in the browser: which files it holds, and each one's bytes when they are wanted. Nothing of it goes to a server.

const END = 0x06054b50, ENTRY = 0x02014b50, FILE = 0x04034b50;
const ENTRIES = 20000;
const BYTES = 64 << 20; // of one file when it is unpacked; a picture beyond is not taken anyway

/** A message of this is a key of the words. */
const bad = () => new Error("zip_damaged");

async function view(blob, start, end) {
  if (start < 0 || end > blob.size) throw bad();
  return new DataView(await blob.slice(start, end).arrayBuffer());
}

/** The files of an archive: [{path, size, get: () => Promise<File>}]. Archives of more than 4 GB or 65,535 files, and locked ones, are not read. */
export async function unzip(blob) {
  const from = Math.max(0, blob.size - 65557);
  const tail = await view(blob, from, blob.size);
  let at = tail.byteLength - 22;
  while (at >= 0 && tail.getUint32(at, true) !== END) at -= 1;
  if (at < 0) throw bad();
  const [count, size, start] = [tail.getUint16(at + 10, true), tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)];
  const list = await view(blob, start, start + size);
  const found = [];
  for (let n = 0, place = 0; n < Math.min(count, ENTRIES); n += 1) {
    if (place + 46 > list.byteLength || list.getUint32(place, true) !== ENTRY) throw bad();
    const [flags, method] = [list.getUint16(place + 8, true), list.getUint16(place + 10, true)];
    const [packed, full] = [list.getUint32(place + 20, true), list.getUint32(place + 24, true)];
    const [name, extra, comment] = [28, 30, 32].map((offset) => list.getUint16(place + offset, true));
    if (place + 46 + name > list.byteLength) throw bad();
    const path = new TextDecoder().decode(new Uint8Array(list.buffer, list.byteOffset + place + 46, name)).replaceAll("\\", "/");
    const offset = list.getUint32(place + 42, true);
    if (!path.endsWith("/") && !(flags & 1)) found.push({ path, size: full, get: () => unpacked(blob, { path, method, packed, full, offset }) });
    place += 46 + name + extra + comment;
  }
  return found;
}

async function unpacked(blob, { path, method, packed, full, offset }) {
  if (full > BYTES || (method !== 0 && method !== 8)) throw bad();
  const head = await view(blob, offset, offset + 30);
  if (head.getUint32(0, true) !== FILE) throw bad();
  const start = offset + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  const part = blob.slice(start, start + packed);
  const name = path.split("/").pop();
  if (method === 0) return new File([part], name);
  return new File([await inflated(part, full)], name);
}

/** Unpack at most as many bytes as the archive says there are: what swells beyond is damaged, or means harm. */
async function inflated(part, full) {
  const reader = part.stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const out = new Uint8Array(full);
  let filled = 0;
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      if (filled + step.value.length > full) throw bad();
      out.set(step.value, filled);
      filled += step.value.length;
    }
  } catch {
    throw bad();
  } finally {
    reader.cancel().catch(() => {}); // what is left is not wanted
  }
  if (filled !== full) throw bad();
  return out;
}
