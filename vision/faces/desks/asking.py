"""One net is asked about one photo: what the visitor hears meanwhile, and the answer as the Classify widget takes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from vision.core.errors import ModelError, UserError
from vision.core.picture import Picture
from vision.core.results import Explanation, Forward
from vision.core.wire import Put, array, encode
from vision.core.words import said, say
from vision.engine import Engine
from vision.faces.desks.looking import hearing
from vision.faces.desks.room import Room
from vision.models.catalog import Card
from vision.models.line import listening

TOP = 5
MAPS = 24  # maps of classes kept for one photo and net
LASTING = ("explain.reach_", "explain.no_class_token")  # facts that hold whatever layer is looked at


class Asking:
    """Asks nets for all visitors, and remembers how long each took."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.usual_ms: dict[str, float] = {}

    def ask(self, room: Room, put: Put, card: Card, picture: Picture, over: Callable[[], bool]) -> dict[str, Any]:
        """Return a net's answer for the widget, arrays by address; the room is told each step until `over`."""
        with listening(hearing(self.engine, room, card, over, usual_ms=self.usual_ms.get(card.key))):
            kept = self._looked(card, picture, over)
            return self._packed(card, picture, kept, put)

    def _looked(self, card: Card, picture: Picture, over: Callable[[], bool]) -> Forward:
        while True:
            try:
                kept = self.engine.forward(picture, card.key)
            except ModelError as error:
                if error.key != "model.cancelled" or over():
                    raise
                continue  # somebody else who had asked the same left in the middle of it: ask for ourselves
            self.usual_ms[card.key] = kept.ms
            return kept

    def _packed(self, card: Card, picture: Picture, kept: Forward, put: Put) -> dict[str, Any]:
        best = self.engine.classify(picture, card.key, top=TOP)
        labels = put(json.dumps([said(label) for label in card.labels]).encode(), ".json")
        packed = {
            **encode(kept),
            "id": labels,  # an address that no other answer has
            "labels": labels,
            "name": card.name,
            "names": card.names,
            "params": card.params,
            "methods": list(card.methods),
            "top": encode(best.top, write=said),
            "refusal": "" if card.methods else say("explain.no_map", model=card.name),
            "maps": [],
            "facts": [],
        }
        if "gradcam" in card.methods:
            targets = tuple(str(guess.index) for guess in best.top)
            maps = self.engine.maps(picture, card.key, "gradcam", targets)
            packed["maps"] = [packed_map(found, "" if at == targets[0] else at) for at, found in zip(targets, maps, strict=True)]
        if "attention" in card.methods and kept.attention is not None and kept.scale is not None:
            packed |= {"attention": array(kept.attention, put), "scale": array(kept.scale, put)}
            packed["facts"] = lasting(self.engine.explain(picture, card.key, method="attention"))
        return packed


def packed_map(found: Explanation, target: str, against: str = "") -> dict[str, Any]:
    """Return a map for the widget under the words it was asked with; an empty target is the best class."""
    return {**encode(found, write=said), "asked": {"target": target, "against": against}}


def lasting(found: Explanation) -> list[Any]:
    """Return the facts that hold for the net and the photo; the others follow the view in the browser."""
    return [encode(fact, write=said) for fact in found.facts if fact[0].startswith(LASTING)]


def answered(room: Room, family: str) -> dict[str, Any]:
    """Return a family's answer in a room; UserError where there is none yet."""
    answer: dict[str, Any] | None = room.part(family)
    if answer is None:
        raise UserError("classify.no_answer")
    return answer


def with_map(parts: dict[str, Any], family: str, answer_id: str, found: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with one more map; nothing where another answer has taken its place."""
    answer = parts[family]
    if not answer or answer["id"] != answer_id:
        return {}
    return {family: {**answer, "maps": [*answer["maps"][-MAPS:], found]}}


def with_curve(family: str, curve: dict[str, Any], parts: dict[str, Any]) -> dict[str, Any]:
    """Return the deletion curves with a newer one of a family."""
    return {"curves": {**parts["curves"], family: curve}}
