"""A map painted on the picture at its original size, in the page's colours: the same pixels as the page shows, before any reduction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.core import heat
from vision.core.heat import Floats, Seen

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class MapLook:
    """How maps are painted: opacity 0..1, name of a colour table, and whether two maps share one scale."""

    opacity: float = 0.6
    colours: str = "viridis"
    shared: bool = False


@dataclass(frozen=True)
class Values:
    """A map in its own units: float64 [h, w] >= 0 over `seen`, and the values of the colour table's two ends."""

    values: Floats
    seen: Seen
    low: float
    high: float


def common(*maps: Values) -> float:
    """Return the upper end of one scale for several maps, in units of each one's average place. Twin: `peak` of classify_material.js.

    >>> common(Values(np.array([[1.0, 3.0]]), (0, 0, 1, 1), 0, 3), Values(np.array([[5.0, 5.0]]), (0, 0, 1, 1), 5, 5))
    1.5
    """
    return max(float(heat.relative(one.values).max()) for one in maps)


def paint(rgb: Bytes, one: Values, look: MapLook, top: float = 0.0) -> Bytes:
    """Return the picture with a map on what was seen, the rest darkened, uint8 [H, W, 3].

    top  upper end of the scale in units of the average place; 0: the map's own scale. A map without any weight is not painted.
    """
    grid = heat.spread(heat.relative(one.values), 0.0, top) if top > 0 else heat.spread(one.values, one.low, one.high)
    alpha = int(look.opacity * 255 + 0.5) if one.high > 0 else 0
    return heat.compose(rgb, grid, one.seen, heat.tables()[look.colours], alpha)
