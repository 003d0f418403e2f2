"""What all visitors of one Streamlit server share: the engine with its one model cache, the desks, the lines, the pictures sent."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable
from typing import Any

from vision.core.errors import PictureError
from vision.core.picture import Picture, read
from vision.core.store import ResultStore
from vision.core.words import LANGUAGES, say, sentences
from vision.engine import Engine
from vision.faces import lessons
from vision.faces.desks import table
from vision.faces.desks.visitor import Visitor
from vision.faces.streamlit.shelf import Shelf
from vision.faces.warmup import Warmup, default_steps
from vision.models.line import Line

UPLOAD_BYTES = 64 << 20  # one picture
UPLOADS_BYTES = 1 << 30  # pictures of all visitors as they were sent; who was silent longest has to send again
NAME_LENGTH = 120  # of a visitor's file name, which is only ever shown as text


class Hall:
    """One for the whole process, however many visitors come at the same time."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.tabs = table.tabs(engine)
        self.warmup = Warmup(default_steps(engine))
        self.below: dict[str, tuple[str, ...]] = {}  # widgets below a tab's own
        self.desks: dict[str, table.Desk] = {"page": Front(self.warmup, self.tabs), "guide": Guide()}
        for key in self.tabs:
            self.desks[key] = table.desk(key, engine)
            under = table.below(key, self.desks[key])
            self.below[key] = tuple(under)
            self.desks |= under
        self.lines = {
            (key, event): Line(table.WIDTHS.get(key, table.WIDTH), table.EACH) for key, desk in self.desks.items() for event in desk.EVENTS
        }
        self._received = ResultStore(UPLOADS_BYTES)

    def visitor(self, shelf: Shelf) -> Visitor:
        """Return a new visitor, whose files go to a shelf and whose pictures nobody else can open."""
        session = secrets.token_hex(16)

        def open_(path: object, name: str = "") -> Picture:
            if not isinstance(path, str):
                raise PictureError("server.not_an_upload")
            return read(self._received.once((session, path), _gone), name[:NAME_LENGTH])

        return Visitor(session, shelf.put, open_)

    def receive(self, visitor: Visitor, detail: dict[str, Any]) -> dict[str, Any]:
        """Return what a widget sent with the file in it kept, and named by `path` and `orig_name` as desks know it."""
        file = detail.get("file")
        if not isinstance(file, dict):
            return detail
        name, content = file.get("name"), file.get("content")
        if not isinstance(name, str) or not isinstance(content, str) or len(content) > UPLOAD_BYTES * 4 // 3 + 4:
            raise PictureError("server.too_large")
        try:
            kept = base64.b64decode(content, validate=True)
        except binascii.Error:
            raise PictureError("server.not_an_upload") from None
        path = secrets.token_hex(16)
        self._received.once((visitor.session, path), lambda: kept)
        return {**detail, "file": None, "path": path, "orig_name": name}


class Front:
    """The desk behind the header: what loads behind the page."""

    EVENTS = ("status",)
    FAILED = None

    def __init__(self, warmup: Warmup, tabs: list[str]) -> None:
        self.warmup = warmup
        self.tabs = tabs

    def empty(self) -> dict[str, Any]:
        """Return the header's value; Streamlit's own menu has the themes."""
        languages = [{"lang": lang, "code": say("page.code", lang), "name": say("page.language", lang)} for lang in LANGUAGES]
        titles = {key: say(f"page.tab_{key}") for key in self.tabs}
        facts = {"words": sentences("page"), "languages": languages, "tabs": titles, "lessons": True}
        return {**facts, "theme": False, "now": self.warmup.status()}

    def handler(self, event: str) -> Callable[..., dict[str, Any]]:
        """Return the handler of the one event: the header asks again until all is there."""
        return lambda asked, visitor: {"now": self.warmup.status()}


class Guide:
    """The desk behind the lessons: they are all sent, and nothing is asked."""

    EVENTS: tuple[str, ...] = ()
    FAILED = None

    def empty(self) -> dict[str, Any]:
        """Return the guide's value."""
        return {"words": sentences("guide"), "lessons": lessons.told()}

    def handler(self, event: str) -> Callable[..., dict[str, Any]]:
        """Return nothing: no event has one."""
        raise KeyError(event)


def _gone() -> bytes:
    raise PictureError("server.upload_gone")
