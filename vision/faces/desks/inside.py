"""The Inside tab: a photo goes through a CNN and a vision transformer, and what they hold on the way goes to the widget."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

from vision.core.errors import ModelError, PictureError, UserError
from vision.core.picture import Picture
from vision.core.store import ResultStore
from vision.core.wire import Put, array, encode
from vision.core.words import said, say, sentences
from vision.engine import Engine
from vision.faces import examples
from vision.faces.arguments import text
from vision.faces.desks.classify import turn
from vision.faces.desks.looking import first, listener
from vision.faces.desks.room import Room, Rooms
from vision.faces.desks.shown import webp
from vision.faces.desks.visitor import Visitor
from vision.models.catalog import Card
from vision.models.line import Listener, listening

log = logging.getLogger("glassbox")

FAMILIES = ("cnn", "vit")
PICTURE_BYTES = 256 << 20  # decoded photos kept for the next net, over all visitors
TOP = 5

Over = Callable[[], bool]


class Desk:
    """The handlers of the tab; each changes the visitor's room and returns its value, again and again while work goes on."""

    EVENTS = ("picture", "example", "model", "stop")
    FAILED = None

    def __init__(self, engine: Engine, lang: str = "") -> None:
        self.engine = engine
        self.lang = lang
        self.rooms = Rooms(self._room)
        self.pictures = ResultStore(PICTURE_BYTES)

    def empty(self) -> dict[str, Any]:
        """Return the value of the widget before there is a photo."""
        lang = self.lang
        words = sentences("classify", lang=lang) | sentences("inside", lang=lang)  # how a photo comes in is said as on the Classify tab
        return {"words": words, "examples": examples.tiles(lang), "models": self.models(), "photo": None}

    def _room(self) -> Room:
        parts = {"photo": None, "cnn": None, "vit": None, "steps": {}, "said": "", "said_serial": 0}
        return Room(**parts, models=self.models(), _source=None, _turn=0)

    def models(self) -> dict[str, list[dict[str, Any]]]:
        """Return the nets of each family that can be looked into."""
        cards = [card for card in self.engine.catalog.cards if card.task == "classify" and card.methods]
        return {
            family: [
                {"key": card.key, "name": card.name, "local": self.engine.catalog.local(card), "bytes": card.bytes}
                for card in cards
                if card.family == family
            ]
            for family in FAMILIES
        }

    def handler(self, event: str) -> Callable[..., Any]:
        """Return the handler of an event."""
        return getattr(self, event)  # type: ignore[no-any-return]

    # ---- events ----

    def picture(self, asked: dict[str, Any], visitor: Visitor) -> Iterator[dict[str, Any]]:
        """Take an uploaded photo."""
        path, name = text("path", asked.get("path")), asked.get("orig_name") or asked.get("name")
        yield from self._take({"path": path, "name": name if isinstance(name, str) else ""}, turn(asked), visitor)

    def example(self, asked: dict[str, Any], visitor: Visitor) -> Iterator[dict[str, Any]]:
        """Take an example."""
        yield from self._take({"example": text("key", asked.get("key"))}, turn(asked), visitor)

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

    def _take(self, source: dict[str, str], number: int, visitor: Visitor) -> Iterator[dict[str, Any]]:
        room = self.rooms.of(visitor.session)
        over = room.begin("picture", lambda: number < room.part("_turn"))
        room.change({"_turn": number}, over)
        yield from room.follow(lambda: self._show(room, visitor, source, over))

    def _show(self, room: Room, visitor: Visitor, source: dict[str, str], over: Over) -> None:
        """Read a photo and look into both nets; the photo before stays until this one is read."""

        def work() -> None:
            picture = self._read(source, visitor)
            credit = next((tile["credit"] for tile in examples.tiles(self.lang) if tile["key"] == source.get("example")), "")
            shown = {
                "id": f"{picture.digest[:16]}-{id(over):x}",
                "url": visitor.put(webp(picture), ".webp"),
                "width": picture.width,
                "height": picture.height,
                "name": picture.name,
                "notes": [said(note) for note in picture.notes],
                "credit": credit,
            }
            turns = {family: room.begin(family, over) for family in FAMILIES}
            keys = {family: (room.part(family) or {}).get("model", "") for family in FAMILIES}
            room.change({"photo": shown, "_source": source, "cnn": None, "vit": None, "steps": {}, "said": ""}, over)
            for family in FAMILIES:
                self._look(room, visitor, family, keys[family], turns[family])

        self._guarded(room, over, work, "picture", say("classify.step_read", self.lang))

    def _look(self, room: Room, visitor: Visitor, family: str, key: str, over: Over) -> None:
        """Put what a net holds on the way of the room's photo into the room."""

        def work() -> None:
            source = room.part("_source")
            if source is None:
                raise PictureError("classify.no_photo")
            card = self.engine.card("classify", key, family)
            if card.family != family:
                raise ModelError("error.unknown_model", key=key)
            with listening(self._told(room, card, over)):
                found = self._packed(card, self._read(source, visitor), visitor.put, over)
            room.change({family: found, "models": self.models()}, over)

        self._guarded(room, over, work, family)

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

    def _told(self, room: Room, card: Card, over: Over) -> Listener:
        """Say that a net is asked, and return who hears of its waiting."""

        def tell(sentence: str, stop: bool = False) -> None:
            room.update(lambda parts: {"steps": {**parts["steps"], card.family: {"text": sentence, "stop": stop}}}, over)

        resident = self.engine.cache.statuses([card])[0].resident
        tell(first(card.name, resident, None, self.lang))
        return listener(card.name, tell, over, self.lang)

    def _guarded(self, room: Room, over: Over, work: Callable[[], None], part: str, step: str = "") -> None:
        """Do a piece of work; a mistake becomes the visitor's sentence, and what is shown stays."""
        said = ""
        if step:
            room.update(lambda parts: {"steps": {**parts["steps"], part: {"text": step, "stop": False}}}, over)
        try:
            work()
        except UserError as error:
            said = error.say(self.lang)
        except Exception:  # whatever broke, a person waits for a sentence; the log has the rest
            log.exception("work for the Inside tab failed")
            said = say("server.unexpected", self.lang)

        def end(parts: dict[str, Any]) -> dict[str, Any]:
            spoken = {"said": said, "said_serial": parts["said_serial"] + 1} if said else {}
            return {"steps": {**parts["steps"], part: None}, **spoken}

        room.update(end, over)

    # ---- what it stands on ----

    def _read(self, source: dict[str, str], visitor: Visitor) -> Picture:
        if "example" in source:
            return self.pictures.once(source["example"], lambda: examples.picture(source["example"]))
        return self.pictures.once((source["path"], source["name"]), lambda: visitor.open(source["path"], source["name"]))
