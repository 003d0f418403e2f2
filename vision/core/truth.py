"""Detections against ground truth: matching, precision and recall, average precision, all as COCO counts them.

Boxes as in boxes.py. Twin of `match`, `curve` and `average`: assets/web/truth.js.
"""

import numpy as np
from numpy.typing import ArrayLike

from vision.core.boxes import Floats

FALSE = -1  # a detection without a partner
IGNORED = -2  # it lies on a crowd region: neither right nor wrong


def _inter(box: Floats, boxes: Floats) -> tuple[Floats, Floats, float]:
    width = np.maximum(0.0, np.minimum(box[2], boxes[:, 2]) - np.maximum(box[0], boxes[:, 0]))
    height = np.maximum(0.0, np.minimum(box[3], boxes[:, 3]) - np.maximum(box[1], boxes[:, 1]))
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return width * height, area, float((box[2] - box[0]) * (box[3] - box[1]))


def match(
    truth: ArrayLike, truth_classes: ArrayLike, crowd: ArrayLike, xyxy: ArrayLike, classes: ArrayLike, *, min_iou: float
) -> list[int]:
    """Give each detection its partner: greedily, best detection first, the unmatched truth of its class with the largest overlap.

    truth  float64 [M, 4], truth_classes  int64 [M], crowd  bool [M]  (a crowd takes any number of detections; overlap there is
    intersection over the detection's own area), xyxy  float64 [N, 4] best first, classes  int64 [N]
    Returns for each detection the index of its truth, FALSE or IGNORED. A pair needs iou >= min_iou; of equal overlaps the later truth.
    Twin: assets/web/truth.js.  Source: COCO evaluation, `evaluateImg`.

    >>> match([[0, 0, 10, 10]], [3], [False], [[0, 0, 10, 9], [0, 0, 10, 10]], [3, 3], min_iou=0.5)
    [0, -1]
    """
    targets = np.asarray(truth, np.float64).reshape(-1, 4)
    kinds = np.asarray(truth_classes, np.int64).reshape(-1)
    crowds = np.asarray(crowd, bool).reshape(-1)
    taken = np.zeros(len(targets), bool)
    least = min(min_iou, 1 - 1e-10)
    partners: list[int] = []
    for box, kind in zip(np.asarray(xyxy, np.float64).reshape(-1, 4), np.asarray(classes, np.int64).reshape(-1), strict=True):
        inter, area, own = _inter(box, targets)
        union = np.where(crowds, own, own + area - inter)
        found = np.divide(inter, union, out=np.zeros_like(inter), where=union > 0)
        free = (kinds == kind) & (found >= least)
        real = np.flatnonzero(free & ~crowds & ~taken)
        if real.size:
            best = int(real[len(real) - 1 - int(np.argmax(found[real][::-1]))])
            taken[best] = True
            partners.append(best)
        else:
            partners.append(IGNORED if bool((free & crowds).any()) else FALSE)
    return partners


def curve(hits: ArrayLike, total: int) -> tuple[list[float], list[float]]:
    """Return precision and recall after each detection.

    hits  bool [N]  best detection first, ignored ones left out; total: truths that are no crowd
    Twin: assets/web/truth.js.

    >>> curve([True, False], 2)
    ([1.0, 0.5], [0.5, 0.5])
    """
    right = np.cumsum(np.asarray(hits, bool).reshape(-1)).astype(np.float64)
    seen = np.arange(1, len(right) + 1, dtype=np.float64)
    return (right / seen).tolist(), (right / total if total else right * 0.0).tolist()


def average(precision: ArrayLike, recall: ArrayLike) -> float:
    """Return average precision: the mean of the envelope of precision at 101 recalls, 0, 0.01 ... 1.

    precision, recall  float64 [N]  as `curve` gives them
    Twin: assets/web/truth.js.  Source: COCO evaluation, `accumulate`.

    >>> average([1.0, 1.0], [0.5, 1.0])
    1.0
    """
    heights = np.asarray(precision, np.float64).reshape(-1)
    reached = np.asarray(recall, np.float64).reshape(-1)
    envelope = np.maximum.accumulate(heights[::-1])[::-1]
    at = np.searchsorted(reached, np.linspace(0.0, 1.0, 101), side="left")
    total = 0.0
    for place in at:  # summed in order, not pairwise, as the twin does
        total += float(envelope[place]) if place < len(envelope) else 0.0
    return total / 101


def f1(precision: float, recall: float) -> float:
    """Return the harmonic mean of precision and recall; 0 where both are 0.  Twin: assets/web/truth.js."""
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0
