"""The Models tab: the catalogue, what the cache knows of each model now, and loading, unloading, downloading."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import gradio as gr

from vision.core.errors import UserError
from vision.core.results import CardStatus
from vision.faces.web.context import Context
from vision.faces.web.guard import guard
from vision.faces.web.jobs import Jobs
from vision.faces.web.widgets import sentences, widget

POLL_S = 0.5  # how often a running load or download is told to its starter


def build(context: Context) -> None:
    """Fill the tab; the first rows come when it is first seen."""
    panel = Panel(context, Jobs(context.engine))
    empty = {"words": sentences("models", lang=context.lang), "rows": []}
    events = ("refresh", "want", "free", "cancel")
    view = widget("models", "gb-models", empty, events, context.lang)
    for event in events:
        handler = guard(getattr(panel, event), context.lang)
        getattr(view, event)(handler, None, view, show_progress="hidden", trigger_mode="multiple", api_visibility="private")


class Panel:
    """The handlers of the tab; each returns the widget's new value."""

    def __init__(self, context: Context, jobs: Jobs) -> None:
        self.engine = context.engine
        self.jobs = jobs

    def refresh(self, request: gr.Request) -> dict[str, Any]:
        """Return the rows as they are now."""
        statuses = self.engine.models()
        held = sum(status.bytes for status in statuses)
        # The budget is known to torch, and before the first model is there nobody waits here for torch.
        budget = self.engine.cache.machine.budget_bytes if held else 0
        return {"rows": [self._row(status, request.session_hash) for status in statuses], "held_bytes": held, "budget_bytes": budget}

    def want(self, event: gr.EventData, request: gr.Request) -> Iterator[dict[str, Any]]:
        """Bring a model into memory, downloaded first where need be; yield the rows while it goes on."""
        job = self.jobs.start(key(event), request.session_hash)
        while True:
            yield self.refresh(request)
            if job.finished.wait(POLL_S):
                break
        yield self.refresh(request)
        if job.error is not None:
            raise job.error

    def cancel(self, event: gr.EventData, request: gr.Request) -> dict[str, Any]:
        """End a visitor's own download."""
        self.jobs.cancel(key(event), request.session_hash)
        return self.refresh(request)

    def free(self, event: gr.EventData, request: gr.Request) -> dict[str, Any]:
        """Send a model out of memory, unless somebody works with it."""
        self.engine.cache.unload(key(event))
        return self.refresh(request)

    def _row(self, status: CardStatus, session: str | None) -> dict[str, Any]:
        card = self.engine.catalog[status.key]
        job = self.jobs.of(status.key)
        state = "resident" if status.resident else "local" if status.local else "remote"
        if job is not None:
            state = "loading" if status.local else "downloading"
        return {
            **dataclasses.asdict(status),
            "weak_at": card.weak_at,
            "state": state,
            "file_bytes": (job.total_bytes if job else 0) or card.bytes,
            "done_bytes": job.done_bytes if job else 0,
            "mine": job is not None and job.session == session,
        }


def key(event: gr.EventData) -> str:
    """Return the model's key that an event carries; anything else is a UserError."""
    detail = event._data
    name = detail.get("key") if isinstance(detail, dict) else None
    if not isinstance(name, str):
        raise UserError("server.bad_text", name="key", length=100)
    return name
