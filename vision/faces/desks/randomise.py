"""Randomise the weights, below the Classify tab: a net forgets part by part, and its map is drawn after each."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from vision.core import heat
from vision.core.errors import UserError
from vision.core.results_whatif import Randomised
from vision.core.words import say, sentences
from vision.faces.arguments import text
from vision.faces.desks import classify
from vision.faces.desks.asking import answered
from vision.faces.desks.photo import FAMILIES
from vision.faces.desks.room import Room, Rooms
from vision.faces.desks.visitor import Visitor

log = logging.getLogger("glassbox")


class Desk:
    """The handlers; each changes the visitor's room of this widget and returns its value, step by step.

    above  the desk of the Classify tab: its rooms know which photo and which nets a visitor sees
    """

    EVENTS = ("begin", "stop")
    FAILED = None

    def __init__(self, above: classify.Desk) -> None:
        self.above = above
        self.engine = above.engine
        self.lang = above.lang
        self.rooms = Rooms(lambda: Room(cnn=None, vit=None, said="", said_serial=0))

    def empty(self) -> dict[str, Any]:
        """Return the value of the widget before anything is randomised."""
        return {"words": sentences("randomise", lang=self.lang)}

    def handler(self, event: str) -> Callable[..., Any]:
        """Return the handler of an event."""
        return getattr(self, event)  # type: ignore[no-any-return]

    # ---- events ----

    def begin(self, asked: dict[str, Any], visitor: Visitor) -> Iterator[dict[str, Any]]:
        """Make a copy of a family's net forget, and draw a method's map after each part."""
        family = text("family", asked.get("family"), FAMILIES)
        method = text("method", asked.get("method"), classify.METHODS)
        room = self.rooms.of(visitor.session)
        over = room.begin(family)
        yield from room.follow(lambda: self._guarded(room, family, over, lambda: self._run(room, family, method, visitor, over)))

    def stop(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """End what this visitor started for a net; what was drawn stays."""
        family, room = text("family", asked.get("family"), FAMILIES), self.rooms.of(visitor.session)
        room.begin(family)
        room.update(lambda parts: {family: parts[family] and {**parts[family], "running": False}})
        return room.value()

    def _guarded(self, room: Room, family: str, over: Callable[[], bool], work: Callable[[], None]) -> None:
        """Do a piece of work; a mistake becomes the visitor's sentence, and what is shown stays."""
        said = ""
        try:
            work()
        except UserError as error:
            said = error.say(self.lang)
        except Exception:  # whatever broke, a person waits for a sentence; the log has the rest
            log.exception("randomising a net failed")
            said = say("server.unexpected", self.lang)

        def end(parts: dict[str, Any]) -> dict[str, Any]:
            spoken = {"said": said, "said_serial": parts["said_serial"] + 1} if said else {}
            return {family: parts[family] and {**parts[family], "running": False}, **spoken}

        room.update(end, over)

    def _run(self, room: Room, family: str, method: str, visitor: Visitor, over: Callable[[], bool]) -> None:
        shown = self.above.rooms.of(visitor.session)
        answer, photo, picture = answered(shown, family), shown.part("photo"), self.above.photo(shown, visitor)
        head = {"photo": photo, "answer": answer["id"], "name": answer["name"], "method": method, "running": True, "total": 0}
        drawn: list[dict[str, Any]] = []
        room.change({family: {**head, "steps": []}, "said": ""}, over)
        with closing(self.engine.randomise(picture, answer["model"], method=method)) as steps:
            for step in steps:
                drawn = [*drawn, _drawn(step)]
                said = [say(key, self.lang, **values) for key, values in step.facts]
                told = {"total": step.steps, "label": step.target.label, "seen": step.seen, "words": said, "steps": drawn}
                room.change({family: {**head, **told}}, over)
                if over():
                    return


def _drawn(step: Randomised) -> dict[str, Any]:
    """Return a map for the widget: its 256 steps of colour, row by row, and the figures."""
    return {"part": step.part, "levels": heat.index(step.grid).tolist(), "rank": step.rank, "ssim": step.ssim}
