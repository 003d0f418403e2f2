"""Many pictures, below the Detect tab: they come one after the other, and the files hold what is done so far."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, ClassVar

from vision.core.errors import PictureError, UserError
from vision.core.results_detect import DetectView
from vision.core.words import sentences
from vision.faces.arguments import number, text, whole
from vision.faces.desks import detect
from vision.faces.desks.numbered import numbered
from vision.faces.desks.visitor import Visitor
from vision.faces.many import PICTURES, Many

VISITORS = 32  # whose boxes are kept; the one silent longest is forgotten first
WORDS = ("lost", "failed", "detector", "to_download", "score", "iou", "export_coco", "export_csv")


class Desk:
    """The handlers; each takes what the widget sent and returns its next value, with the number of the question."""

    EVENTS = ("picture", "save")
    FAILED: ClassVar[dict[str, Any]] = {"failed": True}

    def __init__(self, above: detect.Desk) -> None:
        self.engine = above.engine
        self.lang = above.lang
        self._lock = threading.Lock()  # guards the table
        self._goes: OrderedDict[str, tuple[int, Many]] = OrderedDict()

    def empty(self) -> dict[str, Any]:
        """Return the widget's value before there are pictures."""
        known = sentences("detect", lang=self.lang)
        words = {key: known[key] for key in known if key in WORDS or key.startswith("batch")}
        view = DetectView()
        return {"words": words, "models": detect.models(self.engine), "most": PICTURES, "score": view.score, "iou": view.iou}

    def handler(self, event: str) -> Callable[..., dict[str, Any]]:
        """Return an event's handler: the answer carries the question's number; a person's mistake becomes its sentence."""
        return numbered({"picture": self.picture, "save": self.save}[event], self.lang)

    def picture(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """Take one more picture of a go; one that cannot be read has its sentence in place of what was found."""
        many = self._go(asked, visitor)
        if len(many.done) >= PICTURES:
            raise UserError("measure.too_many", most=PICTURES)
        name = text("name", asked.get("name", ""))
        try:
            return {"row": many.add(visitor.open(text("path", asked.get("path")), name))}
        except PictureError as error:
            return {"row": [name, 0, error.say(self.lang)]}

    def save(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """Return the address of a file of all boxes so far: COCO JSON or CSV."""
        many, kind = self._go(asked, visitor), text("kind", asked.get("kind"), ("json", "csv"))
        content = many.csv() if kind == "csv" else many.coco()
        return {"download": {"url": visitor.put(content.encode(), f".{kind}"), "name": f"glassbox-detect.{kind}"}}

    def _go(self, asked: dict[str, Any], visitor: Visitor) -> Many:
        """Return the visitor's go of this number; its `first` picture begins it, with the settings of that question."""
        go = whole("go", asked.get("go"), 1, 1_000_000_000)
        with self._lock:
            known, many = self._goes.get(visitor.session or "", (0, None))
            if many is None or known != go:
                if asked.get("first") is not True:
                    raise UserError("detect.batch_forgotten")
                view = DetectView(score=number("score", asked.get("score"), 0.0, 1.0), iou=number("iou", asked.get("iou"), 0.0, 1.0))
                many = Many(self.engine, text("model", asked.get("model")), view)
            self._goes[visitor.session or ""] = go, many
            self._goes.move_to_end(visitor.session or "")
            while len(self._goes) > VISITORS:
                self._goes.popitem(last=False)
        return many
