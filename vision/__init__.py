"""Glassbox: a glass box for vision models.

    from pathlib import Path
    from vision import Engine, read

    Engine().classify(read(Path("cat.jpg"))).top

The public names come from their modules when they are first asked for, so that `import vision` costs nothing.
"""

from importlib import import_module
from typing import Any

_NAMES = {
    "vision.engine": ("Engine",),
    "vision.core.picture": ("Picture", "read"),
    "vision.core.wire": ("encode",),
    "vision.core.errors": ("UserError", "PictureError", "ModelError"),
    "vision.core.results": ("PictureFacts", "Answer", "Guess", "Forward", "Classification", "Explanation", "Deletion", "CardStatus"),
    "vision.core.results_detect": ("DetectView", "Candidates", "Box", "Judged", "Counts", "Detection"),
    "vision.core.results_fuse": ("Fusion",),
    "vision.core.results_generate": ("Place", "Samples", "Stages", "Judgement"),
    "vision.core.results_inside": ("Layers", "Tokens"),
    "vision.core.results_whatif": ("WhatIf", "Randomised"),
    "vision.core.change": ("Change",),
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names}
__all__ = tuple(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
