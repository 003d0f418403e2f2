"""What the documentation says is there: links, endpoints with their arguments, words, nothing that belongs to one machine."""

import inspect
import json
import re
import subprocess
from pathlib import Path

import pytest

from vision.core.words import words
from vision.faces import api

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
CODE = sorted([*(ROOT / "vision").rglob("*.py"), *(ROOT / "assets" / "web").glob("*.js")])
SECTIONS = "|".join(sorted({key.partition(".")[0] for key in words()}))
SUFFIXES = {"toml", "py", "js", "css", "png", "jpg", "webp", "gif", "mp4", "json", "csv", "bin", "safetensors"}  # files look like keys
KEY = re.compile(rf"""["']((?:{SECTIONS})\.[a-z0-9_]*[a-z0-9])["']""")


def tracked() -> list[Path]:
    """Return the text files that belong to the project, by git where there is a checkout, else all that is not hidden."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
        files = [ROOT / name for name in listed if name]
    else:
        hidden = re.compile(r"/(?!\.ci/|\.streamlit/)\.|/__pycache__/")  # caches and environments
        files = [path for path in ROOT.rglob("*") if path.is_file() and not hidden.search("/" + path.relative_to(ROOT).as_posix())]
    return [path for path in files if path.suffix in {".py", ".js", ".mjs", ".css", ".md", ".toml", ".txt", ""} and path.is_file()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8")):
        if not re.match(r"[a-z]+:", link):
            assert (page.parent / link).exists(), f"{page.name} names {link}"


def test_endpoints_have_the_arguments_that_are_written_down():
    rows = dict(re.findall(r"^\| `/(\w+)` \| (.*?) \|", (ROOT / "docs" / "api.md").read_text("utf-8"), re.MULTILINE))
    public = {
        name: work
        for name, work in inspect.getmembers(api, inspect.isfunction)
        if work.__module__ == api.__name__ and not name.startswith("_")
    }
    assert set(rows) == set(public)
    for name, work in public.items():
        said = re.findall(r"`(\w+)(?:=([^`]*))?`", re.sub(r"\([^)]*\)", "", rows[name]))
        real = [argument for argument in inspect.signature(work).parameters.values() if argument.name not in ("engine", "put")]
        defaults = ["" if argument.default is argument.empty else json.dumps(argument.default) for argument in real]
        assert said == list(zip([argument.name for argument in real], defaults, strict=True)), name


def test_every_key_that_the_code_names_is_in_the_words_file():
    for path in CODE:
        for key in KEY.findall(path.read_text("utf-8")):
            if key.partition(".")[2] not in SUFFIXES:
                assert key in words(), f"{path.name} says {key}"


def test_no_words_of_one_machine():
    machine = re.compile(r"/(?:root|tmp|work)/[A-Za-z]|" + "|".join(("pypi" + r"\.org", "python" + "hosted", "registry" + r"\.npm")))
    for path in tracked():
        if path.name not in {"test_docs.py", "LICENSE"}:
            found = machine.search(path.read_text("utf-8", errors="replace"))
            assert found is None, f"{path.relative_to(ROOT)}: {found.group()}"
