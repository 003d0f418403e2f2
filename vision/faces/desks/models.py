"""The Models tab: the catalogue, what the cache knows of each model now, and loading, unloading, downloading."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from vision.core.errors import UserError
from vision.core.results import CardStatus
from vision.core.words import sentences
from vision.engine import Engine
from vision.faces.desks.jobs import Jobs
from vision.faces.desks.visitor import Visitor
from vision.models.labels import Label

POLL_S = 0.5  # how often a running load or download is told to its starter


class Desk:
    """The handlers of the tab; each returns the widget's new value."""

    EVENTS = ("refresh", "want", "free", "cancel")
    FAILED = None

    def __init__(self, engine: Engine, lang: str = "") -> None:
        self.engine = engine
        self.lang = lang
        self.jobs = Jobs(engine)

    def empty(self) -> dict[str, Any]:
        """Return the value before the tab is first seen; then the rows come."""
        return {"words": sentences("models", lang=self.lang), "rows": []}

    def handler(self, event: str) -> Callable[..., Any]:
        """Return the handler of an event."""
        return getattr(self, event)  # type: ignore[no-any-return]

    def refresh(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """Return the rows as they are now."""
        statuses = self.engine.models()
        held = sum(status.bytes for status in statuses)
        # The budget is known to torch, and before the first model is there nobody waits here for torch.
        budget = self.engine.cache.machine.budget_bytes if held else 0
        return {"rows": [self._row(status, visitor.session) for status in statuses], "held_bytes": held, "budget_bytes": budget}

    def want(self, asked: dict[str, Any], visitor: Visitor) -> Iterator[dict[str, Any]]:
        """Bring a model into memory, downloaded first where need be; yield the rows while it goes on."""
        job = self.jobs.start(key(asked), visitor.session)
        while True:
            yield self.refresh(asked, visitor)
            if job.finished.wait(POLL_S):
                break
        yield self.refresh(asked, visitor)
        if job.error is not None:
            raise job.error

    def cancel(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """End a visitor's own download."""
        self.jobs.cancel(key(asked), visitor.session)
        return self.refresh(asked, visitor)

    def free(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """Send a model out of memory, unless somebody works with it."""
        self.engine.cache.unload(key(asked))
        return self.refresh(asked, visitor)

    def _row(self, status: CardStatus, session: str | None) -> dict[str, Any]:
        card = self.engine.catalog[status.key]
        job = self.jobs.of(status.key)
        state = "resident" if status.resident else "local" if status.local else "remote"
        if job is not None:
            state = "loading" if status.local else "downloading"
        return {
            **dataclasses.asdict(status),
            "weak_at": Label(card.weak_at, "catalogue").say(),
            "state": state,
            "file_bytes": (job.total_bytes if job else 0) or card.bytes,
            "done_bytes": job.done_bytes if job else 0,
            "mine": job is not None and job.session == session,
        }


def key(asked: dict[str, Any]) -> str:
    """Return the model's key that an event carries; anything else is a UserError."""
    name = asked.get("key")
    if not isinstance(name, str):
        raise UserError("server.bad_text", name="key", length=100)
    return name
