"""The Detect tab: candidates of one or two detectors for the widget, files to keep, and a table of many pictures."""

from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path
from typing import Any, ClassVar

from PIL import Image

from vision.core import paint_boxes
from vision.core.coco import to_coco, to_csv
from vision.core.errors import PictureError
from vision.core.picture import Picture
from vision.core.results_detect import DetectView
from vision.core.sift import detection
from vision.core.wire import encode
from vision.core.words import said, sentences
from vision.engine import Engine
from vision.faces import examples
from vision.faces.arguments import flag, number, text, whole
from vision.faces.desks.numbered import Handler, numbered
from vision.faces.desks.visitor import Visitor

SIDE = 1600  # long side in pixels of the photo as the page shows it; boxes stay in pixels of the original
DETECTORS = 2  # side by side
LIMIT = 300  # the longest list the page's slider allows


class Desk:
    """The handlers of the tab; each takes what the widget sent and returns its new value, with the number of the question."""

    EVENTS = ("detect", "export")
    FAILED: ClassVar[dict[str, Any]] = {"failed": True}

    def __init__(self, engine: Engine, lang: str = "") -> None:
        self.engine = engine
        self.lang = lang

    def empty(self) -> dict[str, Any]:
        """Return the value before there is a picture."""
        return {
            "words": sentences("detect", lang=self.lang),
            "models": models(self.engine),
            "examples": examples.tiles(self.lang),
        }

    def handler(self, event: str) -> Handler:
        """Return an event's handler: the answer carries the question's number; a person's mistake becomes its sentence."""
        return numbered(getattr(self, event), self.lang)

    def picture(self, asked: dict[str, Any], visitor: Visitor) -> tuple[Picture, dict[str, str]]:
        """Return the picture of a question and what to send to ask about it again."""
        source = asked["source"] if isinstance(asked.get("source"), dict) else asked
        if "example" in source:
            return examples.picture(source["example"]), {"example": str(source["example"])}
        path, name = source.get("path"), source.get("name")
        if not isinstance(path, str):
            raise PictureError("server.not_an_upload")
        name = name if isinstance(name, str) else ""
        return visitor.open(path, name), {"path": path, "name": name}

    def keys(self, asked: dict[str, Any]) -> list[str]:
        """Return the one or two detectors of a question, the default one where none is named."""
        given = asked.get("models")
        given = [text("models", one) for one in given[:DETECTORS]] if isinstance(given, list) else []
        return [self.engine.card("detect", one).key for one in given or [""]]

    def detect(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """Return the candidates of each detector, arrays by address."""
        picture, source = self.picture(asked, visitor)
        panels = []
        for key in self.keys(asked):
            found = self.engine.candidates(picture, key)
            called = [said(name) for name in found.names]
            panels.append({**encode(found, visitor.put), "called": called, "title": self.engine.catalog[key].name})
        shown = {"url": visitor.put(webp(picture), ".webp"), "name": picture.name, "digest": picture.digest}
        return {"source": source, "picture": {**shown, "width": picture.width, "height": picture.height}, "panels": panels}

    def export(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """Return the addresses of files of what is shown: a PNG at the original size, a COCO JSON of each detector, or a CSV."""
        kind = text("kind", asked.get("kind"), ("png", "coco", "csv"))
        picture, _ = self.picture(asked, visitor)
        found = [self.engine.candidates(picture, key) for key in self.keys(asked)]
        given = asked.get("views")
        looks = [view(one) for one in (given if isinstance(given, list) else [])[: len(found)]]
        looks += [view(None)] * (len(found) - len(looks))
        rows = [(picture.name, detection(one, wanted)) for one, (wanted, _) in zip(found, looks, strict=True)]
        settings = looks[0][0]  # they differ in the numbers of the classes only
        if kind == "png":
            painted = [
                paint_boxes.paint(picture.rgb, one, wanted, ghosts=ghosts) for one, (wanted, ghosts) in zip(found, looks, strict=True)
            ]
            files = {"glassbox-detect.png": paint_boxes.png(painted, [one.model for one in found], settings)}
        elif kind == "coco":
            files = {
                f"glassbox-detect-{one.model}.json": json.dumps(to_coco([row], one.names, wanted), indent=1).encode()
                for one, row, (wanted, _) in zip(found, rows, looks, strict=True)
            }
        else:
            files = {"glassbox-detect.csv": to_csv(rows, settings).encode()}
        return {"downloads": [{"url": visitor.put(content, Path(name).suffix), "name": name} for name, content in files.items()]}


def models(engine: Engine) -> list[dict[str, Any]]:
    """Return the detectors to choose from: key, name, and whether the weights are here."""
    return [
        {"key": card.key, "name": card.name, "local": engine.catalog.local(card)} for card in engine.catalog.cards if card.task == "detect"
    ]


def view(given: object) -> tuple[DetectView, bool]:
    """Return the checked view a widget sent, and whether suppressed boxes are shown."""
    asked = given if isinstance(given, dict) else {}
    default = DetectView()
    classes = asked.get("classes")
    found = DetectView(
        score=number("score", asked.get("score", default.score), 0.0, 1.0),
        iou=number("iou", asked.get("iou", default.iou), 0.0, 1.0),
        agnostic=flag("agnostic", asked.get("agnostic", False)),
        soft=flag("soft", asked.get("soft", False)),
        limit=whole("limit", asked.get("limit", default.limit), 0, LIMIT),
    )
    if isinstance(classes, list):
        found = dataclasses.replace(found, classes=tuple(whole("classes", one, 0, 10_000) for one in classes[:10_000]))
    return found, flag("ghosts", asked.get("ghosts", False))


def webp(picture: Picture) -> bytes:
    """Return the picture as the page shows it, its long side at most SIDE."""
    small = Image.fromarray(picture.rgb)
    small.thumbnail((SIDE, SIDE))
    out = io.BytesIO()
    small.save(out, "WEBP", quality=88)
    return out.getvalue()
