"""Maps on paper: values to 0..1, onto the part of the picture that was seen, into colour, over the photo.

float64 in one written order of operations and whole numbers for colours, so that the JavaScript twin (assets/web/heat.js) draws
the same pixels. Colour tables are shared: assets/web/colormaps.json.
"""

import json
import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]
Seen = tuple[float, float, float, float]

TABLES = Path(__file__).resolve().parents[2] / "assets" / "web" / "colormaps.json"
DIM = 150  # of 255: how dark the part becomes that the net did not see
BAND = 32  # rows painted at a time, so that a large photo stays in the processor's cache


@cache
def tables() -> dict[str, Bytes]:
    """Return the colour tables by name, uint8 [256, 3], RGB.  Source: matplotlib's viridis and inferno (van der Walt and Smith, CC0)."""
    return {name: np.array(table, np.uint8) for name, table in json.loads(TABLES.read_text("utf-8")).items()}


def spread(values: Floats, low: float, high: float) -> Floats:
    """Stretch `low`..`high` to 0..1, clipped; an empty range gives zeros, and so does a value that is no number.

    >>> spread(np.array([1.0, 2.0, 3.0]), 1.0, 3.0).tolist()
    [0.0, 0.5, 1.0]
    """
    if not high > low:
        return np.zeros(values.shape)
    return np.minimum(1.0, np.fmax(0.0, (values - low) / (high - low)))


def relative(values: Floats) -> Floats:
    """Return values in units of their mean (1 = as strong as the average place); zeros where the mean is not positive.

    The common scale for two maps whose own units differ: 2 means twice the average place in both.

    >>> relative(np.array([1.0, 3.0])).tolist()
    [0.5, 1.5]
    """
    mean = float(np.cumsum(values)[-1]) / values.size
    return values / mean if mean > 0 else np.zeros(values.shape)


def window(seen: Seen, width: int, height: int) -> tuple[int, int, int, int]:
    """Return the pixels whose centre lies in `seen`, xyxy, half-open, cut to the picture.

    >>> window((0.5, -3.0, 2.5, 9.0), 4, 4)
    (0, 0, 2, 4)
    """

    def first(edge: float, size: int) -> int:
        return min(max(math.ceil(edge - 0.5), 0), size)

    return first(seen[0], width), first(seen[1], height), first(seen[2], width), first(seen[3], height)


def _between(points: Floats, low: float, high: float, cells: int) -> tuple[NDArray[np.int64], Floats]:
    """Return for each point its cell on the left and the share of the next one; beyond the outer cell centres the edge goes on."""
    at = np.minimum(np.maximum((points - low) * (cells / (high - low)) - 0.5, 0.0), cells - 1.0)
    left = np.minimum(np.floor(at), max(cells - 2, 0)).astype(np.int64)
    return left, at - left


def _widen(grid: Floats, seen: Seen, points: Floats) -> Floats:
    """Return each row of the grid at the points of the x axis."""
    left, share = _between(points, seen[0], seen[2], grid.shape[1])
    right = np.minimum(left + 1, grid.shape[1] - 1)
    return grid[:, left] + (grid[:, right] - grid[:, left]) * share


def sample(grid: Floats, seen: Seen, xs: Floats, ys: Floats) -> Floats:
    """Return the values of a grid of places at points of the picture, bilinear between cell centres, beyond them the edge goes on.

    grid  float64 [h, w] over `seen`, xyxy in pixels; xs float64 [W], ys float64 [H]: pixels, 0.5 is the centre of the first
    Returns float64 [H, W]. Twin: assets/web/heat.js.
    """
    wide = _widen(grid, seen, xs)
    top, share = _between(ys, seen[1], seen[3], grid.shape[0])
    below = np.minimum(top + 1, grid.shape[0] - 1)
    return wide[top] + (wide[below] - wide[top]) * share[:, None]


def place(grid: Floats, seen: Seen, width: int, height: int) -> Floats:
    """Lay a grid of places onto the part of a picture that was seen.

    grid  float64 [h, w]; seen  xyxy in pixels of a picture of width x height, may reach beyond it
    Returns float64 of `window(seen, width, height)`. The centre of a cell has exactly the value of that cell, so a cell lies on its
    own patch. Twin: assets/web/heat.js.
    """
    x0, y0, x1, y1 = window(seen, width, height)
    return sample(grid, seen, _centres(x0, x1), _centres(y0, y1))


