"""A what-if from outside: a kind, a stop on its scale, and what a brush needs, checked, as a Change."""

from __future__ import annotations

from typing import Any

from vision.core.change import FILLS, KINDS, Change
from vision.faces.arguments import text, whole
from vision.faces.recipes import strokes

SEED = 2**31 - 1


def change(asked: dict[str, Any]) -> Change:
    """Return the checked change of a question {kind, stop, seed, strokes, fill}; UserError names what is wrong."""
    kind = text("kind", asked.get("kind"), tuple(KINDS)) or "shuffle"
    stop = whole("stop", asked.get("stop"), 0, len(KINDS[kind]) - 1)
    seed = whole("seed", asked.get("seed", 0), 0, SEED)
    if kind != "brush":
        return Change(kind, KINDS[kind][stop], seed if kind in ("shuffle", "noise") else 0)
    fill = text("fill", asked.get("fill", "grey"), FILLS) or "grey"
    return Change(kind, KINDS[kind][stop], strokes=strokes(asked.get("strokes", [])), fill=fill)
