"""The Gradio page: tabs from a table, one header, and the start with the models behind it."""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import logging
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import gradio as gr

from vision.core.errors import UserError
from vision.core.words import LANGUAGES, OPEN, say, sentences, speaking
from vision.engine import Engine
from vision.faces.desks import table
from vision.faces.lessons import LESSONS_URL
from vision.faces.warmup import Step, Warmup, bring, default_steps, loading_steps
from vision.faces.web import classes, endpoints, tabs, zero
from vision.faces.web.context import Context
from vision.faces.web.folders import Folders
from vision.faces.web.gate import TOOLS_URL
from vision.faces.web.server import STATUS_URL, Home, launch
from vision.faces.web.uploads import Uploads
from vision.faces.web.widgets import widget

if TYPE_CHECKING:
    from vision.faces.web.mcp import Tools


def build(engine: Engine, home: Home) -> gr.Blocks:
    """Return the whole page: the header, a tab for every room, the endpoints; sentences stay open until a visitor comes."""
    with speaking(OPEN), gr.Blocks(title=say("page.title"), analytics_enabled=False, fill_width=True) as blocks:
        context = Context(engine, Uploads(home.uploads, blocks.upload_file_set), Folders(home.files))
        endpoints.build(context)  # first: a tab's handler of the same name would take it away
        languages = [{"lang": lang, "code": say("page.code", lang), "name": say("page.language", lang)} for lang in LANGUAGES]
        titles = {key: say(f"page.tab_{key}") for key in table.tabs(engine)}
        facts = {"words": sentences("page"), "status": STATUS_URL, "languages": languages, "tabs": titles, "lessons": True}
        widget("page", "gb-header", facts)
        home.routes += classes.build(context.uploads, titles)
        widget("guide", "gb-lessons", {"words": sentences("guide"), "url": LESSONS_URL})
        with gr.Tabs(elem_id="gb-tabs"):
            for key, title in titles.items():
                with gr.Tab(title, id=key):
                    tabs.build(key, context)
        blocks.unload(leave(context))
    return blocks


def leave(context: Context) -> Callable[[gr.Request], None]:
    """Return the handler of a closed page: the visitor's files go."""

    def forget(request: gr.Request) -> None:
        context.folders.leave(request.session_hash)

    return forget


def placing_steps(engine: Engine) -> list[Step]:
    """Return the steps that put every model of this machine on ZeroGPU's imitated device, from where each lent GPU gets it."""
    return [(card.name, partial(bring, engine, card.key)) for card in engine.catalog.cards if engine.catalog.local(card)]


def here() -> tuple[Engine, list[Step]]:
    """Return the engine of this machine, and what is done behind its page."""
    engine = zero.engine()
    return engine, placing_steps(engine) if zero.lends() else default_steps(engine)


def elsewhere() -> tuple[Engine, list[Step]]:
    """Return the engine over replicas, and what is done behind its page: this process needs no torch."""
    from vision.faces import remote

    engine = remote.found()
    return engine, loading_steps(engine)


def stop(*_: object) -> None:
    """Leave the page at the first SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one would break off the deleting
    sys.exit(0)


def end() -> None:
    """End the process with all that is done at the end, the temporary folder's deleting too, and without Python's taking apart of itself.

    That would unwind a thread which comes out of a net's C++ code just then, and the C++ runtime aborts the process (status -6).
    """
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)


def tools(engine: Engine, home: Home, blocks: gr.Blocks) -> Tools:
    """Return the endpoints as tools for programs, with the uploads of this page; UserError where their package is missing."""
    if importlib.util.find_spec("mcp") is None:
        raise UserError("mcp.missing")
    from vision.faces.web.mcp import Tools

    return Tools(engine, Uploads(home.uploads, blocks.upload_file_set), home.files)


def serve(mcp: bool = False, replicas: bool = False) -> None:
    """Open the page, load the models behind it, and stay until stopped (Ctrl+C or SIGTERM).

    mcp       tools for programs beside it
    replicas  nets compute in the replicas of a `serve run`, none in this process; UserError where no such are found
    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    engine, steps = elsewhere() if replicas else here()
    signal.signal(signal.SIGTERM, stop)  # after Ray's own
    home = Home()
    blocks = build(engine, home)
    opened = tools(engine, home, blocks) if mcp or os.environ.get("VISION_MCP", "0") not in ("", "0") else None
    warmup = Warmup(steps)
    if zero.lends() and not replicas:
        warmup.finish()  # what is on the device when the page opens is there in every fork
    try:
        launch(blocks, home, warmup, opened)
    except OSError as error:  # a port in use, a name that is not this machine's
        sys.exit(say("page.no_port", reason=error))
    print(say("page.address", url=blocks.local_url), flush=True)
    if opened:
        print(say("mcp.address", url=f"{blocks.local_url}{TOOLS_URL}"), flush=True)
    warmup.start()
    with contextlib.suppress(SystemExit):  # of `stop`; any other error is told as such
        blocks.block_thread()
    end()
