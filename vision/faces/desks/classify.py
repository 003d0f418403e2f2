"""The Classify tab: a photo goes to a CNN and to a vision transformer, and each one's answer and maps go to the widget."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator
from typing import Any

from vision.core.errors import ModelError, PictureError, UserError
from vision.core.picture import Picture
from vision.core.store import ResultStore
from vision.core.wire import encode
from vision.core.words import said, say, sentences
from vision.engine import Engine
from vision.faces import examples
from vision.faces.arguments import text, whole
from vision.faces.desks import classify_files
from vision.faces.desks.asking import Asking, answered, packed_map, with_curve, with_map
from vision.faces.desks.room import Room, Rooms
from vision.faces.desks.shown import webp
from vision.faces.desks.visitor import Visitor

log = logging.getLogger("glassbox")

FAMILIES = ("cnn", "vit")
METHODS = ("gradcam", "attention", "rollout", "relevance")
PICTURE_BYTES = 512 << 20  # decoded photos kept for the next question about them, over all visitors


class Desk:
    """The handlers of the tab; each changes the visitor's room and returns its value, again and again while work goes on."""

    EVENTS = ("picture", "example", "model", "explain", "honest", "stop", "save")
    FAILED = None

    def __init__(self, engine: Engine, lang: str = "") -> None:
        self.engine = engine
        self.lang = lang
        self.rooms = Rooms(self._room)
        self.pictures = ResultStore(PICTURE_BYTES)
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
        parts = {
            "photo": None,
            "cnn": None,
            "vit": None,
            "steps": {},
            "answered": {},
            "curves": {},
            "file": None,
            "said": "",
            "said_serial": 0,
        }
        return Room(**parts, models=self.models(), _source=None, _turn=0)

    def models(self) -> dict[str, list[dict[str, Any]]]:
        """Return the classifiers of each family to choose from."""
        cards = [card for card in self.engine.catalog.cards if card.task == "classify"]
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
            self._guarded(room, room.begin(f"{family} map"), work, family, say("classify.step_map", self.lang))
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

        yield from room.follow(lambda: self._guarded(room, over, work, family))

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

        yield from room.follow(lambda: self._guarded(room, bool, work, "picture"))

    # ---- work ----

    def _take(self, source: dict[str, str], number: int, visitor: Visitor) -> Iterator[dict[str, Any]]:
        room = self.rooms.of(visitor.session)
        over = room.begin("picture", lambda: number < room.part("_turn"))
        room.change({"_turn": number}, over)
        yield from room.follow(lambda: self._show(room, visitor, source, over))

    def _show(self, room: Room, visitor: Visitor, source: dict[str, str], over: Callable[[], bool]) -> None:
        """Read a photo and ask both nets; the photo before stays until this one is read."""

        def work() -> None:
            picture = self.read(source, visitor)
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
            for kind in (*FAMILIES, *(f"{family} {what}" for family in FAMILIES for what in ("map", "curve"))):
                room.begin(kind, over)
            models = {family: (room.part(family) or {}).get("model", "") for family in FAMILIES}
            fresh = {"photo": shown, "_source": source, "cnn": None, "vit": None, "curves": {}, "answered": {}, "steps": {}, "said": ""}
            room.change({**fresh, "models": self.models()}, over)
            for family in FAMILIES:
                self._answer(room, visitor, family, models[family], room.begin(family, over))

        self._guarded(room, over, work, "picture", say("classify.step_read", self.lang))

    def _answer(self, room: Room, visitor: Visitor, family: str, key: str, over: Callable[[], bool]) -> None:
        """Ask one net about the room's photo and put its answer and maps into the room."""

        def work() -> None:
            picture = self.photo(room, visitor)
            card = self.engine.card("classify", key, family)
            if card.family != family:
                raise ModelError("error.unknown_model", key=key)
            answer = self.asking.ask(room, visitor.put, card, picture, over)
            room.change({family: answer, "models": self.models()}, over)

        self._guarded(room, over, work, family)

    # ---- what they stand on ----

    def _guarded(self, room: Room, over: Callable[[], bool], work: Callable[[], None], part: str, step: str = "") -> None:
        """Do a piece of work; a mistake becomes the visitor's sentence, and what is shown stays."""
        said = ""
        if step:
            room.update(lambda parts: {"steps": {**parts["steps"], part: {"text": step}}}, over)
        try:
            work()
        except UserError as error:
            said = error.say(self.lang)
        except Exception:  # whatever broke, a person waits for a sentence; the log has the rest
            log.exception("work for the Classify tab failed")
            said = say("server.unexpected", self.lang)

        def end(parts: dict[str, Any]) -> dict[str, Any]:
            spoken = {"said": said, "said_serial": parts["said_serial"] + 1} if said else {}
            return {"steps": {**parts["steps"], part: None}, **spoken}

        room.update(end, over)

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

    def _shown(self, room: Room) -> dict[str, str]:
        """Return the key of the model whose answer each family shows."""
        return {family: answer["model"] for family in FAMILIES if (answer := room.part(family))}


def turn(asked: dict[str, Any]) -> int:
    """Return which photo of this visit it is: a small one may overtake a large one while both are uploaded."""
    return whole("turn", asked.get("turn", 0), 0, 10**9)
