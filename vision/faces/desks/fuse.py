"""The Fuse tab: two pictures laid on one canvas for the widget; methods that the browser does not do itself; files to keep."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import numpy as np

from vision.core import pairs
from vision.core.encode import gif, png
from vision.core.errors import PictureError
from vision.core.picture import Picture, read
from vision.core.place import FITS, Fitted
from vision.core.recipe import BLENDS, Recipe
from vision.core.register import WAYS, register
from vision.core.wire import Put
from vision.core.words import say, sentences
from vision.engine import Engine
from vision.faces import examples, recipes
from vision.faces.arguments import text
from vision.faces.desks.numbered import Handler, numbered
from vision.faces.desks.visitor import Visitor
from vision.tasks.fuse import Canvas, canvas

SIDE = 960  # long side in pixels of what the widget mixes: a frame's time on a school's laptop
GIF_SIDE = 400
GIF_STEPS = 13
GIF_FRAME_MS = 80

# key of the pair's words: (example of A, example of B, method it shows, how B fits); two equal examples are parted by `pairs`
PAIRS = {
    "hybrid": ("lion", "chelsea", "hybrid", "fill"),
    "focuses": ("coffee", "coffee", "features", "fit"),
    "exposures": ("chelsea", "chelsea", "mertens", "fit"),
    "alpha": ("rocket", "cheetah", "alpha", "fit"),
}
PARTED: dict[str, Callable[..., tuple[Any, Any]]] = {"focuses": pairs.focuses, "exposures": pairs.exposures}


class Desk:
    """The handlers of the tab; each takes what the widget sent and returns its new value, with the number of the question."""

    EVENTS = ("pick", "fit", "mix", "align", "save")
    FAILED = None

    def __init__(self, engine: Engine, lang: str = "") -> None:
        self.engine = engine
        self.lang = lang

    def empty(self) -> dict[str, Any]:
        """Return the value before there is a picture: words, pairs and examples to begin with."""
        lang = self.lang
        tiles = {tile["key"]: tile for tile in examples.tiles(lang)}
        begin = [
            {"key": key, "method": method, "fit": fit, "urls": [tiles[one]["url"] for one in dict.fromkeys((a, b))],
             "title": say(f"fuse.pair_{key}", lang), "hint": say(f"fuse.pair_{key}_hint", lang)}
            for key, (a, b, method, fit) in PAIRS.items() if a in tiles and b in tiles
        ]  # fmt: skip
        return {
            "words": sentences("fuse", lang=lang),
            "pairs": begin,
            "tiles": [{"key": key, "title": tiles[key]["title"]} for key in tiles],
        }

    def handler(self, event: str) -> Handler:
        """Return an event's handler: the answer carries the question's number; a person's mistake becomes its sentence."""
        return numbered(getattr(self, event), self.lang, said="error")

    # ---- pictures ----

    def picture(self, source: object, visitor: Visitor) -> Picture:
        """Return the picture a source names: {path, name} of an upload, {shared, name} of somebody else's, {example}, or {pair, part}."""
        if not isinstance(source, dict):
            raise PictureError("fuse.need_both")
        if "example" in source:
            return examples.picture(source["example"])
        if "pair" in source:
            return self._of_pair(source)
        return visitor.open(source.get("path", source.get("shared")), str(source.get("name") or ""))

    def _of_pair(self, source: dict[str, Any]) -> Picture:
        row = PAIRS.get(str(source["pair"]))
        if row is None:
            raise PictureError("examples.unknown")
        part = 0 if source.get("part") == "a" else 1
        whole = examples.picture(row[part])
        if source["pair"] not in PARTED:
            return whole
        return read(np.ascontiguousarray(PARTED[source["pair"]](whole.rgb)[part]), whole.name)

    def pick(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """Put a picture into slot a or b, or a pair into both."""
        given = dict(asked["given"]) if isinstance(asked.get("given"), dict) else {}
        if "pair" in asked:
            given = {part: {"pair": asked["pair"], "part": part} for part in ("a", "b")}
        else:
            slot = "b" if asked.get("slot") == "b" else "a"
            named = {"example": asked["example"]} if "example" in asked else {"path": asked.get("path"), "name": asked.get("name")}
            given[slot] = named
        return self.fit({**asked, "given": given}, visitor)

    def fit(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """Return what the widget mixes: A at working size, B fitted to it, each as a PNG of its exact bytes."""
        given = asked.get("given")
        given = {slot: given[slot] for slot in ("a", "b") if slot in given} if isinstance(given, dict) else {}
        there = {slot: self.picture(source, visitor) for slot, source in given.items()}
        if len(there) < 2:
            only = {slot: self._sent(one, _small(one), visitor.put) for slot, one in there.items()}
            return {"pair": {**only, "left": 0, "top": 0, "sources": given}}
        two = self._canvas(asked, there["a"], there["b"])
        sent = {"a": self._sent(there["a"], two.a, visitor.put), "b": self._sent(there["b"], two.fitted.rgb, visitor.put)}
        return {"pair": {**sent, "left": two.fitted.left, "top": two.fitted.top, "sources": given}}

    def _canvas(self, asked: dict[str, Any], a: Picture, b: Picture) -> Canvas:
        return canvas(a.rgb, b.rgb, Recipe(fit=text("fit", asked.get("fit", "fit"), FITS) or "fit", side=SIDE))

    def _sent(self, one: Picture, rgb: Any, put: Put) -> dict[str, Any]:
        facts = {"name": one.name, "width": one.width, "height": one.height, "notes": list(one.notes)}
        return {"url": put(png(rgb), ".png"), **facts}

    # ---- methods ----

    def recipe(self, asked: dict[str, Any], side: int) -> Recipe:
        """Return the checked recipe of a question at a canvas's long side (0: A's own)."""
        plain = {key: asked[key] for key in ("method", "alpha", "light", "fit") if key in asked}
        options = asked.get("options")
        found = recipes.recipe(**plain, options=json.dumps(options if isinstance(options, dict) else {}))
        return dataclasses.replace(found, side=side)

    def fused(self, asked: dict[str, Any], recipe: Recipe, visitor: Visitor) -> Any:
        """Return the engine's answer to a question."""
        given = asked["given"] if isinstance(asked.get("given"), dict) else {}
        fields = {field.name: getattr(recipe, field.name) for field in dataclasses.fields(recipe)}
        return self.engine.fuse(self.picture(given.get("a"), visitor), self.picture(given.get("b"), visitor), **fields)

    def mix(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """Return a method's picture at working size, where A won, and the figures in a sentence."""
        recipe = self.recipe(asked, SIDE)
        found = self.fused(asked, recipe, visitor)
        result: dict[str, Any] = {"words": [say(key, self.lang, **values) for key, values in found.facts if key != "fuse.reduced"]}
        if recipe.method not in BLENDS:
            result["url"] = visitor.put(png(found.rgb), ".png")
            result["share"] = visitor.put(png(found.share), ".png") if found.share is not None else None
        return {"key": str(asked.get("key", "")), "result": result}

    def align(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """Return the move that lays B on A, or the sentence why none was found; the placement then stays."""
        given = asked["given"] if isinstance(asked.get("given"), dict) else {}
        two = self._canvas(asked, self.picture(given.get("a"), visitor), self.picture(given.get("b"), visitor))
        fitted = Fitted(two.fitted.rgb, two.fitted.left, two.fitted.top)
        return {"move": dataclasses.asdict(register(two.a, fitted, text("way", asked.get("way"), WAYS) or WAYS[0]))}

    def save(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """Return the address of a file: a PNG on A's own size, or a GIF from A to B and back."""
        if asked.get("kind") != "gif":
            content, suffix = png(self.fused(asked, self.recipe(asked, 0), visitor).rgb, effort=6), ".png"
        else:
            recipe = self.recipe(asked, GIF_SIDE)
            steps = np.linspace(1, 0, GIF_STEPS).tolist()
            frames = [self.fused(asked, dataclasses.replace(recipe, alpha=alpha), visitor).rgb for alpha in steps]
            content, suffix = gif([*frames, *frames[-2:0:-1]], GIF_FRAME_MS), ".gif"
        return {"file": {"url": visitor.put(content, suffix), "name": f"glassbox-fuse{suffix}"}}


def _small(one: Picture) -> Any:
    return canvas(one.rgb, one.rgb[:1, :1], Recipe(side=SIDE)).a
