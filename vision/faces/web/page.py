"""The Gradio page: theme, tabs from a table, start-up with the models behind it."""

from __future__ import annotations

import atexit
import importlib
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import gradio as gr
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from vision.core.words import say
from vision.engine import Engine
from vision.faces.web.context import Context
from vision.faces.web.folders import Folders
from vision.faces.web.static import WEB_URL, mounts
from vision.faces.web.warmup import Step, Warmup
from vision.faces.web.widgets import sentences, widget

log = logging.getLogger("glassbox")

TABS = (  # (key of the tab's words, module with build(context)); shown in this order
    ("classify", "vision.faces.web.classify"),
    ("models", "vision.faces.web.models"),
)
UPLOAD_BYTES = 64 << 20  # one uploaded file
QUEUE = 48  # events that may wait, over all visitors; the next one is told to come back
UPLOAD_AGE_S = 3600  # uploads older than this are deleted, looked at every ten minutes

STATUS_URL = "glassbox/status"
HEAD = "".join(f'<link rel="stylesheet" href="{WEB_URL}/{name}.css">' for name in ("glassbox", "page"))


def theme() -> gr.themes.Base:
    """Return the built-in Base theme with system fonts and every colour taken from glassbox.css (no outside request)."""
    fonts = ["system-ui", "sans-serif"]
    base = gr.themes.Base(font=fonts, font_mono=["ui-monospace", "monospace"], text_size=gr.themes.sizes.text_lg)
    colours = {
        "body_background_fill": "var(--gb-bg)",
        "body_text_color": "var(--gb-ink)",
        "body_text_color_subdued": "var(--gb-muted)",
        "background_fill_primary": "var(--gb-bg)",
        "background_fill_secondary": "var(--gb-panel)",
        "border_color_primary": "var(--gb-line)",
        "block_background_fill": "var(--gb-bg)",
        "block_border_color": "var(--gb-line)",
        "block_label_background_fill": "var(--gb-bg)",
        "block_label_text_color": "var(--gb-muted)",
        "block_title_text_color": "var(--gb-ink)",
        "block_info_text_color": "var(--gb-muted)",
        "input_background_fill": "var(--gb-bg)",
        "input_border_color": "var(--gb-line)",
        "input_placeholder_color": "var(--gb-muted)",
        "button_primary_background_fill": "var(--gb-accent)",
        "button_primary_background_fill_hover": "var(--gb-accent)",
        "button_primary_text_color": "var(--gb-on-accent)",
        "button_secondary_background_fill": "var(--gb-panel)",
        "button_secondary_background_fill_hover": "var(--gb-line)",
        "button_secondary_text_color": "var(--gb-ink)",
        "color_accent": "var(--gb-accent)",
        "link_text_color": "var(--gb-accent)",
    }
    dark = {f"{name}_dark": value for name, value in colours.items() if name not in ("color_accent",)}
    return base.set(**colours, **dark)


def build(context: Context) -> gr.Blocks:
    """Return the whole page: one header, and a tab for every row of TABS."""
    with gr.Blocks(title=say("page.title", context.lang), analytics_enabled=False, delete_cache=(600, UPLOAD_AGE_S), fill_width=True) as blocks:
        widget("page", "gb-header", {"words": sentences("page", lang=context.lang), "status": STATUS_URL}, lang=context.lang)
        with gr.Tabs(elem_id="gb-tabs"):
            for key, module in TABS:
                with gr.Tab(say(f"page.tab_{key}", context.lang), id=key):
                    importlib.import_module(module).build(context)
        blocks.unload(leave(context))
    return blocks


def leave(context: Context) -> Callable[[gr.Request], None]:
    """Return the handler of a closed page: the visitor's files go."""

    def forget(request: gr.Request) -> None:
        context.folders.leave(request.session_hash)

    return forget


def warmup_steps(engine: Engine) -> list[Step]:
    """Return the steps that make the two default classifiers ready: torch first, then each net."""

    def load(family: str) -> None:
        engine.cache.run(engine.card("classify", family=family).key, lambda net: None)

    return [
        ("PyTorch", lambda: importlib.import_module("torch")),
        (say("page.default_cnn"), lambda: load("cnn")),
        (say("page.default_vit"), lambda: load("vit")),
    ]


def serve() -> None:
    """Open the page on GRADIO_SERVER_NAME and GRADIO_SERVER_PORT, load the models behind it, and stay until stopped."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    root = Path(tempfile.mkdtemp(prefix="glassbox-", dir=os.environ.get("GRADIO_TEMP_DIR")))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    os.environ["GRADIO_TEMP_DIR"] = str(root / "uploads")  # this process's own: nobody else's uploads are ever in it
    engine = Engine()
    warmup = Warmup(warmup_steps(engine))
    blocks = build(Context(engine, Folders(root / "files")))
    launch(blocks, root / "files", warmup)
    print(say("page.address", url=blocks.local_url), flush=True)
    warmup.start()
    blocks.block_thread()


def launch(blocks: gr.Blocks, files_root: Path, warmup: Warmup, **options: object) -> None:
    """Start the server of a built page and return when it answers; `options` go to Gradio's launch."""

    async def status(request: Request) -> JSONResponse:
        return JSONResponse(warmup.status(), headers={"Cache-Control": "no-store"})

    blocks.queue(max_size=QUEUE, api_open=False, default_concurrency_limit=2)
    blocks.launch(
        theme=theme(), head=HEAD, quiet=True, prevent_thread_lock=True, share=False, show_error=False,
        run_history=False, ssr_mode=False, enable_monitoring=False, mcp_server=False, footer_links=[], pwa=False,
        max_file_size=UPLOAD_BYTES, app_kwargs={"routes": [Route(f"/{STATUS_URL}", status), *mounts(files_root)]}, **options,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(serve())
