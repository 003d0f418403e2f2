"""Where B lies on A's canvas: fit, fill or stretch, then moved, scaled and turned.

The canvas has A's size. `fitted` resizes B once; `affine` and `place` do the rest, and their JavaScript twins (assets/web/place.js)
do the same while a pointer drags.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Matrix = tuple[float, float, float, float, float, float]

FITS = ("fit", "fill", "stretch")
FINE = 1 << 30  # sine and cosine in whole units of 1 / 2^30: the last bits differ from one language's library to the next's
OVERHANG = 3.0  # how far beyond the canvas, in canvas sizes, a filling B is kept for dragging
ROWS = 128  # at a time, to keep the float arrays small


@dataclass(frozen=True)
class Move:
    """How B is moved after the fit: shift in canvas widths and heights, scale about its centre, turn in degrees clockwise."""

    dx: float = 0.0
    dy: float = 0.0
    scale: float = 1.0
    turn: float = 0.0


@dataclass(frozen=True)
class Fitted:
    """B resized to the canvas: rgb uint8 [h, w, 3], and where its top left corner lies on the canvas, whole pixels."""

    rgb: Bytes
    left: int
    top: int


def fitted(rgb: Bytes, canvas_wh: tuple[int, int], fit: str) -> Fitted:
    """Resize B for a canvas, centred.

    fit      all of B is seen, its shape kept, A shows beside it
    fill     B covers the canvas, its shape kept, what is over is cut
    stretch  B gets the canvas's shape
    Shrinking averages areas, enlarging is bicubic; a B that has the right size is returned untouched. At least 1 px a side.
    """
    width, height = canvas_wh
    if fit == "fill":
        rgb = _middle(rgb, width / height)
    tall, wide = rgb.shape[:2]
    if fit == "stretch":
        size = (width, height)
    else:
        scale = (min if fit == "fit" else max)(width / wide, height / tall)
        size = (max(1, int(wide * scale + 0.5)), max(1, int(tall * scale + 0.5)))
    return Fitted(resized(rgb, size), (width - size[0]) // 2, (height - size[1]) // 2)


def _middle(rgb: Bytes, aspect: float) -> Bytes:
    """Cut the ends of a very long B, which would fill thousands of canvases."""
    tall, wide = rgb.shape[:2]
    keep_w = min(wide, max(1, int(tall * aspect * OVERHANG + 0.5)))
    keep_h = min(tall, max(1, int(wide / aspect * OVERHANG + 0.5)))
    left, top = (wide - keep_w) // 2, (tall - keep_h) // 2
    return rgb[top : top + keep_h, left : left + keep_w]


def resized(rgb: Bytes, wh: tuple[int, int]) -> Bytes:
    """Return uint8 [h, w, 3] of another size: areas averaged where it shrinks, bicubic where it grows."""
    tall, wide = rgb.shape[:2]
    if (wide, tall) == wh:
        return rgb
    way = cv2.INTER_AREA if wh[0] <= wide and wh[1] <= tall else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(np.ascontiguousarray(rgb), wh, interpolation=way), np.uint8)


def affine(canvas_wh: tuple[int, int], fitted_wh: tuple[int, int], left: int, top: int, move: Move) -> Matrix:
    """Return the six numbers that lead from a point of the canvas to the point of the fitted B that lies there.

    (x, y) -> (m0 x + m1 y + m2, m3 x + m4 y + m5), in pixels, corners at whole numbers. Twin: assets/web/place.js.
    """
    wide, tall = fitted_wh
    radians = move.turn * np.pi / 180.0
    cos = float(np.floor(np.cos(radians) * FINE + 0.5)) / FINE / move.scale
    sin = float(np.floor(np.sin(radians) * FINE + 0.5)) / FINE / move.scale
    x = left + wide / 2 + move.dx * canvas_wh[0]
    y = top + tall / 2 + move.dy * canvas_wh[1]
    return (cos, sin, wide / 2 - cos * x - sin * y, -sin, cos, tall / 2 + sin * x - cos * y)


def place(rgb: Bytes, matrix: Matrix, wh: tuple[int, int]) -> tuple[Bytes, NDArray[np.bool_]]:
    """Lay the fitted B on a canvas: bilinear between pixel centres, halves rounded up; not moved at all, its very bytes.

    rgb  uint8 [h, w, 3], matrix as of `affine`, wh: the canvas. Returns uint8 [H, W, 3] and bool [H, W]: where B reaches (0 elsewhere).
    Twin: assets/web/place.js.
    """
    width, height = wh
    out = np.zeros((height, width, 3), np.uint8)
    covered = np.zeros((height, width), bool)
    for row in range(0, height, ROWS):
        rows = np.arange(row, min(height, row + ROWS), dtype=np.float64)[:, None]
        out[row : row + ROWS], covered[row : row + ROWS] = _rows(rgb, matrix, rows, np.arange(width, dtype=np.float64)[None, :])
    return out, covered


def _rows(rgb: Bytes, matrix: Matrix, rows: NDArray[np.float64], columns: NDArray[np.float64]) -> tuple[Bytes, NDArray[np.bool_]]:
    tall, wide = rgb.shape[:2]
    x = matrix[0] * (columns + 0.5) + matrix[1] * (rows + 0.5) + matrix[2]
    y = matrix[3] * (columns + 0.5) + matrix[4] * (rows + 0.5) + matrix[5]
    inside = (x >= 0) & (x < wide) & (y >= 0) & (y < tall)
    x = np.clip(x - 0.5, 0, wide - 1)
    y = np.clip(y - 0.5, 0, tall - 1)
    left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    right, low = np.minimum(left + 1, wide - 1), np.minimum(top + 1, tall - 1)
    fx, fy = (x - left)[..., None], (y - top)[..., None]
    above = (1 - fx) * rgb[top, left] + fx * rgb[top, right]
    below = (1 - fx) * rgb[low, left] + fx * rgb[low, right]
    value = np.floor((1 - fy) * above + fy * below + 0.5)
    return np.where(inside[..., None], value, 0).astype(np.uint8), inside
