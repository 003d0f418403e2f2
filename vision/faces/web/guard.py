"""What stands around every handler of the page: visitors take turns; a person sees a sentence, the log sees the rest."""

from __future__ import annotations

import functools
import html
import inspect
import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import gradio as gr
from gradio.context import LocalContext

from vision.core.errors import UserError
from vision.core.words import say, speaking
from vision.faces.desks.table import EACH, WIDTH
from vision.faces.web.language import visitor
from vision.models.line import Line, visiting

log = logging.getLogger("glassbox")


@contextmanager
def sentences(lang: str, markup: bool) -> Iterator[None]:
    """Turn what goes wrong inside into one gr.Error; `markup`: it is shown as HTML, so the text is escaped."""
    try:
        yield
    except UserError as error:
        text = error.say(lang)
    except gr.Error:
        raise
    except Exception:  # the last door: a traceback belongs into the log, never on the page
        log.exception("a handler failed")
        text = say("server.unexpected", lang)
    else:
        return
    raise gr.Error(html.escape(text) if markup else text, title=say("server.error_title", lang), print_exception=False)


def asker(page: bool) -> str:
    """Return who waits for the present event: on the page the visitor's session, else the address a program calls from.

    A program may make up a session for each call, and twenty calls would then be twenty visitors.
    """
    request = LocalContext.request.get(None)
    if request is None:
        return ""
    client = getattr(request, "client", None)
    return (request.session_hash or "") if page else str(getattr(client, "host", ""))


def guard(work: Callable[..., Any], lang: str = "", *, markup: bool = True, width: int = WIDTH) -> Callable[..., Any]:
    """Return `work` with visitors in turn and errors told as sentences; its signature stays, so Gradio fills in what it asks for.

    markup   True for handlers of the page (Gradio shows messages as HTML, and a picture's name may be hostile);
             False for endpoints, whose callers get the plain text
    lang     the language; empty: the visitor's
    width    how many events of this kind are worked on at the same time
    """
    line = Line(width, EACH)
    if inspect.isgeneratorfunction(work):

        @functools.wraps(work)
        def steps(*args: Any, **kwargs: Any) -> Iterator[Any]:
            who, heard = asker(markup), lang or visitor()
            with sentences(heard, markup), _turn(line, who), closing(work(*args, **kwargs)) as going:
                while True:
                    with visiting(who), speaking(heard):  # each step may run in another thread
                        try:
                            value = next(going)
                        except StopIteration:
                            return
                    yield value

        return steps

    @functools.wraps(work)
    def once(*args: Any, **kwargs: Any) -> Any:
        who, heard = asker(markup), lang or visitor()
        with sentences(heard, markup), _turn(line, who), visiting(who), speaking(heard):
            return work(*args, **kwargs)

    return once


@contextmanager
def _turn(line: Line, who: str) -> Iterator[None]:
    """Wait in the line, be worked on, and leave it."""
    with visiting(who):
        ticket = line.enter()
    try:
        yield
    finally:
        line.leave(ticket)
