"""Which tabs there are, in the order they are shown, and the desk behind each."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, Protocol

from vision.engine import Engine
from vision.faces.desks import looking

# Keys of the words `page.tab_...`, of the widgets and of the modules here.
TABS = ("classify", "inside", "detect", "generate", "fuse", "measure", "models")
BELOW = {"classify": ("whatif", "randomise"), "detect": ("many",)}  # widgets below a tab's own, with its photo, nets or detectors
EACH = 48  # questions of one kind that one visitor may have waiting; the programs of a whole class may share one address
WIDTH = 4  # questions of one kind that are worked on at the same time, and
WIDTHS = {
    "classify": 24,
    "inside": 24,
    "randomise": 24,
    "detect": 24,
    "generate": 24,
    "whatif": 24,
}  # of those whose questions mostly wait for a net: the nets' own line says who is next
WAITING = {
    "detect": "page.tab_detect",
    "generate": "page.tab_generate",
    "fuse": "page.tab_fuse",
    "whatif": "whatif.title",
}  # is told its place
LIVE = (
    "paint",
    "strips",
    "look",
    "point",
)  # but for what follows a hand: a newer question is on its way already


class Desk(Protocol):
    """What a face knows of every desk, made of an engine and a language (empty: that of each visitor), or of the desk it stands below."""

    EVENTS: tuple[str, ...]  # names that the widget may emit
    FAILED: dict[str, Any] | None  # the value after a handler broke; None: what is shown stays

    def empty(self) -> dict[str, Any]:
        """Return the widget's value before anybody asked."""

    def handler(self, event: str) -> Callable[..., Any]:
        """Return the handler of an event: (what the widget sent, Visitor) -> the next value, or a generator of values."""


def tabs(engine: Engine) -> list[str]:
    """Return the tabs that have something to show: without a generator in the catalogue, Generate would be an empty room."""
    tasks = {card.task for card in engine.catalog.cards}
    return [key for key in TABS if key != "generate" or key in tasks]


def desk(key: str, engine: Engine, lang: str = "") -> Desk:
    """Return a tab's desk; one serves all visitors of a server."""
    made: Desk = importlib.import_module(f"vision.faces.desks.{key}").Desk(engine, lang)
    return made


def handler(key: str, desk: Desk, event: str) -> Callable[..., Any]:
    """Return a desk's handler of an event; where one question waits for a net, its place in the line is told before the answer."""
    work = desk.handler(event)
    return looking.told(work, WAITING[key]) if key in WAITING and event not in LIVE else work


def below(key: str, above: Desk) -> dict[str, Desk]:
    """Return the desks of the widgets below a tab's own, by widget; each asks that tab's desk what it shows a visitor."""
    return {one: importlib.import_module(f"vision.faces.desks.{one}").Desk(above) for one in BELOW.get(key, ())}
