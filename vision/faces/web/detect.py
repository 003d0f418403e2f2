"""The Detect tab: candidates of one or two detectors for the widget, files to keep, and a table of many pictures."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Callable
from typing import Any

import gradio as gr
from PIL import Image

from vision.core import paint_boxes
from vision.core.coco import to_coco, to_csv
from vision.core.errors import PictureError, UserError
from vision.core.picture import Picture
from vision.core.results_detect import DetectView
from vision.core.sift import detection
from vision.faces.arguments import flag, number, text, whole
from vision.faces.web import detect_batch, examples
from vision.faces.web.context import Context
from vision.faces.web.folders import Folder
from vision.faces.web.guard import guard
from vision.faces.web.widgets import payload, sentences, widget

SIDE = 1600  # long side in pixels of the photo as the page shows it; boxes stay in pixels of the original
DETECTORS = 2  # side by side
LIMIT = 300  # the longest list the page's slider allows
EVENTS = ("detect", "export")


def build(context: Context) -> None:
    """Fill the tab."""
    desk = Desk(context)
    view = widget("detect", "gb-detect", desk.empty(), EVENTS, context.lang)
    for event in EVENTS:
        handler = guard(desk.answered(getattr(desk, event)), context.lang)
        asked = getattr(view, event)(handler, None, view, show_progress="hidden", trigger_mode="multiple", api_visibility="private")
        asked.failure(desk.failed, None, view, show_progress="hidden", api_visibility="private")
    detect_batch.build(context)


class Desk:
    """The handlers of the tab; each takes what the widget sent and returns its new value, with the number of the question."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def empty(self) -> dict[str, Any]:
        """Return the value before there is a picture."""
        return {
            "words": sentences("detect", lang=self.context.lang),
            "models": models(self.context),
            "examples": examples.tiles(self.context.lang),
        }

    def failed(self) -> dict[str, Any]:
        """Return what makes the widget say that something broke; the log has the rest."""
        return {"failed": True}

    def answered(self, work: Callable[[dict[str, Any], Folder], dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        """Return an event's handler: the answer carries the question's number; a person's mistake becomes its sentence."""

        def handler(event: gr.EventData, request: gr.Request) -> dict[str, Any]:
            asked = event._data if isinstance(event._data, dict) else {}
            seq = asked["seq"] if isinstance(asked.get("seq"), int) else 0
            try:
                return {"seq": seq, **work(asked, self.context.folders.of(request.session_hash))}
            except UserError as error:
                return {"seq": seq, "said": error.say(self.context.lang)}

        return handler

    def picture(self, asked: dict[str, Any]) -> tuple[Picture, dict[str, str]]:
        """Return the picture of a question and what to send to ask about it again."""
        source = asked["source"] if isinstance(asked.get("source"), dict) else asked
        if "example" in source:
            return examples.picture(source["example"]), {"example": str(source["example"])}
        path, name = source.get("path"), source.get("name")
        if not isinstance(path, str):
            raise PictureError("server.not_an_upload")
        name = name if isinstance(name, str) else ""
        return self.context.uploads.open(path, name), {"path": path, "name": name}

    def keys(self, asked: dict[str, Any]) -> list[str]:
        """Return the one or two detectors of a question, the default one where none is named."""
        given = asked.get("models")
        given = [text("models", one) for one in given[:DETECTORS]] if isinstance(given, list) else []
        return [self.context.engine.card("detect", one).key for one in given or [""]]

    def detect(self, asked: dict[str, Any], folder: Folder) -> dict[str, Any]:
        """Return the candidates of each detector, arrays by address."""
        picture, source = self.picture(asked)
        panels = []
        for key in self.keys(asked):
            found = self.context.engine.candidates(picture, key)
            panels.append({**payload(found, folder), "title": self.context.engine.catalog[key].name})
        shown = {"url": folder.put(webp(picture), ".webp"), "name": picture.name, "digest": picture.digest}
        return {"source": source, "picture": {**shown, "width": picture.width, "height": picture.height}, "panels": panels}

    def export(self, asked: dict[str, Any], folder: Folder) -> dict[str, Any]:
        """Return the address of a file of what is shown: PNG at the original size, COCO JSON (first detector) or CSV (all)."""
        kind = text("kind", asked.get("kind"), ("png", "coco", "csv"))
        picture, _ = self.picture(asked)
        wanted, ghosts = view(asked.get("view"))
        found = [self.context.engine.candidates(picture, key) for key in self.keys(asked)]
        rows = [(picture.name, detection(one, wanted)) for one in found]
        if kind == "png":
            painted = [paint_boxes.paint(picture.rgb, one, wanted, ghosts=ghosts) for one in found]
            content, suffix = paint_boxes.png(painted, [one.model for one in found], wanted), ".png"
        elif kind == "coco":
            content, suffix = json.dumps(to_coco(rows[:1], found[0].names, wanted), indent=1).encode(), ".json"
        else:
            content, suffix = to_csv(rows, wanted).encode(), ".csv"
        return {"download": {"url": folder.put(content, suffix), "name": f"glassbox-detect{suffix}"}}


def models(context: Context) -> list[dict[str, Any]]:
    """Return the detectors to choose from: key, name, and whether the weights are here."""
    engine = context.engine
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
