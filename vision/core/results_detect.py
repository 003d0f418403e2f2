"""What detection returns: the candidates once, and what a view of them shows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.core.results import Answer, PictureFacts, raw


@dataclass(frozen=True)
class DetectView:
    """How candidates are looked at; moving any of these never runs the net again.

    classes: indices that take part (before suppression), or None for all; soft: Bodla's linear soft-NMS in place of greedy NMS.
    """

    score: float = 0.5
    iou: float = 0.5
    agnostic: bool = False
    soft: bool = False
    limit: int = 100
    classes: tuple[int, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Candidates(Answer):
    """All boxes before threshold and suppression, best first (equal scores: as the model listed them).

    xyxy        float64 [N, 4]  pixels of the upright picture, half-open, clipped to it
    scores      float64 [N]
    classes     int64 [N]       index into `names`
    sources     int64 [N]       proposal, anchor, place or query each came from
    proposals   float64 [P, 4]  of a region proposal network, else None
    objectness  float64 [P]     their scores in 0..1, else None
    capped      how many the model's own top-k or our cap left out, lowest first
    invalid     how many were dropped as not finite or turned inside out
    suppresses  False for a model that is made to need no suppression (DETR)
    """

    picture: PictureFacts
    xyxy: NDArray[np.float64] = raw()
    scores: NDArray[np.float64] = raw()
    classes: NDArray[np.int64] = raw()
    sources: NDArray[np.int64] = raw()
    proposals: NDArray[np.float64] | None = raw()
    objectness: NDArray[np.float64] | None = raw()
    names: tuple[str, ...] = raw()
    capped: int = 0
    invalid: int = 0
    suppresses: bool = True


@dataclass(frozen=True)
class Box:
    """One box that is shown: corners xyxy, float64, pixels of the upright picture; soft suppression lowers `score`."""

    xyxy: tuple[float, float, float, float]
    label: str
    score: float


@dataclass(frozen=True)
class Judged:
    """One candidate; `by`: index in `boxes` of the one that suppressed it, with their IoU, or None."""

    xyxy: tuple[float, float, float, float]
    label: str
    score: float
    by: int | None
    iou: float | None


@dataclass(frozen=True)
class Counts:
    """Where the candidates went: candidates = others + below + suppressed + cut + kept.

    others: not of a chosen class; cut: over the limit; capped and invalid never became candidates.
    """

    candidates: int
    below: int
    suppressed: int
    kept: int
    cut: int
    others: int
    capped: int
    invalid: int


@dataclass(frozen=True, kw_only=True)
class Detection(Answer):
    """The boxes of one view, best first; `candidates` only where asked for."""

    picture: PictureFacts
    boxes: tuple[Box, ...]
    counts: Counts
    candidates: tuple[Judged, ...] | None = None
