"""Boxes on paper: overlap, greedy and soft suppression.

Boxes are xyxy, float64, half-open, pixels of the upright picture. Everything is float64 in one written order of operations,
so that the JavaScript twin (assets/web/boxes.js) gives identical lists, also where an overlap is exactly the threshold.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Verdicts:
    """What suppression decided.

    kept     indices, best first
    by       int64 [N]    the kept box that suppressed (hard) or most lowered (soft) each one; -1: none did, or below the threshold
    overlap  float64 [N]  its IoU with that box; 0 where `by` is -1
    scores   float64 [N]  the scores after suppression; hard suppression leaves them as they were
    """

    kept: list[int]
    by: Ints
    overlap: Floats
    scores: Floats


def iou(a: ArrayLike, b: ArrayLike) -> float:
    """Return intersection over union of two boxes.

    a, b  float64 [4]  xyxy; a union that is not positive (two empty boxes, an inverted one) gives 0
    Twin: assets/web/boxes.js.

    >>> iou([0, 0, 10, 10], [0, 5, 10, 15])
    0.3333333333333333
    >>> iou([3, 3, 3, 3], [3, 3, 3, 3])
    0.0
    """
    return float(_overlaps(np.asarray(a, np.float64), np.asarray(b, np.float64).reshape(1, 4))[0])


def _overlaps(box: Floats, boxes: Floats) -> Floats:
    """IoU of one box [4] with each of [N, 4]; no +1 anywhere: pixels are half-open."""
    width = np.maximum(0.0, np.minimum(box[2], boxes[:, 2]) - np.maximum(box[0], boxes[:, 0]))
    height = np.maximum(0.0, np.minimum(box[3], boxes[:, 3]) - np.maximum(box[1], boxes[:, 1]))
    inter = width * height
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    union = (box[2] - box[0]) * (box[3] - box[1]) + area - inter
    return np.divide(inter, union, out=np.zeros_like(inter), where=union > 0)


def finite(xyxy: Floats, scores: Floats) -> NDArray[np.bool_]:
    """Say which candidates are usable: a NaN score would sort first and suppress real boxes.

    xyxy  float64 [N, 4], scores  float64 [N]; returns bool [N]
    """
    return np.isfinite(xyxy).all(axis=1) & np.isfinite(scores)


def _arrays(xyxy: ArrayLike, scores: ArrayLike, classes: ArrayLike, agnostic: bool) -> tuple[Floats, Floats, Ints]:
    boxes = np.asarray(xyxy, np.float64).reshape(-1, 4)
    marks = np.asarray(scores, np.float64).reshape(-1)
    kinds = np.zeros(len(marks), np.int64) if agnostic else np.asarray(classes, np.int64).reshape(-1)
    return boxes, marks, kinds


def judge(xyxy: ArrayLike, scores: ArrayLike, classes: ArrayLike, *, min_score: float, max_iou: float, agnostic: bool = False) -> Verdicts:
    """Greedy suppression that remembers who suppressed whom: the best kept box that overlaps by more than `max_iou`.

    xyxy     float64 [N, 4]  pixels of the upright picture
    scores   float64 [N]     only those > min_score (strict) take part; equal scores: smaller index first
    classes  int64 [N]       boxes of different classes never meet, unless `agnostic`
    Twin: assets/web/boxes.js.  Source: Girshick et al. 2014 (R-CNN), section 2.2.

    >>> found = judge([[0, 0, 9, 9], [0, 0, 9, 8]], [.9, .8], [1, 1], min_score=.5, max_iou=.5)
    >>> found.kept, found.by.tolist()
    ([0], [-1, 0])
    """
    boxes, marks, kinds = _arrays(xyxy, scores, classes, agnostic)
    by = np.full(len(marks), -1, np.int64)
    overlap = np.zeros(len(marks))
    rest = np.argsort(-marks, kind="stable")
    rest = rest[marks[rest] > min_score]
    kept: list[int] = []
    while rest.size:
        best, rest = int(rest[0]), rest[1:]
        kept.append(best)
        found = _overlaps(boxes[best], boxes[rest])
        dead = (kinds[rest] == kinds[best]) & (found > max_iou)
        by[rest[dead]] = best
        overlap[rest[dead]] = found[dead]
        rest = rest[~dead]
    return Verdicts(kept, by, overlap, marks)


def keep(xyxy: ArrayLike, scores: ArrayLike, classes: ArrayLike, *, min_score: float, max_iou: float, agnostic: bool = False) -> list[int]:
    """Choose the detections to show: `judge`'s indices, best first. A pair is parted only if iou > max_iou.

    Twin: assets/web/boxes.js.

    >>> keep([[0, 0, 9, 9], [0, 0, 9, 8]], [.9, .8], [1, 1], min_score=.5, max_iou=.5)
    [0]
    """
    return judge(xyxy, scores, classes, min_score=min_score, max_iou=max_iou, agnostic=agnostic).kept


def soft(xyxy: ArrayLike, scores: ArrayLike, classes: ArrayLike, *, min_score: float, max_iou: float, agnostic: bool = False) -> Verdicts:
    """Soft suppression: a neighbour that overlaps by more than `max_iou` has its score multiplied by (1 - iou), it is not removed.

    Arrays as in `judge`. The next pick is the highest score as it is now, smaller index first; the end is when none is > min_score.
    Linear form, chosen over the Gaussian as it has the same one threshold as greedy suppression and no exponential to round differently.
    Twin: assets/web/boxes.js.  Source: Bodla et al. 2017 (Soft-NMS), equation 3.

    >>> found = soft([[0, 0, 9, 9], [0, 0, 9, 8]], [.9, .8], [1, 1], min_score=.05, max_iou=.5)
    >>> found.kept, found.scores.round(4).tolist()
    ([0, 1], [0.9, 0.0889])
    """
    boxes, marks, kinds = _arrays(xyxy, scores, classes, agnostic)
    now = marks.copy()
    by = np.full(len(marks), -1, np.int64)
    overlap = np.zeros(len(marks))
    rest = np.flatnonzero(marks > min_score)
    kept: list[int] = []
    while rest.size:
        at = int(np.argmax(now[rest]))  # first of equals, and `rest` stays in index order
        best = int(rest[at])
        if not now[best] > min_score:
            break
        rest = np.delete(rest, at)
        kept.append(best)
        found = _overlaps(boxes[best], boxes[rest])
        near = (kinds[rest] == kinds[best]) & (found > max_iou)
        now[rest[near]] *= 1.0 - found[near]
        more = near & (found > overlap[rest])
        by[rest[more]] = best
        overlap[rest[more]] = found[more]
    return Verdicts(kept, by, overlap, now)
