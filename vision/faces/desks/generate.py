"""The Generate tab: samples, the latent bench with strips computed ahead, walks in pieces, stages, the critic."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from vision.core.encode import png
from vision.core.errors import UserError
from vision.core.results_generate import Place
from vision.core.wire import Put
from vision.core.words import said, say, sentences
from vision.engine import Engine
from vision.faces import latents
from vision.faces.arguments import text, whole
from vision.faces.desks.numbered import Handler, numbered
from vision.faces.desks.visitor import Visitor
from vision.faces.film import FORMATS, film

COUNT = 16
STEPS = tuple(np.linspace(-3, 3, 25).tolist())  # places of a strip, in standard deviations
FRAMES = 240  # of a walk


class Desk:
    """The handlers of the tab; each takes what the widget sent and returns its new value, with the number of the question."""

    EVENTS = ("grid", "paint", "strips", "stages", "walk", "save", "judge")
    FAILED = None

    def __init__(self, engine: Engine, lang: str = "") -> None:
        self.engine = engine
        self.lang = lang

    def empty(self) -> dict[str, Any]:
        """Return the value before the first sample."""
        catalog = self.engine.catalog
        here = [card for card in catalog.cards if card.task == "generate" and catalog.local(card)]
        models = [{"key": card.key, "name": card.name} for card in here]
        return {"words": sentences("generate", lang=self.lang), "steps": STEPS, "models": models}

    def handler(self, event: str) -> Handler:
        """Return an event's handler: the answer carries the question's number; a person's mistake becomes its sentence."""
        return numbered(getattr(self, event), self.lang, said="error", event=event)

    def places(self, asked: dict[str, Any], key: str = "stops") -> tuple[Place, ...]:
        """Return the checked places of a question, one to STOPS of them."""
        given, count = asked.get(key), len(self.engine.labels(model(asked)))
        if not isinstance(given, list) or not 1 <= len(given) <= latents.STOPS:
            raise UserError("generate.bad_seeds")
        return tuple(latents.place(one, count) for one in given)

    def place(self, asked: dict[str, Any]) -> Place:
        """Return the checked place of a question."""
        return latents.place(asked.get("place"), len(self.engine.labels(model(asked))))

    # ---- events ----

    def grid(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """Return the samples of a seed and class on one sheet, with norms and scores."""
        label = text("label", asked.get("label", ""))
        found = self.engine.sample(model(asked), seed=whole("seed", asked.get("seed", 0), 0, latents.SEED), count=COUNT, label=label)
        names = self.engine.labels(model(asked))
        return {
            "sheet": self._sheet(found.rgb, 4, visitor.put),
            "side": found.rgb.shape[1],
            "names": [said(name) for name in names],
            "labels": [names.index(one) for one in found.labels],
            "norms": found.norms,
            "critic": found.critic,
            "shell": found.shell,
            "model": found.model,
        }

    def paint(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """Return one picture inside the answer itself: a slider waits for nothing else."""
        found = self.engine.paint((self.place(asked),), model(asked))
        data = base64.b64encode(png(found.rgb[0])).decode()
        return {"picture": f"data:image/png;base64,{data}", "norm": found.norms[0], "critic": found.critic[0] if found.critic else None}

    def strips(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """Return, for every slider, the pictures along it with all others as they are: one row each."""
        place = self.place(asked)
        around = tuple(_slid(place, at, step) for at in range(latents.SLIDERS) for step in STEPS)
        found = self.engine.paint(around, model(asked))
        return {"sheet": self._sheet(found.rgb, len(STEPS), visitor.put), "norms": found.norms, "critic": found.critic}

    def stages(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """Return the feature maps of each stage as one sheet each, four channels a row."""
        found = self.engine.stages(self.place(asked), model(asked))
        sheets = [visitor.put(png(_tiled(one, 8)), ".png") for one in found.maps]
        return {"stages": [{"url": url, "channels": shape[0], "side": shape[1]} for url, shape in zip(sheets, found.shapes, strict=True)]}

    def walk(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """Return the next pictures of a walk on one sheet; the widget asks for one piece after the other and may stop."""
        stops = self.places(asked)
        frames, start = whole("frames", asked.get("frames", 48), 2, FRAMES), whole("start", asked.get("start", 0), 0, FRAMES)
        piece = list(self.engine.walk(stops, model(asked), frames=frames, start=start, pieces=1))
        return {"sheet": self._sheet(np.stack(piece), len(piece), visitor.put), "start": start, "count": len(piece)}

    def save(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """Return the address of a walk's file."""
        stops = self.places(asked)
        frames = list(self.engine.walk(stops, model(asked), frames=whole("frames", asked.get("frames", 48), 2, FRAMES)))
        content, suffix = film(frames, text("format", asked.get("format", "gif"), FORMATS) or "gif")
        return {"file": {"url": visitor.put(content, suffix), "name": f"glassbox-walk{suffix}"}}

    def judge(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """Return the critic's three highest classes of a person's own picture."""
        picture = visitor.open(asked.get("path"), str(asked.get("name") or ""))
        found = self.engine.judge(picture, model(asked))
        best = sorted(zip(found.labels, found.scores, strict=True), key=lambda pair: -pair[1])[:3]
        return {"said": " ".join(say("generate.judged", self.lang, label=label, score=f"{score:.2f}") for label, score in best)}

    def _sheet(self, rgb: Any, columns: int, put: Put) -> str:
        return put(png(_tiled(rgb, columns)), ".png")


def model(asked: dict[str, Any]) -> str:
    """Return the key of the generator that a question names, empty: the first of the catalogue."""
    return text("model", asked.get("model", "")) or ""


def _slid(place: Place, at: int, step: float) -> Place:
    steps = [*place.sliders, *[0.0] * (latents.SLIDERS - len(place.sliders))]
    steps[at] = step
    return dataclasses.replace(place, sliders=tuple(steps))


def _tiled(pictures: Sequence[Any], columns: int) -> Any:
    """Return equal pictures beside and below each other, rows filled up with black."""
    stack = np.asarray(pictures)
    short = -len(stack) % columns
    if short:
        stack = np.concatenate([stack, np.zeros((short, *stack.shape[1:]), np.uint8)])
    rows = [np.concatenate(list(stack[start : start + columns]), axis=1) for start in range(0, len(stack), columns)]
    return np.concatenate(rows, axis=0)
