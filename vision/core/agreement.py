"""How far two maps of one picture agree: rank correlation, and what their strongest fifths share.

Both maps are looked at on one raster over the part of the picture that both nets saw. Same numbers as the JavaScript twin
(assets/web/agreement.js), as the figure follows the sliders.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.core.facts import percent
from vision.core.heat import Floats, Seen, sample
from vision.core.results import Fact

CELLS = 24  # points a side of the common raster: finer than any net's places at 224 px, cheap enough for every move of a slider
FIFTH = 0.2


@dataclass(frozen=True)
class Agreement:
    """rank: Spearman's correlation, -1..1; overlap: the share of the strongest fifth that both have, 0..1 (chance: 0.2)."""

    rank: float
    overlap: float


def ranks(values: Floats) -> NDArray[np.int64]:
    """Return twice the rank of each value, from 2 up; equal values share the mean of their ranks, so twice it is whole.

    Twin: assets/web/agreement.js.

    >>> ranks(np.array([0.5, 0.1, 0.5])).tolist()
    [5, 2, 5]
    """
    flat = values.ravel()
    ordered = np.sort(flat)
    below = np.searchsorted(ordered, flat, side="left")
    upto = np.searchsorted(ordered, flat, side="right")
    return below + upto + 1


def correlate(a: Floats, b: Floats) -> float | None:
    """Return Spearman's rank correlation of two maps of one shape, or None where one is the same everywhere.

    Whole numbers up to the last two operations.  Source: Spearman 1904; equal values take their mean rank. Twin: assets/web/agreement.js.
    """
    count = a.size
    x, y = (ranks(values) - (count + 1) for values in (a, b))  # the mean rank is (count + 1) / 2
    spread = float((x * x).sum()) * float((y * y).sum())
    return int((x * y).sum()) / math.sqrt(spread) if spread > 0 else None


def strongest(values: Floats) -> NDArray[np.int64]:
    """Return the strongest fifth of the places, by index, strongest first; equal ones: smaller index first; never one of no weight.

    Twin: assets/web/agreement.js.

    >>> strongest(np.array([0.0, 3, 1, 2, 0])).tolist(), strongest(np.zeros(5)).tolist()
    ([1], [])
    """
    flat = values.ravel()
    order = np.argsort(-flat, kind="stable")[: int(flat.size * FIFTH + 0.5)]
    return order[flat[order] > 0]


def overlap(a: Floats, b: Floats) -> float | None:
    """Return the share of the strongest fifth that two maps have in common, or None where one has no weight.

    Twin: assets/web/agreement.js.
    """
    first, second = set(strongest(a).tolist()), set(strongest(b).tolist())
    return len(first & second) / max(len(first), len(second)) if first and second else None


def compare(a: Floats, seen_a: Seen, b: Floats, seen_b: Seen, width: int, height: int) -> Agreement | None:
    """Return how far two maps agree where both nets saw the picture; None where they saw nothing in common or a map says nothing.

    a, b  float64 [h, w] >= 0 over `seen` (xyxy, pixels of a picture of width x height). Twin: assets/web/agreement.js.
    """
    x0, y0 = max(seen_a[0], seen_b[0], 0.0), max(seen_a[1], seen_b[1], 0.0)
    x1, y1 = min(seen_a[2], seen_b[2], float(width)), min(seen_a[3], seen_b[3], float(height))
    if not (x1 > x0 and y1 > y0):
        return None
    steps = np.arange(CELLS, dtype=np.float64) + 0.5
    xs, ys = x0 + steps * ((x1 - x0) / CELLS), y0 + steps * ((y1 - y0) / CELLS)
    first, second = sample(a, seen_a, xs, ys), sample(b, seen_b, xs, ys)
    rank, shared = correlate(first, second), overlap(first, second)
    return None if rank is None or shared is None else Agreement(rank, shared)


def words(found: Agreement | None) -> Fact:
    """Return what the figures mean, in a sentence. Twin: assets/web/agreement.js."""
    if found is None:
        return "explain.agree_unknown", {}
    key = "much" if found.rank >= 0.6 else "some" if found.rank >= 0.2 else "none" if found.rank > -0.2 else "opposed"
    return f"explain.agree_{key}", {"rank": decimals(found.rank), "overlap": percent(found.overlap)}


def decimals(value: float) -> str:
    """Return a number with two decimals, half away from zero, and a true minus.

    >>> decimals(-0.125), decimals(0.999), decimals(-0.001)
    ('−0.13', '1.00', '0.00')
    """
    hundredths = int(abs(value) * 100 + 0.5)
    return f"{'−' if value < 0 < hundredths else ''}{hundredths // 100}.{hundredths % 100:02d}"
