"""The Classify tab: a photo goes to a CNN and to a vision transformer, and each one's answer and maps go to the widget."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from vision.core.errors import ModelError
from vision.core.wire import encode
from vision.core.words import said, say, sentences
from vision.engine import Engine
from vision.faces import examples
from vision.faces.arguments import text, whole
from vision.faces.desks import classify_files
from vision.faces.desks.asking import Asking, answered, packed_map, with_curve, with_map
from vision.faces.desks.photo import FAMILIES, Over, PhotoDesk
from vision.faces.desks.room import Room
from vision.faces.desks.visitor import Visitor

METHODS = ("gradcam", "attention", "rollout", "relevance")
PICTURE_BYTES = 512 << 20


class Desk(PhotoDesk):
    """The handlers of the tab; each changes the visitor's room and returns its value, again and again while work goes on."""

    EVENTS = ("picture", "example", "model", "explain", "honest", "stop", "save")

    def __init__(self, engine: Engine, lang: str = "") -> None:
        super().__init__(engine, lang, PICTURE_BYTES)
        self.asking = Asking(engine)

    def empty(self) -> dict[str, Any]:
        """Return the value of the widget before there is a photo."""
        return {
            "words": sentences("classify", "explain", lang=self.lang),
            "examples": examples.tiles(self.lang),
            "models": self.models(),
            "photo": None,
        }

    def _room(self) -> Room:
        room = super()._room()
        room.change({"answered": {}, "curves": {}, "file": None})
        return room

    # ---- events ----

    def model(self, asked: dict[str, Any], visitor: Visitor) -> Iterator[dict[str, Any]]:
        """Ask another net of a family about the photo; it is loaded first, and downloaded where need be."""
        room = self.rooms.of(visitor.session)
        family, key = text("family", asked.get("family"), FAMILIES), text("key", asked.get("key"))
        over = room.begin(family)
        yield from room.follow(lambda: self._answer(room, visitor, family, key, over))

    def explain(self, asked: dict[str, Any], visitor: Visitor) -> Iterator[dict[str, Any]]:
        """Make the map of a class that the browser does not have yet."""
        room = self.rooms.of(visitor.session)
        family, method = text("family", asked.get("family"), FAMILIES), text("method", asked.get("method"), METHODS)
        target, against = text("target", asked.get("target", "")), text("against", asked.get("against", ""))
        number = whole("ask", asked.get("ask"), 0, 10**9)

        def work() -> None:
            answer, picture = answered(room, family), self.photo(room, visitor)
            found = self.engine.explain(picture, answer["model"], method=method, target=target, against=against)
            room.update(lambda parts: with_map(parts, family, answer["id"], packed_map(found, target, against)))

        def counted() -> None:
            self.guarded(room, room.begin(f"{family} map"), work, family, say("classify.step_map", self.lang))
            room.update(lambda parts: {"answered": {**parts["answered"], family: number}})

        yield from room.follow(counted)

    def honest(self, asked: dict[str, Any], visitor: Visitor) -> Iterator[dict[str, Any]]:
        """Test a map: grey its strongest places step by step and ask the net again, beside a random order."""
        room = self.rooms.of(visitor.session)
        family = text("family", asked.get("family"), FAMILIES)
        chosen = classify_files.choice(asked.get("view"))
        over = room.begin(f"{family} curve")

        def work() -> None:
            answer, picture = answered(room, family), self.photo(room, visitor)
            for step in self.engine.deletion(picture, answer["model"], **chosen):
                room.update(functools.partial(with_curve, family, encode(step, write=said)), over)
                if over():
                    return

        yield from room.follow(lambda: self.guarded(room, over, work, family))

    def stop(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """End what this visitor started for a net: a download, a test."""
        family, room = text("family", asked.get("family"), FAMILIES), self.rooms.of(visitor.session)
        for kind in (family, f"{family} curve"):
            room.begin(kind)
        curve = room.part("curves").get(family)
        stopped = {**curve, "stopped": True} if curve and not curve["done"] else curve
        room.update(lambda parts: {"curves": {**parts["curves"], family: stopped}, "steps": {**parts["steps"], family: None}})
        return room.value()

    def save(self, asked: dict[str, Any], visitor: Visitor) -> Iterator[dict[str, Any]]:
        """Make a file to keep: a map on the photo at its own size, or the numbers."""
        room = self.rooms.of(visitor.session)
        kind, family = text("kind", asked.get("kind"), ("png", "csv", "json")), text("family", asked.get("family", ""), FAMILIES)

        def work() -> None:
            found = classify_files.make(self.engine, self.photo(room, visitor), kind, family, self._shown(room), asked)
            url = visitor.put(found.content, found.suffix)
            room.update(lambda parts: {"file": {"serial": (parts["file"] or {"serial": 0})["serial"] + 1, "url": url, "name": found.name}})

        yield from room.follow(lambda: self.guarded(room, bool, work, "picture"))

    # ---- work ----

    def show(self, room: Room, visitor: Visitor, source: dict[str, str], photo: dict[str, Any], over: Over) -> None:
        """Show a photo that was read, and ask both nets."""
        for kind in (*FAMILIES, *(f"{family} {what}" for family in FAMILIES for what in ("map", "curve"))):
            room.begin(kind, over)
        models = {family: (room.part(family) or {}).get("model", "") for family in FAMILIES}
        fresh = {"photo": photo, "_source": source, "cnn": None, "vit": None, "curves": {}, "answered": {}, "steps": {}, "said": ""}
        room.change({**fresh, "models": self.models()}, over)
        for family in FAMILIES:
            self._answer(room, visitor, family, models[family], room.begin(family, over))

    def _answer(self, room: Room, visitor: Visitor, family: str, key: str, over: Over) -> None:
        """Ask one net about the room's photo and put its answer and maps into the room."""

        def work() -> None:
            picture = self.photo(room, visitor)
            card = self.engine.card("classify", key, family)
            if card.family != family:
                raise ModelError("error.unknown_model", key=key)
            answer = self.asking.ask(room, visitor.put, card, picture, over)
            room.change({family: answer, "models": self.models()}, over)

        self.guarded(room, over, work, family)

    def _shown(self, room: Room) -> dict[str, str]:
        """Return the key of the model whose answer each family shows."""
        return {family: answer["model"] for family in FAMILIES if (answer := room.part(family))}
