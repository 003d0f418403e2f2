"""The engine of a Hugging Face Space: where the package `spaces` is, nets compute in a function that it lends a GPU (ZeroGPU)."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import gradio as gr

from vision.core.errors import ModelError
from vision.engine import Engine
from vision.models import lent
from vision.models.cache import ModelCache, load
from vision.models.catalog import Catalog
from vision.models.devices import Torch, idle_seconds

SECONDS = 30  # what a call asks for at most; a short call waits less, and takes only what it needs of a visitor's minutes


def lends() -> bool:
    """Say whether this is ZeroGPU."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")


def engine(catalog: Catalog | None = None) -> Engine:
    """Return the engine for the page; called in the main thread and before torch is imported, whose CUDA ZeroGPU imitates.

    Where `spaces` is, the one function that computes carries `spaces.GPU`; outside of ZeroGPU that changes nothing.
    """
    catalog = catalog or Catalog.read()
    if find_spec("spaces") is None:
        return Engine(catalog)
    import spaces

    machine = lent.Lent() if lends() else Torch()
    compute = told(spaces.GPU(lent.compute, duration=SECONDS))
    door = lent.door(compute, lambda: machine.device)
    return Engine(catalog, ModelCache(catalog, lent.load if lends() else load, machine, idle_s=idle_seconds(), door=door))


def told(compute: Callable[..., Any]) -> Callable[..., Any]:
    """Return a lent function whose refusals (no GPU free, quota used up, aborted) are a person's sentence wherever they are met."""

    @functools.wraps(compute)
    def asked(*args: Any) -> Any:
        try:
            return compute(*args)
        except gr.Error as error:
            raise ModelError("model.gpu_refused", reason=plain(error)) from None

    return asked


def plain(error: gr.Error) -> str:
    """Return an error's text without markup and without a full stop.

    >>> plain(gr.Error('You have <a href="x">used</a> your quota. Try later.'))
    'You have used your quota. Try later'
    """
    return re.sub(r"<[^>]*>", "", str(error.message)).strip().rstrip(".")
