"""What if, below the Classify tab's photo: the photo is changed, and both nets look again, as fast as a hand moves."""

from __future__ import annotations

import base64
from typing import Any

from vision.core.change import KINDS, UNCHANGED
from vision.core.encode import jpeg, png
from vision.core.errors import PictureError, UserError
from vision.core.picture import Picture
from vision.core.results_whatif import WhatIf
from vision.core.wire import encode
from vision.core.words import sentences
from vision.faces import changes, examples
from vision.faces.arguments import text
from vision.faces.desks import classify
from vision.faces.desks.numbered import Handler, numbered
from vision.faces.desks.photo import FAMILIES
from vision.faces.desks.room import Room
from vision.faces.desks.visitor import Visitor


class Desk:
    """The handlers; each takes what the widget sent and returns its new value, with the number of the question.

    above  the desk of the Classify tab: its rooms know which photo and which nets a visitor sees
    """

    EVENTS = ("begin", "look", "point", "other", "save")
    FAILED = None

    def __init__(self, above: classify.Desk) -> None:
        self.above = above
        self.engine = above.engine
        self.lang = above.lang

    def empty(self) -> dict[str, Any]:
        """Return the value of the widget before it is opened."""
        tiles = [{"key": tile["key"], "title": tile["title"]} for tile in examples.tiles(self.lang)]
        return {"words": sentences("whatif", lang=self.lang), "kinds": KINDS, "tiles": tiles}

    def handler(self, event: str) -> Handler:
        """Return an event's handler: the answer carries the question's number; a person's mistake becomes its sentence."""
        work = getattr(self, event)

        def with_room(asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
            return work(asked, self.above.rooms.of(visitor.session), visitor)  # type: ignore[no-any-return]

        return numbered(with_room, self.lang, said="error", event=event)

    # ---- events ----

    def begin(self, asked: dict[str, Any], room: Room, visitor: Visitor) -> dict[str, Any]:
        """Return the photo at the size that is changed, and what each net that has answered says of it."""
        picture = self.above.photo(room, visitor)
        nets = {family: self._first(picture, answer) for family in FAMILIES if (answer := room.part(family))}
        if not nets:
            raise UserError("classify.no_answer")
        small = self.engine.changed(picture, UNCHANGED)
        tall, wide = small.rgb.shape[:2]
        photo = {"id": room.part("photo")["id"], "width": wide, "height": tall, "reduced": small is not picture, "picture": _inside(small)}
        return {"photo": photo, "nets": nets}

    def _first(self, picture: Picture, answer: dict[str, Any]) -> dict[str, Any]:
        found = self.engine.whatif(picture, UNCHANGED, answer["model"])
        return {"id": answer["id"], "name": answer["name"], "needs": bool(self.engine.catalog[answer["model"]].needs), **_told(found)}

    def point(self, asked: dict[str, Any], room: Room, visitor: Visitor) -> dict[str, Any]:
        """Do the same as `look`, for a stop that no hand is at yet."""
        return self.look(asked, room, visitor)

    def look(self, asked: dict[str, Any], room: Room, visitor: Visitor) -> dict[str, Any]:
        """Return the changed picture, inside the answer, and both nets' scores: one more point of the curves."""
        photo, picture = room.part("photo"), self.above.photo(room, visitor)
        change, other = changes.change(asked), self._other(asked, visitor)
        nets = {}
        for family in FAMILIES:
            answer = room.part(family)
            if answer:
                nets[family] = {"id": answer["id"], **_told(self.engine.whatif(picture, change, answer["model"], other=other))}
        return {"photo_id": photo and photo["id"], "nets": nets, "picture": _inside(self.engine.changed(picture, change, other))}

    def other(self, asked: dict[str, Any], room: Room, visitor: Visitor) -> dict[str, Any]:
        """Take an uploaded picture for the brush."""
        source = {"path": text("path", asked.get("path")), "name": str(asked.get("name") or "")}
        return {"source": source, "title": self.above.read(source, visitor).name}

    def save(self, asked: dict[str, Any], room: Room, visitor: Visitor) -> dict[str, Any]:
        """Return the address of the changed picture as a PNG of its exact bytes: what the nets saw."""
        seen = self.engine.changed(self.above.photo(room, visitor), changes.change(asked), self._other(asked, visitor))
        return {"file": {"url": visitor.put(png(seen.rgb, effort=6), ".png"), "name": "glassbox-what-if.png"}}

    def _other(self, asked: dict[str, Any], visitor: Visitor) -> Picture | None:
        source = asked.get("other")
        if asked.get("fill") != "patch" or source is None:
            return None
        if not isinstance(source, dict):
            raise PictureError("examples.unknown")
        if "example" in source:
            return self.above.read({"example": text("example", source["example"])}, visitor)
        return self.above.read({"path": text("path", source.get("path")), "name": text("name", source.get("name", ""))}, visitor)


def _inside(picture: Picture) -> str:
    """Return a picture as an address that holds it: a slider waits for nothing else."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg(picture.rgb)).decode()


def _told(found: WhatIf) -> dict[str, Any]:
    """Return what the widget needs of a net's answer."""
    return {"label": found.first.label, "score": found.first.score, "holds": found.holds, "now": encode(found.top[0])}