def _centres(start: int, stop: int) -> Floats:
    return np.arange(start, stop, dtype=np.float64) + 0.5


def index(values: Floats) -> Bytes:
    """Return the colour's index of values 0..1, floor(v * 255 + 0.5); beyond the ends and no number: the ends, and 0.

    >>> index(np.array([0.0, 0.5, 1.0, 7.0, float("nan")])).tolist()
    [0, 128, 255, 255, 0]
    """
    return (np.minimum(1.0, np.fmax(0.0, values)) * 255.0 + 0.5).astype(np.uint8)  # truncation is floor: nothing is negative


def tint(values: Floats, table: Bytes) -> Bytes:
    """Return the colours of values 0..1.  values float64 [...], table uint8 [256, 3]; returns uint8 [..., 3]. Twin: assets/web/heat.js."""
    return table[index(values)]


def overlay(over: ArrayLike, under: Bytes, alpha: int) -> Bytes:
    """Lay one colour over another: (over * a + under * (255 - a) + 127) // 255, alpha 0..255. Twin: assets/web/heat.js.

    >>> overlay([255, 0, 9], np.array([0, 255, 9], np.uint8), 128).tolist()
    [128, 127, 9]
    """
    sums = np.asarray(over, np.uint16) * np.uint16(alpha) + np.uint16(127)
    return _divide(sums + np.multiply(under, np.uint16(255 - alpha), dtype=np.uint16))


def _divide(sums: NDArray[np.uint16]) -> Bytes:
    """Divide 0..65152 by 255: (x + 1 + (x >> 8)) >> 8 is x // 255 below 65535, without a division."""
    more = sums >> 8
    more += 1
    more += sums
    more >>= 8
    return more.astype(np.uint8)


def compose(rgb: Bytes, grid: Floats, seen: Seen, table: Bytes, alpha: int, dim: int = DIM) -> Bytes:
    """Paint a map over a photo: the map on the part that was seen, the rest darkened.

    rgb  uint8 [H, W, 3]; grid  float64 [h, w] in 0..1; seen  xyxy in pixels of rgb; table  uint8 [256, 3]; alpha, dim  0..255
    Returns uint8 [H, W, 3], the same pixels as `place`, `tint` and `overlay` one after the other. Twin: assets/web/heat.js.
    """
    height, width = rgb.shape[:2]
    x0, y0, x1, y1 = window(seen, width, height)
    out = np.empty_like(rgb)
    for part in (np.s_[:y0], np.s_[y1:], np.s_[y0:y1, :x0], np.s_[y0:y1, x1:]):
        out[part] = overlay(0, rgb[part], dim)
    if x0 < x1 and y0 < y1:
        shares = (table.astype(np.uint16) * np.uint16(alpha) + np.uint16(127))[None]  # the map's part of every sum in `overlay`
        for start, levels in _levels(grid, seen, (x0, y0, x1, y1)):
            pixels = np.s_[y0 + start : y0 + start + len(levels), x0:x1]
            sums: NDArray[np.uint16] = cv2.LUT(cv2.merge([levels] * 3), shares)  # type: ignore[assignment]
            out[pixels] = _divide(sums + np.multiply(rgb[pixels], np.uint16(255 - alpha), dtype=np.uint16))
    return out


def _levels(grid: Floats, seen: Seen, box: tuple[int, int, int, int]) -> Iterator[tuple[int, Bytes]]:
    """Yield `index(place(...))` by bands of rows: (first row within the window, uint8 [rows, width])."""
    x0, y0, x1, y1 = box
    wide = _widen(grid, seen, _centres(x0, x1))
    top, share = _between(_centres(y0, y1), seen[1], seen[3], grid.shape[0])
    inside = bool(grid.min() >= 0.0 and grid.max() <= 1.0)  # then nothing between two cells is beyond the ends either
    start = 0
    while start < y1 - y0:
        row = int(top[start])
        stop = min(int(np.searchsorted(top, row, "right")), start + BAND)  # rows between the same two rows of cells
        values = share[start:stop, None] * (wide[min(row + 1, len(wide) - 1)] - wide[row])
        values += wide[row]
        if not inside:
            np.minimum(1.0, np.fmax(0.0, values), out=values)
        values *= 255.0
        values += 0.5
        yield start, values.astype(np.uint8)
        start = stop
