"""The Streamlit page: the tabs of the web page, each a widget over its desk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from vision.core.words import prefer, say
from vision.engine import Engine
from vision.faces.streamlit import bundle
from vision.faces.streamlit.hall import UPLOAD_BYTES, Hall
from vision.faces.streamlit.post import Post
from vision.faces.streamlit.shelf import Shelf

ADAPTER = Path(__file__).with_name("adapter.js").read_text("utf-8")


@st.cache_resource(show_spinner=False)
def shared(_make: Callable[[], Engine]) -> Hall:
    """Return what all visitors share; Streamlit makes it once however many come at the same time."""
    hall = Hall(_make())
    hall.warmup.start()
    return hall


def main(make: Callable[[], Engine] = Engine) -> None:
    """Draw the page: all of it when a visitor comes, afterwards the one widget that sent a letter, each a fragment of its own."""
    hall = shared(make)
    shelf, posts = belongings(hall)
    shelf.renew()
    lang = posts["page"].lang
    st.set_page_config(page_title=say("page.title", lang), layout="wide")
    modules = st.components.v2.component("glassbox modules", js=bundle.script(tuple(hall.desks)), css=bundle.style(), isolate_styles=False)
    modules(key="modules")
    widget(hall, "page")
    widget(hall, "guide")
    for key, place in zip(hall.tabs, st.tabs([say(f"page.tab_{key}", lang) for key in hall.tabs]), strict=True):
        with place:
            for one in (key, *hall.below[key]):
                widget(hall, one)


@st.fragment
def widget(hall: Hall, key: str) -> None:
    """Mount a widget, or tell it what is new; while its desk is at work it comes back at once (adapter.js), and nothing else is drawn."""
    shelf, posts = belongings(hall)
    post = posts[key]
    post.wait()
    words = {word: say(f"page.{word}", post.lang) for word in ("widget_failed", "upload_failed")}
    data = {"widget": key, "words": words, "most": UPLOAD_BYTES, **shelf.addressed(post.data())}
    adapter = st.components.v2.component("glassbox", html='<div class="gb-widget"></div>', js=ADAPTER, isolate_styles=False)
    adapter(key=f"gb-{key}", data=data, on_letter_change=lambda: post.hear(st.session_state[f"gb-{key}"].letter))


def belongings(hall: Hall) -> tuple[Shelf, dict[str, Post]]:
    """Return this visitor's shelf, and their post to each desk."""
    if "glassbox" not in st.session_state:
        shelf = Shelf()
        visitor = hall.visitor(shelf)
        lang = prefer(st.query_params.get("lang", ""), st.context.headers.get("Accept-Language") or "")
        st.session_state["glassbox"] = shelf, {key: Post(hall, key, visitor, lang) for key in hall.desks}
    found: tuple[Shelf, dict[str, Post]] = st.session_state["glassbox"]
    return found
