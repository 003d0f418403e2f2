"""The endpoints: the engine's tasks with checked arguments, answered as JSON; the same on every face.

Names, arguments and keys are the contract of the endpoints (docs/api.md). Each function takes the engine, decoded pictures and
plain arguments, and returns JSON values; a mistake in an argument is a UserError.
"""

from __future__ import annotations

from typing import Any

from vision.core.picture import Picture
from vision.core.wire import encode
from vision.engine import Engine
from vision.faces.arguments import number, text, whole

TASKS = ("classify", "detect", "generate")
FUSIONS = ("mean", "max", "min")
TOP = 100  # the longest list of classes one answer gives
DEPTH = 1000  # more layers or heads than any model has


def models(engine: Engine, task: str = "") -> list[dict[str, Any]]:
    """Return the catalogue with what the cache knows of each model; `task`: only those of one task."""
    return encode(engine.models(text("task", task, TASKS)))  # type: ignore[no-any-return]


def classify(engine: Engine, picture: Picture, model: str = "", top: int = 5) -> dict[str, Any]:
    """Return the best classes of a picture, softmax over all the model's classes, sorted."""
    return encode(engine.classify(picture, text("model", model), top=whole("top", top, 1, TOP)))  # type: ignore[no-any-return]


def explain(
    engine: Engine,
    picture: Picture,
    model: str = "",
    method: str = "",
    target: str = "",
    layer: int = -1,
    head: int = -1,
    fusion: str = "mean",
    discard: float = 0.0,
) -> dict[str, Any]:
    """Return the map of one method for one class (label or index; empty: the best); layer and head -1: fused."""
    found = engine.explain(
        picture,
        text("model", model),
        method=text("method", method),
        target=text("target", target),
        layer=whole("layer", layer, -1, DEPTH),
        head=whole("head", head, -1, DEPTH),
        fusion=text("fusion", fusion, FUSIONS) or "mean",
        discard=number("discard", discard, 0.0, 0.99),
    )
    return encode(found)  # type: ignore[no-any-return]
