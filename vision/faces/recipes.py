"""A fusion from outside: the plain arguments and the JSON options of /fuse, checked, as a Recipe."""

from __future__ import annotations

import json
from typing import Any

from vision.core.blend import LIGHTS
from vision.core.errors import UserError
from vision.core.mask import Stroke
from vision.core.photo import CLONES
from vision.core.place import FITS, Move
from vision.core.recipe import MASKS, METHODS, RULES, Mask, Recipe
from vision.faces.arguments import number, text, whole

OPTIONS_LENGTH = 200_000  # room for the strokes below
STROKES = 4000
LEVELS = 12
SIGMA = 10.0  # percent of the long side
SIDE = 4096


def recipe(method: str = "alpha", alpha: float = 0.5, light: str = "srgb", fit: str = "fit", options: str = "") -> Recipe:
    """Return the checked recipe; `options`: a JSON object with any of the fields of a Recipe that are no arguments here."""
    given = _object("options", _parsed(options))
    known = {
        "move": _move, "weights": lambda name, value: _numbers(name, value, 3, 0, 1), "mask": _mask,
        "levels": lambda name, value: whole(name, value, 1, LEVELS),
        "sigma": lambda name, value: _numbers(name, value, 2, 0, SIGMA),
        "clone": lambda name, value: text(name, value, tuple(CLONES)) or "normal",
        "exposure": lambda name, value: _numbers(name, value, 3, 0, 5),
        "rule": lambda name, value: text(name, value, RULES) or "lahoud",
        "layer": lambda name, value: whole(name, value, -1, 100),
        "side": lambda name, value: whole(name, value, 0, SIDE),
    }  # fmt: skip
    fields = {key: known[key](key, value) for key, value in _only(given, tuple(known)).items()}
    return Recipe(
        method=text("method", method, METHODS) or "alpha",
        alpha=number("alpha", alpha, 0, 1),
        light=text("light", light, LIGHTS) or "srgb",
        fit=text("fit", fit, FITS) or "fit",
        **fields,
    )


def _parsed(options: object) -> object:
    if not isinstance(options, str) or len(options) > OPTIONS_LENGTH:
        raise UserError("server.bad_text", name="options", length=OPTIONS_LENGTH)
    try:
        return json.loads(options) if options.strip() else {}
    except (ValueError, RecursionError):
        raise UserError("fuse.bad_json") from None


def _object(name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UserError("fuse.bad_object", name=name)
    return value


def _only(given: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    for key in given:
        if key not in keys:
            raise UserError("server.bad_choice", name="options", choices=", ".join(keys))
    return given


def _numbers(name: str, value: object, count: int, low: float, high: float) -> tuple[float, ...]:
    if not isinstance(value, list) or len(value) != count:
        raise UserError("fuse.bad_list", name=name, count=count)
    return tuple(number(name, item, low, high) for item in value)


def _move(name: str, value: object) -> Move:
    given = _only(_object(name, value), ("dx", "dy", "scale", "turn"))
    bounds = {"dx": (-10, 10), "dy": (-10, 10), "scale": (0.02, 50), "turn": (-360, 360)}
    return Move(**{key: number(key, item, *bounds[key]) for key, item in given.items()})


def _mask(name: str, value: object) -> Mask:
    given = _only(_object(name, value), ("kind", "angle", "at", "width", "size", "ground", "strokes"))
    bounds = {"angle": (-360, 360), "at": (-1, 2), "width": (0, 2), "size": (0, 2), "ground": (0, 1)}
    fields: dict[str, Any] = {key: number(key, given[key], *bounds[key]) for key in given if key in bounds}
    if "kind" in given:
        fields["kind"] = text("kind", given["kind"], MASKS) or "gradient"
    return Mask(strokes=strokes(given.get("strokes", [])), **fields)


def strokes(value: object) -> tuple[Stroke, ...]:
    """Return checked strokes of a brush: a list of [x, y, radius, value]."""
    if not isinstance(value, list) or len(value) > STROKES:
        raise UserError("fuse.bad_strokes", count=STROKES)
    return tuple(_stroke(stroke) for stroke in value)


def _stroke(value: object) -> Stroke:
    x, y, radius, share = _numbers("strokes", value, 4, -2, 3)
    return x, y, number("strokes", radius, 0, 1), number("strokes", share, 0, 1)
