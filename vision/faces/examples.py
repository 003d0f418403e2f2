"""Pictures to try that come inside installed packages: found at run time, credited, copied nowhere."""

from __future__ import annotations

import importlib.util
import io
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image

from vision.core.errors import PictureError
from vision.core.picture import Picture, read
from vision.core.words import say

TABLE = Path(__file__).parents[2] / "assets" / "examples" / "examples.toml"
EXAMPLES_URL = "glassbox/examples"  # relative to the page
THUMBNAIL_PX = 240  # long side


@dataclass(frozen=True)
class Example:
    """One picture of an installed package, with whom to thank for it."""

    key: str
    path: Path
    credit: str
    licence: str
    source: str
    what: str = ""  # the word by which a person would sort it, where nets know one


@cache
def examples(table: Path = TABLE) -> dict[str, Example]:
    """Return the examples that this machine has, by key, in the order of the table."""
    found = {}
    for key, row in tomllib.loads(table.read_text("utf-8")).items():
        spec = importlib.util.find_spec(row["package"])  # finds the folder without importing the package
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            path = Path(folder) / row["file"]
            if path.is_file():
                found[key] = Example(key, path, row["credit"], row["licence"], row["source"], row.get("what", ""))
    return found


def picture(key: object) -> Picture:
    """Return the picture of an example; a key that is not there is a PictureError."""
    example = examples().get(key) if isinstance(key, str) else None
    if example is None:
        raise PictureError("examples.unknown")
    return read(example.path, example.path.name)


def tiles(lang: str = "") -> list[dict[str, str]]:
    """Return what a widget needs to offer the examples: key, title, credit, and the thumbnail's address."""
    return [
        {
            "key": one.key,
            "title": say(f"examples.{one.key}", lang),
            "credit": say("examples.credit", lang, credit=one.credit, licence=one.licence, source=one.source),
            "url": f"{EXAMPLES_URL}/{one.key}.webp",
        }
        for one in examples().values()
    ]


@cache
def thumbnail(key: str) -> bytes:
    """Return an example as a small WebP picture."""
    small = Image.fromarray(picture(key).rgb)
    small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    out = io.BytesIO()
    small.save(out, "WEBP", quality=80)
    return out.getvalue()
