"""The Models tab: the catalogue, and what the cache knows of each model now."""

from __future__ import annotations

import gradio as gr

from vision.faces.web.context import Context


def build(context: Context) -> None:
    """Fill the tab."""
    gr.HTML(html_template="<p>…</p>", js_on_load=None)
