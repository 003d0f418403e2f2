"""What a visitor is told while a net looks at the photo: loading, downloading, the place in the line, how long it usually takes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextvars import copy_context
from queue import SimpleQueue
from typing import Any

from vision.core.words import say, spoken
from vision.engine import Engine
from vision.faces.desks.room import Room
from vision.faces.desks.visitor import Visitor
from vision.models.catalog import Card
from vision.models.line import Listener, listening

Answer = dict[str, Any]

UNITS = ("B", "kB", "MB", "GB", "TB")


def size(count: int) -> str:
    """Return bytes for people.

    >>> size(999), size(18_826_032), size(3_500_000_000)
    ('999 B', '18.8 MB', '3.50 GB')
    """
    value, unit = float(count), 0
    while value >= 999.5 and unit < len(UNITS) - 1:
        value, unit = value / 1000, unit + 1
    digits = 0 if unit == 0 or value >= 99.95 else 1 if value >= 9.995 else 2
    return f"{value:.{digits}f} {UNITS[unit]}"


def duration(ms: float) -> str:
    """Return a time for people.

    >>> duration(14.2), duration(890), duration(61_000)
    ('0.1 s', '0.9 s', '61 s')
    """
    seconds = ms / 1000
    return f"{max(0.1, seconds):.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"


def first(name: str, resident: bool, usual_ms: float | None, lang: str = "") -> str:
    """Return the sentence when a net is asked."""
    if not resident:
        return say("classify.step_load", lang, name=name)
    if usual_ms is None:
        return say("classify.step_look_first", lang, name=name)
    return say("classify.step_look", lang, name=name, time=duration(usual_ms))


def listener(name: str, tell: Callable[[str, bool], None], cancelled: Callable[[], bool], lang: str = "") -> Listener:
    """Return who listens to a net's waiting: `tell(sentence, whether it can be stopped)`; progress is told in whole percent."""
    told, lang = -1, lang or spoken.get()  # it is told from the threads of others, too

    def progress(done: int, total: int) -> None:
        nonlocal told
        share = 100 * done // total if total else done >> 20
        if share != told:
            told = share
            tell(say("classify.step_download", lang, name=name, done=size(done), size=size(total) if total else "?"), True)

    def place(before: int) -> None:
        tell(say("classify.step_line", lang, name=name, place=before), False)

    return Listener(place=place, progress=progress, cancelled=cancelled)


def hearing(engine: Engine, room: Room, card: Card, over: Callable[[], bool], *, usual_ms: float | None = None, lang: str = "") -> Listener:
    """Say in a room that a net is asked, and return who hears of its waiting."""

    def tell(sentence: str, stop: bool = False) -> None:
        room.update(lambda parts: {"steps": {**parts["steps"], card.family: {"text": sentence, "stop": stop}}}, over)

    resident = engine.cache.statuses([card])[0].resident
    tell(first(card.name, resident, usual_ms, lang))
    return listener(card.name, tell, over, lang)


def told(work: Callable[[dict[str, Any], Visitor], Answer], title: str) -> Callable[[dict[str, Any], Visitor], Iterator[Answer]]:
    """Return a handler of one answer as one that says {seq, line: a sentence} before it, whenever the place in the nets' line changes.

    title  the key of the words for who waits
    """

    def steps(asked: dict[str, Any], visitor: Visitor) -> Iterator[Answer]:
        answer: Future[Answer] = Future()
        lines: SimpleQueue[str] = SimpleQueue()
        lang = spoken.get()

        def place(before: int) -> None:
            lines.put(say("classify.step_line", lang, name=say(title, lang), place=before))

        def run() -> None:
            try:
                with listening(Listener(place=place)):
                    answer.set_result(work(asked, visitor))
            except Exception as error:  # noqa: BLE001  raised again below, where it is waited for
                answer.set_exception(error)
            finally:
                lines.put("")

        threading.Thread(target=copy_context().run, args=(run,), name=title, daemon=True).start()
        while line := lines.get():
            yield {"seq": asked.get("seq", 0), "line": line}
        yield answer.result()

    return steps
