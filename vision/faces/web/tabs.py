"""The tabs of the Gradio page: each desk behind its widget, and what only Gradio has."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from vision.faces.desks import table
from vision.faces.desks.visitor import Visitor
from vision.faces.web.context import Context
from vision.faces.web.guard import guard
from vision.faces.web.widgets import widget


def build(key: str, context: Context) -> None:
    """Fill a tab."""
    desk = table.desk(key, context.engine, context.lang)
    for one, behind in ({key: desk} | table.below(key, desk)).items():
        put(one, behind, context)


def put(key: str, desk: table.Desk, context: Context) -> None:
    """Add a desk's widget."""
    view = widget(key, f"gb-{key}", desk.empty(), desk.EVENTS, context.lang)
    # The widget tells itself what it waits for. Gradio's own sign would count tenths of a second under it, in every frame, though hidden: a
    # fifth of a core on a machine without a GPU. It goes to a state, which has no sign.
    told = {"outputs": view, "show_progress": "hidden", "show_progress_on": gr.State(), "api_visibility": "private"}
    for event in desk.EVENTS:
        work = heard(table.handler(key, desk, event), context, whole=key != "models")  # whose lists never become shorter
        handler = guard(work, context.lang, width=table.WIDTHS.get(key, table.WIDTH))
        asked = getattr(view, event)(handler, None, trigger_mode="multiple", queue=event not in table.LIVE, **told)
        if desk.FAILED is not None:
            asked.failure(lambda value=desk.FAILED: value, None, **told)


def heard(work: Callable[..., Any], context: Context, *, whole: bool = True) -> Callable[..., Any]:
    """Return a desk's handler as Gradio calls it: what the widget sent comes in the event, who sent it in the request.

    whole   values that follow each other go as one text each: Gradio sends only what differs from the value before, and takes the wrong
            items away where a list inside a list becomes shorter, as a net's layers and maps do
    """

    def given(event: gr.EventData, request: gr.Request) -> tuple[dict[str, Any], Visitor]:
        sent = event._data if isinstance(event._data, dict) else {}
        if "shared" in sent:  # a picture that another visitor shows to a class
            sent = {**sent, "path": sent["shared"]}
        folder = context.folders.of(request.session_hash)
        return sent, Visitor(request.session_hash, folder.put, context.uploads.open)

    if inspect.isgeneratorfunction(work):

        def steps(event: gr.EventData, request: gr.Request) -> Iterator[dict[str, Any]]:
            for value in work(*given(event, request)):
                yield {"whole": json.dumps(value)} if whole else value

        return steps

    def once(event: gr.EventData, request: gr.Request) -> dict[str, Any]:
        answer: dict[str, Any] = work(*given(event, request))
        return answer

    return once
