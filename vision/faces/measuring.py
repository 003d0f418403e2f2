"""Nets on many labelled pictures, one after the other: what each says, held against what a person calls it."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from vision.core.boxes import keep
from vision.core.faults import Marked, Matched, faults, matched, precision
from vision.core.figures import KINDS, MISSED, OTHER, Precision, Scores
from vision.core.picture import Picture
from vision.core.results import Guess
from vision.core.scores import score
from vision.core.words import said, say
from vision.engine import Engine
from vision.models.catalog import Card
from vision.models.naming import meant, near

PICTURES = 500  # of one go
NMS_IOU = 0.5  # the page's own

Classes = frozenset[int]


class Names:
    """What a person's words are to some nets: those that all of them know count, words of one meaning as one; the others are left out."""

    def __init__(self, cards: Sequence[Card], words: Iterable[str]) -> None:
        self.known: list[str] = []
        self.index: dict[str, int] = {}
        self.sets: list[tuple[Classes, ...]] = []  # of each known name, the classes of each net
        self.strange: list[tuple[str, Card]] = []
        for word in dict.fromkeys(words):
            meanings = tuple(meant(card.names, word) for card in cards)
            stranger = next((card for card, classes in zip(cards, meanings, strict=True) if not classes), None)
            if stranger:
                self.strange.append((word, stranger))
            elif meanings in self.sets:
                self.index[word] = self.sets.index(meanings)
            else:
                self.index[word] = len(self.known)
                self.known.append(word)
                self.sets.append(meanings)

    def answer(self, net: int, index: int, truth: int = OTHER) -> int:
        """Return which name a net's class is: the true one where it may be, else the first that it fits, else OTHER."""
        if truth != OTHER and index in self.sets[truth][net]:
            return truth
        return next((at for at, classes in enumerate(self.sets) if index in classes[net]), OTHER)

    def strangers(self, lang: str = "") -> list[tuple[str, str]]:
        """Return each word that is left out with the sentence that says why."""
        found = []
        for word, card in self.strange:
            names = [said(label, lang) for label in near(card.names, word)]
            key = "measure.stranger_near" if names else "measure.stranger"
            found.append((word, say(key, lang, word=word[:60], model=card.name, near=listed(names, lang))))
        return found


def listed(names: Sequence[str], lang: str = "") -> str:
    """Return names in one sentence's list."""
    return functools.reduce(lambda before, one: say("detect.further", lang, list=before, next=one), names) if names else ""


@dataclass(frozen=True)
class Answered:
    """One picture: its name, the index of its true name, each net's best guess and the index of the name that it is."""

    picture: str
    truth: int
    guesses: tuple[Guess, ...]
    answers: tuple[int, ...]


@dataclass
class Trial:
    """Classifiers on pictures whose folders name them."""

    engine: Engine
    cards: tuple[Card, ...]
    names: Names
    rows: list[Answered] = field(default_factory=list)

    def add(self, picture: Picture, word: str) -> Answered:
        """Ask every net about a picture of a known name, and keep the answers; a name that is not known is a KeyError."""
        truth = self.names.index[word]
        guesses = tuple(self.engine.classify(picture, card.key, top=1, maps=False).top[0] for card in self.cards)
        answers = tuple(self.names.answer(net, guess.index, truth) for net, guess in enumerate(guesses))
        row = Answered(picture.name, truth, guesses, answers)
        self.rows.append(row)
        return row

    def scores(self) -> list[Scores]:
        """Return the figures of each net over what was added."""
        rows = list(self.rows)
        truth = [row.truth for row in rows]
        return [score(truth, [row.answers[net] for row in rows], self.names.known) for net in range(len(self.cards))]


@dataclass(frozen=True, eq=False)
class Looked:
    """One picture of a survey, matched."""

    picture: str
    marked: Marked
    matched: Matched

    def counts(self, min_score: float) -> dict[str, int]:
        """Return how many of the boxes above a score are right and how many of each kind of mistake, and how many were missed."""
        found = faults(self.marked, min_score)
        kinds = {kind: found.kinds.count(kind) for kind in KINDS}
        return {"right": found.kinds.count(""), **kinds, MISSED: len(found.missed)}


@dataclass
class Survey:
    """A detector on pictures with true boxes; suppression per class at the page's own IoU."""

    engine: Engine
    card: Card
    names: Names
    rows: list[Looked] = field(default_factory=list)

    def add(self, picture: Picture, boxes: Sequence[tuple[Sequence[float], str, bool]]) -> Looked:
        """Look at a picture and keep what was found.

        boxes  (xyxy in pixels of the upright picture, name, crowd); those of unknown names count as nothing, on both sides
        """
        found = self.engine.candidates(picture, self.card.key)
        own = np.array([self.names.answer(0, int(kind)) for kind in range(len(found.names))], np.int64)
        best = np.flatnonzero(own[found.classes] != OTHER)
        xyxy, scores, classes = found.xyxy[best], found.scores[best], own[found.classes[best]]
        kept = keep(xyxy, scores, classes, min_score=0.0, max_iou=NMS_IOU if found.suppresses else 1.0)
        real = [(corners, self.names.index[name], crowd) for corners, name, crowd in boxes if name in self.names.index]
        marked = Marked(
            np.array([one[0] for one in real], np.float64).reshape(-1, 4),
            np.array([one[1] for one in real], np.int64),
            np.array([one[2] for one in real], bool),
            xyxy[kept],
            classes[kept],
            scores[kept],
        )
        row = Looked(picture.name, marked, matched(marked))
        self.rows.append(row)
        return row

    def precision(self) -> Precision:
        """Return average precision over what was added."""
        return precision([row.matched for row in list(self.rows)], self.names.known)
