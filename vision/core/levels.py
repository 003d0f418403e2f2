"""Values of every depth as 8 bits, and transparency on white."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
STRIP = 1 << 17  # pixels worked on at a time: wide numbers stay in the processor's cache and never take a picture's size in memory


def strips(height: int, width: int) -> Iterator[slice]:
    """Yield slices of rows of about STRIP pixels that cover a picture."""
    rows = max(1, STRIP // max(1, width))
    return (slice(top, top + rows) for top in range(0, height, rows))


def eight_bits(values: NDArray[np.uint16], depth: int = 16) -> Bytes:
    """Scale whole numbers of `depth` bits to the nearest of 8 bits: 65535 (or 4095 for 12) is 255; any shape.

    >>> eight_bits(np.array([0, 128, 129, 257, 65535], np.uint16)).tolist()
    [0, 0, 1, 1, 255]
    """
    top = (1 << depth) - 1
    table = (np.arange(1 << 16, dtype=np.uint32).clip(max=top) * 255 + top // 2) // top
    return table.astype(np.uint8)[values]


def spread(values: NDArray[Any]) -> tuple[Bytes, float, float]:
    """Spread the finite range of numbers over 0..255 and return it: (uint8 of the same shape, low, high).

    NaN becomes 0, infinities the ends; a range without extent becomes 0.

    >>> spread(np.array([[-1.0, 0.0, 1.0, np.nan]]))[0].tolist()
    [[0, 128, 255, 0]]
    """
    out = np.zeros(values.shape, np.uint8)
    lows, highs = [], []
    for rows in strips(*values.shape[:2]):
        some = values[rows][np.isfinite(values[rows])]
        if some.size:
            lows.append(float(some.min()))
            highs.append(float(some.max()))
    if not lows:
        return out, 0.0, 0.0
    low, high = min(lows), max(highs)
    half = high / 2 - low / 2  # halves, as the whole range may be more than a float holds
    if half > 0:
        for rows in strips(*values.shape[:2]):
            share = (np.nan_to_num(values[rows].astype(np.float64), nan=low, posinf=high, neginf=low) / 2 - low / 2) / half
            out[rows] = np.floor(share * 255 + 0.5)
    return out, low, high


def on_white(rgb: Bytes, alpha: Bytes) -> Bytes:
    """Lay a picture on white, in sRGB as browsers do: rgb uint8 [H, W, 3], alpha uint8 [H, W], not premultiplied.

    >>> on_white(np.zeros((1, 2, 3), np.uint8), np.array([[0, 128]], np.uint8))[0, :, 0].tolist()
    [255, 127]
    """
    out = np.empty(rgb.shape, np.uint8)
    for rows in strips(*alpha.shape):
        share = alpha[rows, :, None].astype(np.uint16)
        sums = rgb[rows] * share + 255 * (255 - share) + 128
        out[rows] = (sums + (sums >> 8)) >> 8  # divided by 255 and rounded, exactly, inside 16 bits
    return out
