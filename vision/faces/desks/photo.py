"""The desk of a tab where two nets look at one photo: how it comes in, which nets there are, what becomes of a mistake."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

from vision.core.errors import PictureError, UserError
from vision.core.picture import Picture
from vision.core.store import ResultStore
from vision.core.words import said, say
from vision.engine import Engine
from vision.faces import examples
from vision.faces.arguments import text, whole
from vision.faces.desks.room import Room, Rooms
from vision.faces.desks.shown import webp
from vision.faces.desks.visitor import Visitor
from vision.models.catalog import Card

log = logging.getLogger("glassbox")

FAMILIES = ("cnn", "vit")

Over = Callable[[], bool]


class PhotoDesk:
    """What the Classify tab and the Inside tab do alike; each changes the visitor's room and returns its value while work goes on.

    kept_bytes  decoded photos kept for the next question about them, over all visitors
    """

    FAILED = None

    def __init__(self, engine: Engine, lang: str, kept_bytes: int) -> None:
        self.engine = engine
        self.lang = lang
        self.rooms = Rooms(self._room)
        self.pictures = ResultStore(kept_bytes)

    def _room(self) -> Room:
        """Return the room of a visitor who has just come."""
        parts = {"photo": None, "cnn": None, "vit": None, "steps": {}, "said": "", "said_serial": 0}
        return Room(**parts, models=self.models(), _source=None, _turn=0)

    def offered(self, card: Card) -> bool:
        """Say whether a classifier is one to choose from."""
        return True

    def models(self) -> dict[str, list[dict[str, Any]]]:
        """Return the classifiers of each family to choose from."""
        cards = [card for card in self.engine.catalog.cards if card.task == "classify" and self.offered(card)]
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

    # ---- the photo ----

    def picture(self, asked: dict[str, Any], visitor: Visitor) -> Iterator[dict[str, Any]]:
        """Take an uploaded photo."""
        path, name = text("path", asked.get("path")), asked.get("orig_name") or asked.get("name")
        yield from self._take({"path": path, "name": name if isinstance(name, str) else ""}, turn(asked), visitor)

    def example(self, asked: dict[str, Any], visitor: Visitor) -> Iterator[dict[str, Any]]:
        """Take an example."""
        yield from self._take({"example": text("key", asked.get("key"))}, turn(asked), visitor)

    def _take(self, source: dict[str, str], number: int, visitor: Visitor) -> Iterator[dict[str, Any]]:
        room = self.rooms.of(visitor.session)
        over = room.begin("picture", lambda: number < room.part("_turn"))
        room.change({"_turn": number}, over)

        def work() -> None:
            picture = self.read(source, visitor)
            self.show(room, visitor, source, self._told_photo(picture, source, visitor, over), over)

        yield from room.follow(lambda: self.guarded(room, over, work, "picture", say("classify.step_read", self.lang)))

    def _told_photo(self, picture: Picture, source: dict[str, str], visitor: Visitor, over: Over) -> dict[str, Any]:
        credit = next((tile["credit"] for tile in examples.tiles(self.lang) if tile["key"] == source.get("example")), "")
        return {
            "id": f"{picture.digest[:16]}-{id(over):x}",
            "url": visitor.put(webp(picture), ".webp"),
            "width": picture.width,
            "height": picture.height,
            "name": picture.name,
            "notes": [said(note) for note in picture.notes],
            "credit": credit,
        }

    def show(self, room: Room, visitor: Visitor, source: dict[str, str], photo: dict[str, Any], over: Over) -> None:
        """Put a photo that was read into the room, and ask both nets; the photo before stayed until now."""
        raise NotImplementedError

    def read(self, source: dict[str, str], visitor: Visitor) -> Picture:
        """Return the picture of a source: {example}, or {path, name} of an upload of this visitor."""
        if "example" in source:
            return self.pictures.once(source["example"], lambda: examples.picture(source["example"]))
        return self.pictures.once((source["path"], source["name"]), lambda: visitor.open(source["path"], source["name"]))

    def photo(self, room: Room, visitor: Visitor) -> Picture:
        """Return the photo that a room shows; PictureError where there is none."""
        source = room.part("_source")
        if source is None:
            raise PictureError("classify.no_photo")
        return self.read(source, visitor)

    # ---- the work on it ----

    def guarded(self, room: Room, over: Over, work: Callable[[], None], part: str, step: str = "") -> None:
        """Do a piece of work; a mistake becomes the visitor's sentence, and what is shown stays."""
        sentence = ""
        if step:
            room.update(lambda parts: {"steps": {**parts["steps"], part: {"text": step, "stop": False}}}, over)
        try:
            work()
        except UserError as error:
            sentence = error.say(self.lang)
        except Exception:  # whatever broke, a person waits for a sentence; the log has the rest
            log.exception("work on a photo failed in %s", type(self).__module__)
            sentence = say("server.unexpected", self.lang)

        def end(parts: dict[str, Any]) -> dict[str, Any]:
            spoken = {"said": sentence, "said_serial": parts["said_serial"] + 1} if sentence else {}
            return {"steps": {**parts["steps"], part: None}, **spoken}

        room.update(end, over)


def turn(asked: dict[str, Any]) -> int:
    """Return which photo of this visit it is: a small one may overtake a large one while both are uploaded."""
    return whole("turn", asked.get("turn", 0), 0, 10**9)
