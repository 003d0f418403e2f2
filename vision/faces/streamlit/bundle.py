"""The modules of assets/web as one text, since a Streamlit component is given its JavaScript as a string."""

from __future__ import annotations

import base64
import json
import mimetypes
import re
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from vision.faces.assets import SHEETS, WEB_DIR

HERE = Path(__file__).parent
IMPORT = re.compile(r'^import \{[^}]*\} from "\./([a-z_]+\.js)";$', re.MULTILINE)
FILE = re.compile(r'new URL\("\./([\w.]+)", import\.meta\.url\)')  # a module that looks for a file beside itself

# Each module becomes a blob once those that it imports are blobs; what is imported twice is one module, as it is on a server.
LINKER = """
const urls = {};
for (const [name, text] of MODULES) {
  const linked = text.replace(/^(import \\{[^}]*\\} from )"\\.\\/([a-z_]+\\.js)";$/gm, (_, head, other) => `${head}"${urls[other]}";`);
  urls[name] = URL.createObjectURL(new Blob([linked], { type: "text/javascript" }));
}
globalThis.glassbox = (name) => import(urls[`${name}.js`]);
dispatchEvent(new Event("glassbox")); // to widgets that were there earlier
export default () => {};
"""


def modules(names: tuple[str, ...], folder: Path = WEB_DIR) -> dict[str, str]:
    """Return the text of these widgets' modules and of all that they import, by file name, each after those it imports.

    Files beside a module (`new URL("./x", import.meta.url)`) are put into it as data: addresses. An import that is not written
    `import { a, b } from "./x.js";`, and any other use of `import.meta`, is a ValueError: it would fail in the browser.
    """
    texts: dict[str, str] = {}
    above: dict[str, set[str]] = {}
    todo = [f"{name}.js" for name in names]
    while todo:
        name = todo.pop()
        if name in texts:
            continue
        text = FILE.sub(lambda found: json.dumps(address(folder / found[1])), (folder / name).read_text("utf-8"))
        above[name] = set(IMPORT.findall(text))
        if len(re.findall(r"^import\b", text, re.MULTILINE)) != len(IMPORT.findall(text)) or re.search(r"import\.meta|\bimport\(", text):
            raise ValueError(f"{name} imports in a way that the bundle does not know")
        texts[name] = text
        todo.extend(above[name])
    return {name: texts[name] for name in TopologicalSorter(above).static_order()}


def address(file: Path) -> str:
    """Return a small file as a data: address."""
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode()}"


@cache
def script(names: tuple[str, ...]) -> str:
    """Return one module that gives `globalThis.glassbox`, which is `(name) => import(that widget)`."""
    return f"const MODULES = {json.dumps(list(modules(names).items()))};{LINKER}"


@cache
def style() -> str:
    """Return all style sheets, and the frame of this face, as one."""
    return "\n".join([*((WEB_DIR / name).read_text("utf-8") for name in SHEETS), (HERE / "frame.css").read_text("utf-8")])
