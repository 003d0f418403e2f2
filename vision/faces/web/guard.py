"""What stands around every handler of the page: a person sees a sentence, the log sees the rest."""

from __future__ import annotations

import functools
import html
import inspect
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr

from vision.core.errors import UserError
from vision.core.words import say

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


def guard(work: Callable[..., Any], lang: str = "en", *, markup: bool = True) -> Callable[..., Any]:
    """Return `work` with its errors told as sentences; its signature stays, so Gradio fills in what it asks for.

    markup   True for handlers of the page (Gradio shows messages as HTML, and a picture's name may be hostile);
             False for endpoints, whose callers get the plain text
    """
    if inspect.isgeneratorfunction(work):

        @functools.wraps(work)
        def steps(*args: Any, **kwargs: Any) -> Iterator[Any]:
            with sentences(lang, markup):
                yield from work(*args, **kwargs)

        return steps

    @functools.wraps(work)
    def once(*args: Any, **kwargs: Any) -> Any:
        with sentences(lang, markup):
            return work(*args, **kwargs)

    return once
