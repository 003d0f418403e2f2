// One long-lived process: a line [module, name, ...arguments] in, the result as a line out; typed arrays become lists.
import readline from "node:readline";

const modules = new Map();
const plain = (_, value) => (ArrayBuffer.isView(value) ? Array.from(value) : value);
for await (const line of readline.createInterface({ input: process.stdin })) {
  const [file, name, ...args] = JSON.parse(line);
  if (!modules.has(file)) modules.set(file, await import(new URL(`../../assets/web/${file}`, import.meta.url)));
  process.stdout.write(JSON.stringify(modules.get(file)[name](...args), plain) + "\n");
}
