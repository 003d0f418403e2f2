"""One server: its own temporary folder, its routes, its limits, and the launch of a built page."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from vision.faces.warmup import Warmup
from vision.faces.web.gate import UPLOAD_BYTES, Gate
from vision.faces.web.language import Language
from vision.faces.web.static import routes
from vision.faces.web.theme import HEAD, theme
from vision.faces.web.uploads import AGE_S, sweep

if TYPE_CHECKING:
    from vision.faces.web.mcp import Tools

STATUS_URL = "glassbox/status"  # what is loading; relative to the page
ARRIVED = 160  # events of one kind that are worked on or wait in their fair line, where visitors take turns (guard.py)
QUEUE = 48  # events that may wait before that, over all visitors; the next one is told to come back
THREADS = 256  # that work or wait
SESSIONS = 500  # visitors whose state is remembered
SWEEP_S = 600  # how often old uploads are looked for


class Home:
    """The temporary folder of one server process: `uploads` and the visitors' `files`; nobody else's are ever in it."""

    def __init__(self) -> None:
        above = os.environ.get("GRADIO_TEMP_DIR")
        if above:
            Path(above).mkdir(parents=True, exist_ok=True)
        self.root = Path(tempfile.mkdtemp(prefix="glassbox-", dir=above or None)).resolve()
        self.uploads = self.root / "uploads"
        self.files = self.root / "files"
        self.routes: list[Route] = []  # of what a built page brings along
        for folder in (self.uploads, self.files):
            folder.mkdir(mode=0o700)
        os.environ["GRADIO_TEMP_DIR"] = str(self.uploads)  # Gradio reads it for every component, so before the first one
        atexit.register(self.remove)

    def keep_tidy(self) -> None:
        """Start deleting old uploads now and then, until the process ends."""

        def tidy() -> None:
            while True:
                time.sleep(SWEEP_S)
                sweep(self.uploads, time.time() - AGE_S)

        threading.Thread(target=tidy, name="tidy", daemon=True).start()

    def remove(self) -> None:
        """Delete the folder with all visitors' pictures; done at the end of the process too."""
        shutil.rmtree(self.root, ignore_errors=True)


def launch(blocks: gr.Blocks, home: Home, warmup: Warmup, tools: Tools | None = None) -> None:
    """Start the server of a built page at GRADIO_SERVER_NAME and GRADIO_SERVER_PORT, and return when it answers.

    tools  for programs, open beside the page
    A port that is asked for and in use is an OSError.
    """

    async def status(request: Request) -> JSONResponse:
        return JSONResponse(warmup.status(), headers={"Cache-Control": "no-store"})

    home.keep_tidy()
    space = "SPACE_ID" in os.environ
    if space:  # the way in is Hugging Face's proxy alone: who asks is whom it names
        os.environ.setdefault("FORWARDED_ALLOW_IPS", "*")
    blocks.queue(max_size=QUEUE, api_open=False, default_concurrency_limit=ARRIVED)
    blocks.launch(
        theme=theme(),
        head=HEAD,
        quiet=True,
        prevent_thread_lock=True,
        share=False,
        show_error=False,  # only gr.Error reaches a visitor, never the text of another exception
        footer_links=["api"],  # the endpoints, written out
        run_history=False,
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=False,  # ours is another one (mcp.py)
        server_name="0.0.0.0" if space and "GRADIO_SERVER_NAME" not in os.environ else None,
        server_port=int(port) if (port := os.environ.get("GRADIO_SERVER_PORT")) else None,  # Gradio would go on to the next free one
        pwa=False,
        max_threads=THREADS,
        max_file_size=UPLOAD_BYTES,
        state_session_capacity=SESSIONS,
        app_kwargs={
            "routes": [Route(f"/{STATUS_URL}", status), *routes(home.files), *home.routes, *([tools.route] if tools else [])],
            "middleware": [Middleware(Language), Middleware(Gate, uploads=home.uploads)],
            **({"lifespan": tools.lifespan} if tools else {}),
        },
    )
