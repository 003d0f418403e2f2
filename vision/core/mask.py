"""Masks that say where A wins: gradients and brush strokes, in shares of the canvas, so that they fit every resolution."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Share = NDArray[np.float32]  # [H, W], 1: A, 0: B
Stroke = tuple[float, float, float, float]  # x, y of the centre in widths and heights, radius in long sides, value 0 or 1


def gradient(wh: tuple[int, int], angle: float, at: float, width: float) -> Share:
    """Return a straight passage from A to B: float32 [H, W].

    angle  degrees; 0: A on the left, B on the right; 90: A above, B below
    at     where the middle of the passage lies, 0..1 of the way across; width: of the passage, 0 (a sharp edge) .. 1

    >>> gradient((4, 1), 0, 0.5, 0).tolist()
    [[1.0, 1.0, 0.0, 0.0]]
    """
    radians = np.deg2rad(angle)
    x = (np.arange(wh[0], dtype=np.float32)[None, :] + 0.5) / wh[0] - 0.5
    y = (np.arange(wh[1], dtype=np.float32)[:, None] + 0.5) / wh[1] - 0.5
    across = x * np.cos(radians) + y * np.sin(radians)
    across = across / (abs(np.cos(radians)) + abs(np.sin(radians))) + 0.5
    share = 0.5 - (across - at) / max(width, 1e-6)
    return np.clip(share, 0, 1).astype(np.float32)


def brush(wh: tuple[int, int], strokes: Sequence[Stroke], ground: float) -> Share:
    """Paint discs, later ones over earlier ones, on a ground of A (1) or B (0): float32 [H, W], edges sharp."""
    share = np.full((wh[1], wh[0]), ground, np.float32)
    for x, y, radius, value in strokes:
        centre = (int(np.floor(x * wh[0])), int(np.floor(y * wh[1])))
        cv2.circle(share, centre, max(0, int(radius * max(wh) + 0.5)), float(value), thickness=cv2.FILLED)
    return share


def oval(wh: tuple[int, int], size: float) -> Share:
    """Return A with an oval of B in its middle, `size` of the canvas wide and high: float32 [H, W], edges sharp."""
    x = (np.arange(wh[0], dtype=np.float32)[None, :] + 0.5) / wh[0] - 0.5
    y = (np.arange(wh[1], dtype=np.float32)[:, None] + 0.5) / wh[1] - 0.5
    return (x * x + y * y > (size / 2) ** 2).astype(np.float32)
