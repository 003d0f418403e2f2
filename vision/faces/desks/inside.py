"""The Inside tab: a photo goes through a CNN and a vision transformer, and what they hold on the way goes to the widget."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from vision.core.errors import ModelError
from vision.core.picture import Picture
from vision.core.wire import Put, array, encode
from vision.core.words import said, sentences
from vision.engine import Engine
from vision.faces import examples
from vision.faces.arguments import text
from vision.faces.desks.looking import hearing
from vision.faces.desks.photo import FAMILIES, Over, PhotoDesk
from vision.faces.desks.room import Room
from vision.faces.desks.visitor import Visitor
from vision.models.catalog import Card
from vision.models.line import listening

PICTURE_BYTES = 256 << 20
TOP = 5


class Desk(PhotoDesk):
    """The handlers of the tab; each changes the visitor's room and returns its value, again and again while work goes on."""

    EVENTS = ("picture", "example", "model", "stop")

    def __init__(self, engine: Engine, lang: str = "") -> None:
        super().__init__(engine, lang, PICTURE_BYTES)

    def empty(self) -> dict[str, Any]:
        """Return the value of the widget before there is a photo."""
        lang = self.lang
        words = sentences("classify", lang=lang) | sentences("inside", lang=lang)  # how a photo comes in is said as on the Classify tab
        return {"words": words, "examples": examples.tiles(lang), "models": self.models(), "photo": None}

    def offered(self, card: Card) -> bool:
        """Say whether a net can be looked into."""
        return bool(card.methods)

    # ---- events ----

    def model(self, asked: dict[str, Any], visitor: Visitor) -> Iterator[dict[str, Any]]:
        """Look into another net of a family; it is loaded first, and downloaded where need be."""
        room = self.rooms.of(visitor.session)
        family, key = text("family", asked.get("family"), FAMILIES), text("key", asked.get("key"))
        over = room.begin(family)
        yield from room.follow(lambda: self._look(room, visitor, family, key, over))

    def stop(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """End what this visitor started for a net: a download."""
        family, room = text("family", asked.get("family"), FAMILIES), self.rooms.of(visitor.session)
        room.begin(family)
        room.update(lambda parts: {"steps": {**parts["steps"], family: None}})
        return room.value()

    # ---- work ----

    def show(self, room: Room, visitor: Visitor, source: dict[str, str], photo: dict[str, Any], over: Over) -> None:
        """Show a photo that was read, and look into both nets."""
        turns = {family: room.begin(family, over) for family in FAMILIES}
        keys = {family: (room.part(family) or {}).get("model", "") for family in FAMILIES}
        room.change({"photo": photo, "_source": source, "cnn": None, "vit": None, "steps": {}, "said": ""}, over)
        for family in FAMILIES:
            self._look(room, visitor, family, keys[family], turns[family])

    def _look(self, room: Room, visitor: Visitor, family: str, key: str, over: Over) -> None:
        """Put what a net holds on the way of the room's photo into the room."""

        def work() -> None:
            picture = self.photo(room, visitor)
            card = self.engine.card("classify", key, family)
            if card.family != family:
                raise ModelError("error.unknown_model", key=key)
            with listening(hearing(self.engine, room, card, over, lang=self.lang)):
                found = self._packed(card, picture, visitor.put, over)
            room.change({family: found, "models": self.models()}, over)

        self.guarded(room, over, work, family)

    def _packed(self, card: Card, picture: Picture, put: Put, over: Over) -> dict[str, Any]:
        ask = self.engine.layers if card.family == "cnn" else self.engine.tokens
        while True:
            try:
                best, found = self.engine.classify(picture, card.key, top=TOP), ask(picture, card.key)
                break
            except ModelError as error:
                if error.key != "model.cancelled" or over():
                    raise  # else somebody else who had asked the same left in the middle of it: ask for ourselves
        labels = put(json.dumps([said(label) for label in card.labels]).encode(), ".json")
        return {
            **encode(found, put, said),
            "id": labels,  # an address that no other answer has
            "labels": labels,
            "name": card.name,
            "top": encode(best.top, write=said),
            "logits": array(self.engine.forward(picture, card.key).logits, put),
        }
