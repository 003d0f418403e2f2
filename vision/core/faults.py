"""A detector's boxes held against the truth of many pictures: average precision as COCO counts it, and what kind each mistake is.

Boxes as in boxes.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vision.core.boxes import Floats, Ints
from vision.core.figures import KINDS, ClassPrecision, Faults, Precision
from vision.core.scores import mean
from vision.core.truth import FALSE, IGNORED, average, curve, match

IOUS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))  # 0.5, 0.55 ... 0.95
MOST = 100  # boxes of one class on one picture that COCO looks at
NEAR = 0.1  # TIDE: below this overlap a box has met nothing


@dataclass(frozen=True, eq=False)
class Marked:
    """One picture: what is on it, and what a detector says (after suppression, before any threshold).

    truth  float64 [M, 4], truth_classes  int64 [M], crowd  bool [M]
    xyxy  float64 [N, 4] best first, classes  int64 [N], scores  float64 [N]
    """

    truth: Floats
    truth_classes: Ints
    crowd: np.ndarray
    xyxy: Floats
    classes: Ints
    scores: Floats


@dataclass(frozen=True, eq=False)
class Matched:
    """One picture's share of the curves.

    partners  int64 [10, N]  of each detection at each of IOUS: a true box, FALSE or IGNORED
    classes, scores  of those N detections; totals: true boxes without crowds, by class
    """

    partners: Ints
    classes: Ints
    scores: Floats
    totals: dict[int, int]


def overlaps(one: Marked) -> Floats:
    """Return float64 [N, M]: IoU of each detection with each true box; with a crowd, the share of the detection that lies on it."""
    a, b = one.xyxy[:, None], one.truth[None]
    width, height = (np.maximum(0.0, np.minimum(a[..., at + 2], b[..., at + 2]) - np.maximum(a[..., at], b[..., at])) for at in (0, 1))
    inter = width * height
    own, area = ((box[..., 2] - box[..., 0]) * (box[..., 3] - box[..., 1]) for box in (a, b))
    union = np.where(one.crowd[None], own, own + area - inter)
    return np.divide(inter, union, out=np.zeros_like(inter), where=union > 0)


def matched(one: Marked) -> Matched:
    """Match one picture at all of IOUS; of each class the best MOST detections take part."""
    seen: dict[int, int] = {}
    chosen = []
    for at, kind in enumerate(one.classes.tolist()):
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] <= MOST:
            chosen.append(at)
    classes, xyxy = one.classes[chosen], one.xyxy[chosen]
    same = one.truth_classes[None] == classes[:, None]
    near = ((overlaps(one)[chosen] >= IOUS[0] - 1e-9) & same).any(1)  # the others can have no partner at any of IOUS
    partners = np.full((len(IOUS), len(chosen)), FALSE, np.int64)
    for row, min_iou in enumerate(IOUS):
        partners[row, near] = match(one.truth, one.truth_classes, one.crowd, xyxy[near], classes[near], min_iou=min_iou)
    real = one.truth_classes[~one.crowd].tolist()
    return Matched(partners, classes, one.scores[chosen], {kind: real.count(kind) for kind in set(real)})


def precision(pictures: Sequence[Matched], names: Sequence[str]) -> Precision:
    """Return average precision over all pictures; `names`: of the classes, by their number. Source: COCO evaluation, `accumulate`."""
    classes = np.concatenate([one.classes for one in pictures]) if pictures else np.zeros(0, np.int64)
    scores = np.concatenate([one.scores for one in pictures]) if pictures else np.zeros(0)
    partners = np.concatenate([one.partners for one in pictures], 1) if pictures else np.zeros((len(IOUS), 0), np.int64)
    rows = []
    for kind, name in enumerate(names):
        total = sum(one.totals.get(kind, 0) for one in pictures)
        if not total:
            continue
        own = np.flatnonzero(classes == kind)
        own = own[np.argsort(-scores[own], kind="stable")]
        found = [average(*curve(row[row != IGNORED] != FALSE, total)) for row in partners[:, own]]
        rows.append(ClassPrecision(name, total, mean(found), found[0]))
    aps, halves = [row.ap for row in rows], [row.ap50 for row in rows]
    return Precision(len(pictures), sum(row.boxes for row in rows), mean(aps), mean(halves), tuple(rows))


def faults(one: Marked, min_score: float, min_iou: float = IOUS[0]) -> Faults:
    """Say of each detection with a score above `min_score` whether it is right, else of which kind its mistake is.

    Source: Bolya, Foley, Hays, Hoffman 2020 (TIDE), section 2.2, judged in the order of KINDS. Localisation: the right class, overlap
    from NEAR to `min_iou`. Classification: a wrong class, overlap of `min_iou` or more. Duplicate: the true box has a better detection.
    Background: overlap of at most NEAR with anything. Both: what is left. A true box is missed where none of the first two is about it.
    """
    shown = np.flatnonzero(one.scores > min_score)
    partners = match(one.truth, one.truth_classes, one.crowd, one.xyxy[shown], one.classes[shown], min_iou=min_iou)
    found = np.where(one.crowd[None], 0.0, overlaps(one)[shown])  # a crowd is nobody's mistake
    taken = {partner for partner in partners if partner >= 0}
    kinds: list[str | None] = []
    about: list[int] = []
    for row, kind, partner in zip(found, one.classes[shown], partners, strict=True):
        if partner == FALSE:
            fault, partner = _fault(row, one.truth_classes == kind, min_iou)
            kinds.append(fault)
        else:
            kinds.append(None if partner == IGNORED else "")
        about.append(max(partner, -1))
    met = {partner for fault, partner in zip(kinds, about, strict=True) if fault in KINDS[:2]}
    missed = [at for at in range(len(one.truth)) if not one.crowd[at] and at not in taken | met]
    return Faults(tuple(kinds), tuple(missed), tuple(about))


def _fault(found: Floats, same: np.ndarray, min_iou: float) -> tuple[str, int]:
    """Return the kind of one false detection, given its overlaps, and the true box it is about, or -1."""
    if not found.size:
        return "background", -1
    own, other = np.where(same, found, 0.0), np.where(same, 0.0, found)
    if NEAR <= own.max() < min_iou:
        return "localisation", int(own.argmax())
    if other.max() >= min_iou:
        return "classification", int(other.argmax())
    if own.max() >= min_iou:
        return "duplicate", int(own.argmax())
    return ("background", -1) if found.max() <= NEAR else ("both", int(found.argmax()))
