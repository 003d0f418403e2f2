"""Lessons: guided walks over the page as data, for the page's guide and for docs/lessons."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from vision.core.blend import LIGHTS
from vision.core.change import KINDS
from vision.core.errors import UserError
from vision.core.recipe import METHODS
from vision.core.words import say
from vision.faces.arguments import number, text, whole

TABLE = Path(__file__).with_name("lessons.toml")
LESSONS_URL = "glassbox/lessons"  # relative to the page


@dataclass(frozen=True)
class Lesson:
    """One lesson: its key, how long it takes, and what each of its steps sets the page to (a query)."""

    key: str
    minutes: int
    steps: tuple[str, ...]


@cache
def lessons(table: Path = TABLE) -> dict[str, Lesson]:
    """Return the lessons by key, in the order of the table."""
    rows = tomllib.loads(table.read_text("utf-8"))
    return {key: Lesson(key, row["minutes"], tuple(row["steps"])) for key, row in rows.items()}


def told(lang: str = "") -> list[dict[str, Any]]:
    """Return the lessons as the page's guide takes them, in a language; empty: the one that is spoken."""
    return [
        {
            "key": one.key,
            "title": say(f"lessons.{one.key}_title", lang),
            "aim": say(f"lessons.{one.key}_aim", lang),
            "minutes": one.minutes,
            "steps": [
                {
                    "set": query,
                    "do": say(f"lessons.{one.key}_{at}_do", lang),
                    "ask": say(f"lessons.{one.key}_{at}_ask", lang),
                    "answer": say(f"lessons.{one.key}_{at}_answer", lang),
                }
                for at, query in enumerate(one.steps, 1)
            ],
        }
        for one in lessons().values()
    ]


# ---- what an address may set ----


def _one_of(*known: str) -> Callable[[str, str], str]:
    return lambda name, value: text(name, value, known)


def _within(low: float, high: float) -> Callable[[str, str], float]:
    return lambda name, value: number(name, _plain(value), low, high)


def _whole(low: int, high: int) -> Callable[[str, str], int]:
    return lambda name, value: whole(name, _plain(value), low, high)


def _plain(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return math.nan  # which is in no bounds


_switch = _one_of("1")
_word = _one_of()

# Per tab the keys of its address: read by assets/web/<tab>_address.js, or by <tab>.js itself.
KEYS: dict[str, dict[str, Callable[[str, str], Any]]] = {
    "classify": {
        "example": _word, "guess": _switch, "opacity": _within(0, 1), "colours": _one_of("viridis", "inferno"), "shared": _switch,
        "method": _one_of("attention", "rollout", "relevance"), "layer": _whole(1, 64), "head": _whole(1, 64),
        "discard": _within(0, 0.95), "change": _one_of(*KINDS), "at": _whole(0, 64), "randomise": _switch,
    },
    "inside": {"example": _word, "look": _one_of("cnn", "vit", "sums", "hand")},
    "detect": {
        "example": _word, "detector": _word, "score": _within(0, 1), "iou": _within(0, 1), "limit": _whole(1, 300),
        "agnostic": _switch, "soft": _switch, "ghosts": _switch, "classes": _word,
        "mode": _one_of("boxes", "steps", "stages", "truth", "pair"),
    },
    "generate": {"place": _word},
    "fuse": {
        "pair": _word, "method": _one_of(*METHODS), "alpha": _within(0, 1), "light": _one_of(*LIGHTS),
        "view": _one_of("result", "wipe", "flicker", "checker", "difference", "share"),
    },
}  # fmt: skip


def settings(query: str) -> tuple[str, dict[str, Any]]:
    """Return the tab that a query names and what it sets there, checked; UserError where it names what is not there."""
    pairs = parse_qsl(query.removeprefix("?"), keep_blank_values=True, strict_parsing=True)
    tab = dict(pairs).get("tab", "")
    if tab not in KEYS:
        raise UserError("server.bad_choice", name="tab", choices=", ".join(KEYS))
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name != "tab":
            key = text("key", name, tuple(KEYS[tab]))
            found[name] = KEYS[tab][key](name, value)
    return tab, found
