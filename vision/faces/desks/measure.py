"""The Measure tab: many labelled pictures, one after the other, and what two classifiers or a detector are worth on them."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from typing import Any, ClassVar

from vision.core.errors import PictureError, UserError
from vision.core.picture import Picture
from vision.core.wire import encode
from vision.core.words import said, say, sentences
from vision.engine import Engine
from vision.faces import examples
from vision.faces.arguments import number, text, whole
from vision.faces.desks import measure_files
from vision.faces.desks.numbered import Handler, numbered
from vision.faces.desks.visitor import Visitor
from vision.faces.measuring import PICTURES, Answered, Looked, Names, Survey, Trial
from vision.models.catalog import Card
from vision.models.labels import Label

FAMILIES = ("cnn", "vit")
VISITORS = 100  # whose measurements are kept; the one silent longest is forgotten first
NAMES = 200  # of folders or categories
NAME_LENGTH = 200
BOXES = 500  # of one picture
FAR = 1e6  # pixels; a corner beyond is a mistake of the file

Run = Trial | Survey


class Desk:
    """The handlers of the tab; each takes what the widget sent and returns its next value, with the number of the question."""

    EVENTS = ("begin", "picture", "figures", "save")
    FAILED: ClassVar[dict[str, Any]] = {"failed": True}

    def __init__(self, engine: Engine, lang: str = "", visitors: int = VISITORS) -> None:
        self.engine = engine
        self.lang = lang
        self.visitors = visitors
        self._lock = threading.Lock()  # guards the table
        self._runs: OrderedDict[str, tuple[str, Run]] = OrderedDict()

    def empty(self) -> dict[str, Any]:
        """Return the widget's value before there are pictures."""
        cards = self.engine.catalog.cards
        tables = {family: [card for card in cards if card.task == "classify" and card.family == family] for family in FAMILIES}
        tables["detector"] = [card for card in cards if card.task == "detect"]
        models = {
            family: [{"key": card.key, "name": card.name, "local": self.engine.catalog.local(card)} for card in rows]
            for family, rows in tables.items()
        }
        words = sentences("measure", lang=self.lang)
        tabs = {key: say(f"page.tab_{key}", self.lang) for key in ("classify", "detect")}
        return {"words": words, "models": models, "most": PICTURES, "boxes": BOXES, "examples": sorted_examples(self.lang), "tabs": tabs}

    def handler(self, event: str) -> Handler:
        """Return an event's handler: the answer carries the question's number; a person's mistake becomes its sentence."""
        return numbered(getattr(self, event), self.lang)

    # ---- events ----

    def begin(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """Begin anew with some nets and the names of folders or categories; say which of those are left out, and why."""
        kind = text("kind", asked.get("kind"), ("classify", "detect"))
        truths = sorted_words(self.lang) if asked.get("examples") is True else {}
        given = list(dict.fromkeys(truths.values())) or asked.get("names")
        if not isinstance(given, list) or len(given) > NAMES:
            raise UserError("measure.too_many_names", most=NAMES)
        words = [text("names", one)[:NAME_LENGTH] for one in given]
        cards = self._cards(kind, asked.get("models"))
        names = Names(cards, words)
        run: Run = Survey(self.engine, cards[0], names) if kind == "detect" else Trial(self.engine, cards, names)
        number = secrets.token_hex(8)
        with self._lock:
            self._runs[visitor.session or ""] = number, run
            self._runs.move_to_end(visitor.session or "")
            while len(self._runs) > self.visitors:
                self._runs.popitem(last=False)
        left_out = [{"name": word, "why": why} for word, why in names.strangers(self.lang)]
        nets = [{"key": card.key, "name": card.name} for card in cards]
        return {
            "begun": {
                "id": number,
                "kind": kind,
                "nets": nets,
                "names": names.known,
                "truths": truths,
                "index": names.index,
                "left_out": left_out,
            }
        }

    def picture(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """Take one picture with its truth; one that cannot be read has its sentence in place of an answer."""
        run = self._run(asked, visitor)
        if len(run.rows) >= PICTURES:
            raise UserError("measure.too_many", most=PICTURES)
        name = text("name", asked.get("name", ""))[:NAME_LENGTH]
        try:
            known = "example" in asked
            picture = examples.picture(asked["example"]) if known else visitor.open(text("path", asked.get("path")), name)
            return {"row": self._looked(run, picture, asked)}
        except PictureError as error:
            return {"row": {"failed": error.say(self.lang)}}

    def figures(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """Return the figures of what was done so far; of a detector: `score`, above which a box is shown."""
        run = self._run(asked, visitor)
        if isinstance(run, Trial):
            return {"figures": {"nets": encode(run.scores())}}
        least = number("score", asked.get("score", 0.5), 0.01, 1.0)
        return {"figures": {"precision": encode(run.precision()), "score": least, "rows": [row.counts(least) for row in list(run.rows)]}}

    def save(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """Return the address of a file of all figures (JSON) or of every picture (CSV)."""
        run, kind = self._run(asked, visitor), text("kind", asked.get("kind"), ("json", "csv"))
        content = measure_files.make(run, kind, number("score", asked.get("score", 0.5), 0.01, 1.0))
        return {"download": {"url": visitor.put(content, f".{kind}"), "name": f"glassbox-measure.{kind}"}}

    # ---- what they stand on ----

    def _run(self, asked: dict[str, Any], visitor: Visitor) -> Run:
        """Return the visitor's measurement; one that was begun anew or forgotten meanwhile is a UserError."""
        with self._lock:
            number, run = self._runs.get(visitor.session or "", ("", None))
            if run is None or not visitor.session or number != asked.get("id"):
                raise UserError("measure.forgotten")
            self._runs.move_to_end(visitor.session)
        return run

    def _cards(self, kind: str, given: object) -> tuple[Card, ...]:
        asked = given if isinstance(given, dict) else {}
        if kind == "detect":
            return (self.engine.card("detect", text("detector", asked.get("detector", ""))),)
        return tuple(self.engine.card("classify", text(family, asked.get(family, "")), family) for family in FAMILIES)

    def _looked(self, run: Run, picture: Picture, asked: dict[str, Any]) -> dict[str, Any]:
        if isinstance(run, Survey):
            return survey_row(run.add(picture, boxes(asked.get("boxes"), asked.get("size"), picture)))
        truth = text("truth", asked.get("truth"))
        if truth not in run.names.index:
            raise UserError("measure.forgotten")
        return trial_row(run.add(picture, truth))


def sorted_words(lang: str = "") -> dict[str, str]:
    """Return the word by which a person would sort each example, by its key, where nets know one."""
    return {one.key: said(Label(one.what, "imagenet-1k"), lang) for one in examples.examples().values() if one.what}


def sorted_examples(lang: str = "") -> list[dict[str, str]]:
    """Return the examples that a person would sort: key, name, the thumbnail's address."""
    known = sorted_words(lang)
    return [{"key": tile["key"], "name": tile["title"], "url": tile["url"]} for tile in examples.tiles(lang) if tile["key"] in known]


def trial_row(row: Answered) -> dict[str, Any]:
    """Return a picture's answers for the widget."""
    guesses = [{"label": said(guess.label), "score": guess.score, "is": at} for guess, at in zip(row.guesses, row.answers, strict=True)]
    return {"truth": row.truth, "guesses": guesses}


def survey_row(row: Looked) -> dict[str, Any]:
    """Return what the widget needs of a picture before there are figures."""
    return {"boxes": len(row.marked.truth)}


def boxes(given: object, size: object, picture: Picture) -> list[tuple[tuple[float, ...], str, bool]]:
    """Return the checked true boxes of a picture: [{xyxy, name, crowd}] in pixels of `size` [width, height], which the file states."""
    if not isinstance(given, list) or len(given) > BOXES:
        raise UserError("measure.bad_boxes", most=BOXES)
    stated = size if isinstance(size, list) and len(size) == 2 else [picture.width, picture.height]
    width, height = (whole("size", one, 1, int(FAR)) for one in stated)
    scale = picture.width / width, picture.height / height
    found = []
    for one in given:
        corners = one.get("xyxy") if isinstance(one, dict) else None
        if not isinstance(corners, list) or len(corners) != 4:
            raise UserError("measure.bad_boxes", most=BOXES)
        xyxy = tuple(number("xyxy", value, -FAR, FAR) * scale[at % 2] for at, value in enumerate(corners))
        found.append((xyxy, text("name", one.get("name"))[:NAME_LENGTH], one.get("crowd") is True))
    return found
