"""The modules of assets/web as one text: complete, in order, and nothing that would fail in the browser."""

import base64
import json
import re

import pytest

from vision.faces.assets import SHEETS, WEB_DIR
from vision.faces.desks.table import TABS
from vision.faces.streamlit.bundle import modules, script, style

NAMES = ("page", *TABS)


def test_every_module_stands_after_those_it_imports():
    texts = modules(NAMES)
    there = []
    for name, text in texts.items():
        assert set(re.findall(r'from "\./([a-z_]+\.js)"', text)) <= set(there), name
        there.append(name)
    assert {f"{name}.js" for name in NAMES} <= set(there)


def test_a_module_is_there_once_as_it_stands_on_the_disk():
    texts = modules(NAMES)
    disk = {name: (WEB_DIR / name).read_text("utf-8") for name in texts}
    looking = {name for name, text in disk.items() if "import.meta" in text}  # for a file beside themselves
    assert {name for name in texts if texts[name] != disk[name]} == looking >= {"classify.js"}
    assert not [name for name in texts if "import.meta" in texts[name]]
    [address] = re.findall(r'fetch\("data:application/json;base64,([^"]+)"\)', texts["classify.js"])
    assert json.loads(base64.b64decode(address)) == json.loads((WEB_DIR / "colormaps.json").read_text("utf-8"))


@pytest.mark.parametrize(
    "text",
    [
        'import * as all from "./b.js";',
        'import "./b.js";',
        'const b = await import("./b.js");',
        "const here = import.meta.url;",
        'import { a } from "https://example.org/b.js";',
    ],
)
def test_an_import_that_it_does_not_know_is_refused_here_and_not_in_the_browser(tmp_path, text):
    (tmp_path / "a.js").write_text(f"// a\n{text}\nexport default 1;\n")
    (tmp_path / "b.js").write_text("export const a = 1, b = 2;\n")
    with pytest.raises(ValueError, match=r"a\.js"):
        modules(("a",), tmp_path)


def test_a_circle_of_imports_is_refused(tmp_path):
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\nexport const a = 1;\n')
    (tmp_path / "b.js").write_text('import { a } from "./a.js";\nexport const b = 1;\n')
    with pytest.raises(ValueError):
        modules(("a",), tmp_path)


def test_the_text_is_made_once_and_holds_every_sheet():
    assert script(NAMES) is script(NAMES)
    whole = style()
    places = [whole.index((WEB_DIR / name).read_text("utf-8")) for name in SHEETS]
    assert places == sorted(places) and SHEETS[0] == "glassbox.css"
