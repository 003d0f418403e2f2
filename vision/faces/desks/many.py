"""Many pictures, below the Detect tab: they come one after the other, and the files hold what is done so far."""

from __future__ import annotations

import functools
import json
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any, ClassVar

from vision.core.coco import to_coco, to_csv
from vision.core.errors import PictureError, UserError
from vision.core.picture import Picture
from vision.core.results_detect import Detection, DetectView
from vision.core.words import say, sentences
from vision.engine import Engine
from vision.faces.arguments import number, text, whole
from vision.faces.desks import detect
from vision.faces.desks.numbered import numbered
from vision.faces.desks.visitor import Visitor

PICTURES = 500  # of one go
VISITORS = 32  # whose boxes are kept; the one silent longest is forgotten first
WORDS = ("lost", "failed", "detector", "to_download", "score", "iou", "export_coco", "export_csv")

Row = tuple[str, int, str]  # the picture's name, how many boxes, what they are


class Many:
    """One go: pictures come one after the other, and the files can be had at any time."""

    def __init__(self, engine: Engine, model: str, view: DetectView) -> None:
        self.engine = engine
        self.card = engine.card("detect", model)
        self.view = view
        self.done: list[tuple[str, Detection]] = []

    def add(self, picture: Picture) -> Row:
        """Find the objects of one more picture."""
        found = self.engine.detect(picture, self.card.key, score=self.view.score, iou=self.view.iou)
        self.done.append((picture.name, found))
        return picture.name, len(found.boxes), summary(found)

    def coco(self) -> str:
        """Return all boxes as COCO JSON."""
        return json.dumps(to_coco(self.done, self.card.labels, self.view), indent=1)

    def csv(self) -> str:
        """Return a row of every box."""
        return to_csv(self.done, self.view)


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


def summary(found: Detection) -> str:
    """Return the classes of a detection with their numbers, the commonest first."""
    counted = Counter(box.label for box in found.boxes).most_common()
    listed = [say("detect.counted", count=count, label=label) for label, count in counted] or [""]
    return functools.reduce(lambda before, one: say("detect.further", list=before, next=one), listed)
