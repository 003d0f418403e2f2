"""The Classify tab: a photo goes to a CNN and to a vision transformer, and each one's answer and maps go to the widget."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from vision.core.errors import ModelError, PictureError, UserError
from vision.core.picture import Picture
from vision.core.store import ResultStore
from vision.core.wire import encode
from vision.core.words import say
from vision.faces.arguments import text, whole
from vision.faces.web import classify_files, examples
from vision.faces.web.asking import Asking, answered, packed_map, with_curve, with_map
from vision.faces.web.context import Context
from vision.faces.web.folders import Folder
from vision.faces.web.guard import guard
from vision.faces.web.room import Room, Rooms
from vision.faces.web.shown import webp
from vision.faces.web.widgets import sentences, widget

log = logging.getLogger("glassbox")

FAMILIES = ("cnn", "vit")
METHODS = ("gradcam", "attention", "rollout", "relevance")
EVENTS = ("picture", "example", "model", "explain", "honest", "stop", "save")
AT_A_TIME = 24  # visitors whose work is followed at the same time; the nets' own line says who is next
PICTURE_BYTES = 512 << 20  # decoded photos kept for the next question about them, over all visitors


def build(context: Context) -> None:
    """Fill the tab."""
    desk = Desk(context)
    view = widget("classify", "gb-classify", desk.empty(), EVENTS, context.lang)
    for event in EVENTS:
        handler = guard(getattr(desk, event), context.lang, width=AT_A_TIME)
        getattr(view, event)(handler, None, view, show_progress="hidden", trigger_mode="multiple", api_visibility="private")


class Desk:
    """The handlers of the tab; each changes the visitor's room and returns its value, again and again while work goes on."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.engine = context.engine
        self.rooms = Rooms(self._room)
        self.pictures = ResultStore(PICTURE_BYTES)
        self.asking = Asking(context)

    def empty(self) -> dict[str, Any]:
        """Return the value of the widget before there is a photo."""
        lang = self.context.lang
        return {
            "words": sentences("classify", "explain", lang=lang),
            "examples": examples.tiles(lang),
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

    # ---- events ----

    def picture(self, event: gr.EventData, request: gr.Request) -> Iterator[dict[str, Any]]:
        """Take an uploaded photo."""
        asked = detail(event)
        path, name = text("path", asked.get("path")), asked.get("orig_name") or asked.get("name")
        yield from self._take({"path": path, "name": name if isinstance(name, str) else ""}, turn(asked), request)

    def example(self, event: gr.EventData, request: gr.Request) -> Iterator[dict[str, Any]]:
        """Take an example."""
        yield from self._take({"example": text("key", detail(event).get("key"))}, turn(detail(event)), request)

    def model(self, event: gr.EventData, request: gr.Request) -> Iterator[dict[str, Any]]:
        """Ask another net of a family about the photo; it is loaded first, and downloaded where need be."""
        asked, room, folder = detail(event), *self._places(request)
        family, key = text("family", asked.get("family"), FAMILIES), text("key", asked.get("key"))
        over = room.begin(family)
        yield from room.follow(lambda: self._answer(room, folder, family, key, over))

    def explain(self, event: gr.EventData, request: gr.Request) -> Iterator[dict[str, Any]]:
        """Make the map of a class that the browser does not have yet."""
        asked, room = detail(event), self._places(request)[0]
        family, method = text("family", asked.get("family"), FAMILIES), text("method", asked.get("method"), METHODS)
        target, against = text("target", asked.get("target", "")), text("against", asked.get("against", ""))
        number = whole("ask", asked.get("ask"), 0, 10**9)

        def work() -> None:
            answer, picture = answered(room, family), self._picture(room)
            found = self.engine.explain(picture, answer["model"], method=method, target=target, against=against)
            room.update(lambda parts: with_map(parts, family, answer["id"], packed_map(found, target, against)))

        def counted() -> None:
            self._guarded(room, room.begin(f"{family} map"), work, family, say("classify.step_map", self.context.lang))
            room.update(lambda parts: {"answered": {**parts["answered"], family: number}})

        yield from room.follow(counted)

    def honest(self, event: gr.EventData, request: gr.Request) -> Iterator[dict[str, Any]]:
        """Test a map: grey its strongest places step by step and ask the net again, beside a random order."""
        asked, room = detail(event), self._places(request)[0]
        family = text("family", asked.get("family"), FAMILIES)
        chosen = classify_files.choice(asked.get("view"))
        over = room.begin(f"{family} curve")

        def work() -> None:
            answer, picture = answered(room, family), self._picture(room)
            for step in self.engine.deletion(picture, answer["model"], **chosen):
                room.update(functools.partial(with_curve, family, encode(step)), over)
                if over():
                    return

        yield from room.follow(lambda: self._guarded(room, over, work, family))

    def stop(self, event: gr.EventData, request: gr.Request) -> dict[str, Any]:
        """End what this visitor started for a net: a download, a test."""
        family, room = text("family", detail(event).get("family"), FAMILIES), self._places(request)[0]
        for kind in (family, f"{family} curve"):
            room.begin(kind)
        curve = room.part("curves").get(family)
        stopped = {**curve, "stopped": True} if curve and not curve["done"] else curve
        room.update(lambda parts: {"curves": {**parts["curves"], family: stopped}, "steps": {**parts["steps"], family: None}})
        return room.value()

    def save(self, event: gr.EventData, request: gr.Request) -> Iterator[dict[str, Any]]:
        """Make a file to keep: a map on the photo at its own size, or the numbers."""
        asked, room, folder = detail(event), *self._places(request)
        kind, family = text("kind", asked.get("kind"), ("png", "csv", "json")), text("family", asked.get("family", ""), FAMILIES)

        def work() -> None:
            found = classify_files.make(self.engine, self._picture(room), kind, family, self._shown(room), asked)
            url = folder.put(found.content, found.suffix)
            room.update(lambda parts: {"file": {"serial": (parts["file"] or {"serial": 0})["serial"] + 1, "url": url, "name": found.name}})

        yield from room.follow(lambda: self._guarded(room, bool, work, "picture"))

    # ---- work ----

    def _take(self, source: dict[str, str], number: int, request: gr.Request) -> Iterator[dict[str, Any]]:
        room, folder = self._places(request)
        over = room.begin("picture", lambda: number < room.part("_turn"))
        room.change({"_turn": number}, over)
        yield from room.follow(lambda: self._show(room, folder, source, over))

    def _show(self, room: Room, folder: Folder, source: dict[str, str], over: Callable[[], bool]) -> None:
        """Read a photo and ask both nets; the photo before stays until this one is read."""

        def work() -> None:
            picture = self._read(source)
            credit = next((tile["credit"] for tile in examples.tiles(self.context.lang) if tile["key"] == source.get("example")), "")
            shown = {
                "id": f"{picture.digest[:16]}-{id(over):x}",
                "url": folder.put(webp(picture), ".webp"),
                "width": picture.width,
                "height": picture.height,
                "name": picture.name,
                "notes": list(picture.notes),
                "credit": credit,
            }
            for kind in (*FAMILIES, *(f"{family} {what}" for family in FAMILIES for what in ("map", "curve"))):
                room.begin(kind, over)
            models = {family: (room.part(family) or {}).get("model", "") for family in FAMILIES}
            fresh = {"photo": shown, "_source": source, "cnn": None, "vit": None, "curves": {}, "answered": {}, "steps": {}, "said": ""}
            room.change({**fresh, "models": self.models()}, over)
            for family in FAMILIES:
                self._answer(room, folder, family, models[family], room.begin(family, over))

        self._guarded(room, over, work, "picture", say("classify.step_read", self.context.lang))

    def _answer(self, room: Room, folder: Folder, family: str, key: str, over: Callable[[], bool]) -> None:
        """Ask one net about the room's photo and put its answer and maps into the room."""

        def work() -> None:
            picture = self._picture(room)
            card = self.engine.card("classify", key, family)
            if card.family != family:
                raise ModelError("error.unknown_model", key=key)
            answer = self.asking.ask(room, folder, card, picture, over)
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
            said = error.say(self.context.lang)
        except Exception:  # whatever broke, a person waits for a sentence; the log has the rest
            log.exception("work for the Classify tab failed")
            said = say("server.unexpected", self.context.lang)

        def end(parts: dict[str, Any]) -> dict[str, Any]:
            spoken = {"said": said, "said_serial": parts["said_serial"] + 1} if said else {}
            return {"steps": {**parts["steps"], part: None}, **spoken}

        room.update(end, over)

    def _places(self, request: gr.Request) -> tuple[Room, Folder]:
        return self.rooms.of(request.session_hash), self.context.folders.of(request.session_hash)

    def _read(self, source: dict[str, str]) -> Picture:
        if "example" in source:
            return self.pictures.once(source["example"], lambda: examples.picture(source["example"]))
        return self.pictures.once((source["path"], source["name"]), lambda: self.context.uploads.open(source["path"], source["name"]))

    def _picture(self, room: Room) -> Picture:
        source = room.part("_source")
        if source is None:
            raise PictureError("classify.no_photo")
        return self._read(source)

    def _shown(self, room: Room) -> dict[str, str]:
        """Return the key of the model whose answer each family shows."""
        return {family: answer["model"] for family in FAMILIES if (answer := room.part(family))}


def detail(event: gr.EventData) -> dict[str, Any]:
    """Return what the widget sent along."""
    return event._data if isinstance(event._data, dict) else {}


def turn(asked: dict[str, Any]) -> int:
    """Return which photo of this visit it is: a small one may overtake a large one while both are uploaded."""
    return whole("turn", asked.get("turn", 0), 0, 10**9)
