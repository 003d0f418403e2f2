"""The Streamlit face: the same engine, its maps and boxes painted on the server; one model cache for all visitors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from vision.core import paint, paint_boxes
from vision.core.errors import UserError
from vision.core.paint import HeatView
from vision.core.picture import Picture, read
from vision.core.recipe import METHODS, Recipe
from vision.core.results_detect import DetectView
from vision.core.sift import sift
from vision.core.words import say
from vision.engine import Engine
from vision.faces import examples

FAMILIES = ("cnn", "vit")


@st.cache_resource
def shared_engine() -> Engine:
    """Return the one engine of this server; Streamlit makes it once however many visitors come at the same time."""
    return Engine()


def main() -> None:
    """Draw the page; Streamlit calls this again after every change of a control."""
    st.set_page_config(page_title=say("page.title"), layout="wide")
    st.title(say("page.title"))
    tabs: dict[str, Callable[[Engine], None]] = {"classify": classify, "detect": detect, "fuse": fuse, "models": models}
    for place, draw in zip(st.tabs([say(f"page.tab_{key}") for key in tabs]), tabs.values(), strict=True):
        with place:
            try:
                draw(shared_engine())
            except UserError as error:
                st.error(str(error))


def chosen(key: str, label: str) -> Picture | None:
    """Return the picture that the visitor dropped or chose among the examples; None before that."""
    upload = st.file_uploader(label, key=f"{key}-file")
    if upload is not None:
        return read(upload.getvalue(), upload.name)
    keys = ["", *examples.examples()]
    example = st.selectbox(
        say("streamlit.example"), keys, format_func=lambda one: say(f"examples.{one}") if one else "–", key=f"{key}-example"
    )
    return examples.picture(example) if example else None


def model(engine: Engine, key: str, task: str, family: str = "") -> str:
    """Return the model that the visitor chose among those on this machine."""
    cards = [card for card in engine.catalog.cards if card.task == task and family in ("", card.family) and engine.catalog.local(card)]
    names = {card.key: card.name for card in cards}
    return st.selectbox(say("streamlit.model"), list(names), format_func=names.get, key=f"{key}-model") or ""


def classify(engine: Engine) -> None:
    """Two nets on one photo: what each says, and where it looked."""
    picture = chosen("classify", say("streamlit.photo"))
    for column, family in zip(st.columns(2), FAMILIES, strict=True):
        with column:
            key = model(engine, family, "classify", family)
            if picture is not None and key:
                answer(engine, picture, key)


def answer(engine: Engine, picture: Picture, key: str) -> None:
    """One net's five best classes, its map on the photo, and what is to be said of the map."""
    found = engine.classify(picture, key)
    methods = engine.catalog[key].methods
    if methods:
        method = st.selectbox(say("streamlit.map"), methods, key=f"{key}-method")
        target = st.selectbox(say("streamlit.target"), [guess.label for guess in found.top], key=f"{key}-target")
        index = next(str(guess.index) for guess in found.top if guess.label == target)
        opacity = st.slider(say("streamlit.opacity"), 0, 100, 60, key=f"{key}-opacity")
        explained = engine.explain(picture, key, method=method, target=index)
        st.image(paint.framed(picture.rgb, explained, HeatView(alpha=round(opacity * 2.55))))
        for sentence in explained.words:
            st.write(sentence)
    for guess in found.top:
        st.progress(guess.score, f"{guess.label} {guess.score:.1%}")


def detect(engine: Engine) -> None:
    """Boxes at the present threshold and suppression; the net runs once per photo."""
    picture = chosen("detect", say("streamlit.photo"))
    key = model(engine, "detect", "detect")
    score = st.slider(say("streamlit.score"), 0.0, 1.0, 0.5, key="detect-score")
    iou = st.slider(say("streamlit.iou"), 0.0, 1.0, 0.5, key="detect-iou")
    if picture is not None and key:
        found, view = engine.candidates(picture, key), DetectView(score, iou)
        st.image(np.asarray(paint_boxes.paint(picture.rgb, found, view)))
        sifted = sift(found, view)
        st.write(say("streamlit.boxes", kept=len(sifted.shown), candidates=len(found.scores)))


def fuse(engine: Engine) -> None:
    """Two pictures made one."""
    left, right = st.columns(2)
    with left:
        a = chosen("a", "A")
    with right:
        b = chosen("b", "B")
    method = st.selectbox(say("streamlit.method"), METHODS, key="fuse-method")
    alpha = st.slider(say("streamlit.alpha"), 0.0, 1.0, Recipe().alpha, key="fuse-alpha")
    if a is not None and b is not None:
        found = engine.fuse(a, b, method, alpha=alpha)
        st.image(found.rgb)
        for sentence in found.words:
            st.write(sentence)


def models(engine: Engine) -> None:
    """The catalogue with what the cache knows of each model."""
    rows: list[dict[str, Any]] = [
        {"model": row.name, "key": row.key, "task": row.task, "parameters": row.params, "local": row.local, "in memory": row.resident,
         "used": row.hits, "licence": row.licence}
        for row in engine.models()
    ]  # fmt: skip
    st.dataframe(rows, hide_index=True)
