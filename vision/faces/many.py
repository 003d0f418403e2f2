"""Many pictures through one detector at one setting: a row of each, and COCO JSON and CSV of what is done so far."""

from __future__ import annotations

import functools
import json
from collections import Counter

from vision.core.coco import to_coco, to_csv
from vision.core.picture import Picture
from vision.core.results_detect import Detection, DetectView
from vision.core.words import say
from vision.engine import Engine

PICTURES = 500  # of one go

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


def summary(found: Detection) -> str:
    """Return the classes of a detection with their numbers, the commonest first."""
    counted = Counter(box.label for box in found.boxes).most_common()
    listed = [say("detect.counted", count=count, label=label) for label, count in counted] or [""]
    return functools.reduce(lambda before, one: say("detect.further", list=before, next=one), listed)
