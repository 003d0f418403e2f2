"""The endpoints: the engine's tasks with checked arguments, answered as JSON; the same on every face.

Names, arguments and keys are the contract of the endpoints (docs/api.md). Each function takes the engine, decoded pictures and
plain arguments, and returns JSON values; a mistake in an argument is a UserError.
"""

from __future__ import annotations

import time
from dataclasses import fields

from vision.core.encode import png
from vision.core.picture import Picture
from vision.core.wire import Put, encode
from vision.engine import Engine
from vision.faces import latents
from vision.faces.answers import (
    ClassifyAnswer,
    CountsAnswer,
    DetectAnswer,
    ExplainAnswer,
    FuseAnswer,
    ModelAnswer,
    SampleAnswer,
    WalkAnswer,
    only,
)
from vision.faces.arguments import flag, number, text, whole
from vision.faces.film import FORMATS, film
from vision.faces.recipes import recipe

ENDPOINTS = ("models", "classify", "explain", "detect", "fuse", "sample", "walk")
TASKS = ("classify", "detect", "generate")
FUSIONS = ("mean", "max", "min")
TOP = 100  # the longest list of classes one answer gives
SAMPLES = 64  # pictures of one answer
FRAMES = 480  # of a walk
BOXES = 10_000  # more than any detector has candidates
DEPTH = 1000  # more layers or heads than any model has


def models(engine: Engine, task: str = "") -> list[ModelAnswer]:
    """Return the catalogue with what the cache knows of each model; `task`: only those of one task."""
    return [only(ModelAnswer, row) for row in encode(engine.models(text("task", task, TASKS)))]


def classify(engine: Engine, picture: Picture, model: str = "", top: int = 5) -> ClassifyAnswer:
    """Return the best classes of a picture, softmax over all the model's classes, sorted."""
    return only(ClassifyAnswer, encode(engine.classify(picture, text("model", model), top=whole("top", top, 1, TOP))))


def explain(
    engine: Engine,
    picture: Picture,
    model: str = "",
    method: str = "",
    target: str = "",
    layer: int = -1,
    head: int = -1,
    fusion: str = "mean",
    discard: float = 0.0,
) -> ExplainAnswer:
    """Return the map of one method for one class (label or index; empty: the best); layer and head -1: fused."""
    found = engine.explain(
        picture,
        text("model", model),
        method=text("method", method),
        target=text("target", target),
        layer=whole("layer", layer, -1, DEPTH),
        head=whole("head", head, -1, DEPTH),
        fusion=text("fusion", fusion, FUSIONS) or "mean",
        discard=number("discard", discard, 0.0, 0.99),
    )
    return only(ExplainAnswer, encode(found))


def fuse(
    engine: Engine,
    a: Picture,
    b: Picture,
    method: str = "alpha",
    alpha: float = 0.5,
    light: str = "srgb",
    fit: str = "fit",
    options: str = "",
    put: Put | None = None,
) -> FuseAnswer:
    """Return two pictures made one on A's canvas; `put` takes the PNG and gives what stands as `file` (None: no file is made)."""
    wanted = recipe(method, alpha, light, fit, options)
    found = engine.fuse(a, b, **{field.name: getattr(wanted, field.name) for field in fields(wanted)})
    return only(FuseAnswer, {**encode(found), "file": put(png(found.rgb), ".png") if put else None})


def detect(
    engine: Engine,
    picture: Picture,
    model: str = "",
    score: float = 0.5,
    iou: float = 0.5,
    agnostic: bool = False,
    limit: int = 100,
    candidates: bool = False,
) -> DetectAnswer:
    """Return the boxes above `score` that survive suppression at `iou`, at most `limit`; with `candidates` the fate of every box."""
    found = engine.detect(
        picture,
        text("model", model),
        score=number("score", score, 0.0, 1.0),
        iou=number("iou", iou, 0.0, 1.0),
        agnostic=flag("agnostic", agnostic),
        limit=whole("limit", limit, 0, BOXES),
        candidates=flag("candidates", candidates),
    )
    answer = only(DetectAnswer, encode(found))
    answer["counts"] = only(CountsAnswer, answer["counts"])
    if not candidates:
        del answer["candidates"]
    return answer


def sample(
    engine: Engine,
    model: str = "",
    seed: int = 0,
    count: int = 16,
    label: str = "",
    truncation: float = 1.0,
    sliders: str = "",
    put: Put | None = None,
) -> SampleAnswer:
    """Return pictures of a seed; `label`: a class (empty: all in turn); `put` takes each PNG and gives what stands for it."""
    found = engine.sample(
        text("model", model),
        seed=whole("seed", seed, 0, latents.SEED),
        count=whole("count", count, 1, SAMPLES),
        label=text("label", label),
        truncation=number("truncation", truncation, 0.0, 2.0),
        sliders=latents.sliders(sliders),
    )
    return only(SampleAnswer, {**encode(found), "pictures": [put(png(one), ".png") for one in found.rgb] if put else []})


def walk(
    engine: Engine,
    model: str = "",
    seeds: str = "0,1,2",
    label: str = "",
    frames: int = 48,
    format: str = "gif",
    put: Put | None = None,
) -> WalkAnswer:
    """Return a walk along the pictures of some seeds as one file: gif, mp4 or a strip png."""
    kind, count = text("format", format, FORMATS) or "gif", whole("frames", frames, 2, FRAMES)
    start = time.perf_counter()
    stops = engine.places(latents.terms(seeds), text("label", label), text("model", model))
    ends = engine.paint(stops, model)
    made = list(engine.walk(stops, model, frames=count))
    content, suffix = film(made, kind)
    return WalkAnswer(
        model=ends.model, revision=ends.revision, device=ends.device, ms=(time.perf_counter() - start) * 1000,
        file=put(content, suffix) if put else None,
    )  # fmt: skip
