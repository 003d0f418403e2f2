"""Gradio's built-in Base theme in Glassbox's clothes: system fonts, and every colour a variable of glassbox.css."""

from __future__ import annotations

import gradio as gr

from vision.faces.assets import SHEETS
from vision.faces.web.static import WEB_URL

HEAD = "".join(f'<link rel="stylesheet" href="{WEB_URL}/{name}">' for name in SHEETS)

COLOURS = {
    "body_background_fill": "bg",
    "body_text_color": "ink",
    "body_text_color_subdued": "muted",
    "background_fill_primary": "bg",
    "background_fill_secondary": "panel",
    "border_color_primary": "line",
    "block_background_fill": "bg",
    "block_border_color": "line",
    "block_label_background_fill": "bg",
    "block_label_text_color": "muted",
    "block_title_text_color": "ink",
    "block_info_text_color": "muted",
    "input_background_fill": "bg",
    "input_border_color": "muted",
    "input_placeholder_color": "muted",
    "button_primary_background_fill": "accent",
    "button_primary_background_fill_hover": "accent",
    "button_primary_text_color": "on-accent",
    "button_secondary_background_fill": "panel",
    "button_secondary_background_fill_hover": "line",
    "button_secondary_text_color": "ink",
    "link_text_color": "accent",
}


def theme() -> gr.themes.Base:
    """Return the theme; it names no font or file of another server."""
    light = {name: f"var(--gb-{colour})" for name, colour in COLOURS.items()}
    dark = {f"{name}_dark": value for name, value in light.items()}  # said again under .dark, where the variables differ
    base = gr.themes.Base(
        font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"], text_size=gr.themes.sizes.text_lg
    )  # fmt: skip
    return base.set(**light, **dark, color_accent="var(--gb-accent)")
