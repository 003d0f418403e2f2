"""Candidates + View -> what is shown. Twin: assets/web/sift.js."""

import math
from dataclasses import dataclass

import numpy as np

from vision.core.boxes import Verdicts, judge, soft
from vision.core.results_detect import Box, Candidates, Counts, Detection, DetectView, Judged


@dataclass(frozen=True)
class Sifted:
    """Indices of the candidates to show, best first; the verdicts they follow from; the counts of what happened to the rest."""

    shown: list[int]
    verdicts: Verdicts
    counts: Counts


def sift(found: Candidates, view: DetectView) -> Sifted:
    """Choose what a view shows: class filter, threshold (strict), suppression, then the limit.

    The limit comes last, as torchvision's detections_per_img. A model that needs no suppression gets none, whatever `view.iou` is.
    """
    chosen = np.ones(len(found.scores), bool) if view.classes is None else np.isin(found.classes, view.classes)
    scores = np.where(chosen, found.scores, -math.inf)
    max_iou = view.iou if found.suppresses else math.inf
    run = soft if view.soft else judge
    verdicts = run(found.xyxy, scores, found.classes, min_score=view.score, max_iou=max_iou, agnostic=view.agnostic)
    shown = verdicts.kept[: view.limit]
    above = int((scores > view.score).sum())
    counts = Counts(
        candidates=len(scores),
        below=int(chosen.sum()) - above,
        suppressed=above - len(verdicts.kept),
        kept=len(shown),
        cut=len(verdicts.kept) - len(shown),
        others=int((~chosen).sum()),
        capped=found.capped,
        invalid=found.invalid,
    )
    return Sifted(shown, verdicts, counts)


def corners(found: Candidates, i: int) -> tuple[float, float, float, float]:
    """Return one candidate's corners as plain numbers."""
    x0, y0, x1, y1 = found.xyxy[i].tolist()
    return x0, y0, x1, y1


def detection(found: Candidates, view: DetectView, *, candidates: bool = False) -> Detection:
    """Return the answer of a view, with every candidate's fate where `candidates`."""
    sifted = sift(found, view)
    verdicts, place = sifted.verdicts, {i: at for at, i in enumerate(sifted.shown)}
    kept = set(verdicts.kept)

    def name(i: int) -> str:
        return found.names[int(found.classes[i])]

    def fate(i: int) -> Judged:
        by = place.get(int(verdicts.by[i])) if i not in kept else None
        overlap = None if by is None else float(verdicts.overlap[i])
        return Judged(corners(found, i), name(i), float(found.scores[i]), by, overlap)

    return Detection(
        model=found.model,
        revision=found.revision,
        device=found.device,
        ms=found.ms,
        picture=found.picture,
        boxes=tuple(Box(corners(found, i), name(i), float(verdicts.scores[i])) for i in sifted.shown),
        counts=sifted.counts,
        candidates=tuple(fate(i) for i in range(len(found.scores))) if candidates else None,
    )
