"""docs/files.md says what every file of the house is for, in the file's own first sentence; UPDATE=1 writes it anew."""

import ast
import os
import re
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "files.md"
HEAD = """# Where is what

Every file in its own words; written by `UPDATE=1 python -m pytest tests/test_files_page.py`. Floors: `core` < `models` < `tasks` <
`engine.py` < `faces`, `train`; imports only go down. Why: [design.md](design.md).
"""


def sentence(path):
    """Return the first sentence of a file."""
    text = path.read_text("utf-8")
    head = ast.get_docstring(ast.parse(text)) if path.suffix == ".py" else text.splitlines()[0].removeprefix("//")
    words = " ".join((head or "").split("\n\n")[0].split())
    return re.split(r"(?<=\.) (?=[A-Z])", words)[0].rstrip(".") + "."


def page():
    """Return the page as the files say it."""
    files = [
        path
        for folder, kind in (("vision", "py"), ("assets/web", "js"), ("bench", "py"))
        for path in sorted((ROOT / folder).rglob(f"*.{kind}"), key=lambda path: (path.parent, path.name))
    ]
    lines = [HEAD]
    for folder, paths in groupby(files, key=lambda path: path.parent):
        named = [path for path in paths if path.name != "__init__.py"]
        lines += [f"## {folder.relative_to(ROOT).as_posix()}\n", *(f"- `{path.name}`: {sentence(path)}" for path in named), ""]
    return "\n".join(lines)


def test_the_page_is_what_the_files_say():
    if os.environ.get("UPDATE"):
        PAGE.write_text(page(), "utf-8")
    assert PAGE.read_text("utf-8") == page(), "run UPDATE=1 python -m pytest tests/test_files_page.py"


def test_every_file_says_what_it_is_for():
    short = [line for line in page().splitlines() if line.startswith("- ") and len(line.split("`: ")[1]) < 15]
    assert not short
