"""Display profiles of three curves and a matrix, as phones and cameras write them, by tables and one product.

LittleCMS takes several times as long for them (bench/picture.py). It stays the judge: colour.py uses this way where both agree.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.core.levels import Bytes

if TYPE_CHECKING:
    from PIL._imagingcms import CmsProfile

Curve = NDArray[np.float64]
FULL = 65535  # light is whole numbers of 16 bits when it gets the curve of sRGB


def shaper(profile: bytes, source: CmsProfile, srgb: CmsProfile) -> Callable[[Bytes], Bytes] | None:
    """Return a function of uint8 [h, W, 3] to sRGB uint8 [h, W, 3], or None where the profile is of another kind.

    The curves turn values into light (ICC.1:2022, 10.6 curveType and 10.18 parametricCurveType), the matrix turns the light of the
    profile's primaries into that of sRGB's, both to D50 (annex F.3), and the curve of sRGB turns it into values again.
    """
    curves = [_curve(_tag(profile, name)) for name in (b"rTRC", b"gTRC", b"bTRC")]
    matrices = [_matrix(one) for one in (source, srgb)]
    if any(one is None for one in (*curves, *matrices)):
        return None
    light = np.stack([np.asarray(curve, np.float32) for curve in curves], -1)[None] * np.float32(FULL)  # [1, 256, 3]
    matrix = np.linalg.solve(np.asarray(matrices[1]), np.asarray(matrices[0])).astype(np.float32)
    level = np.arange(FULL + 1) / FULL
    values = np.where(level <= 0.0031308, level * 12.92, 1.055 * level ** (1 / 2.4) - 0.055)  # IEC 61966-2-1
    table = np.floor(values * 255 + 0.5).astype(np.uint8)

    def change(pixels: Bytes) -> Bytes:
        there = cv2.transform(cv2.LUT(pixels, light), matrix)
        whole = cv2.add(there, 0.0, dtype=cv2.CV_16U)  # type: ignore[call-overload]  # rounded, and clipped to what sRGB can show
        return np.asarray(cv2.LUT(whole, table), np.uint8)

    return change


def _tag(profile: bytes, name: bytes) -> bytes:
    """Return the content of a tag, empty where there is none."""
    for at in range(132, 132 + 12 * min(100, int.from_bytes(profile[128:132], "big")), 12):
        if profile[at : at + 4] == name:
            start, length = (int.from_bytes(profile[at + step : at + step + 4], "big") for step in (4, 8))
            return profile[start : start + length]
    return b""


def _curve(tag: bytes) -> Curve | None:
    """Return the light of the 256 values, 0..1, or None for a kind of curve that displays do not have."""
    value = np.arange(256) / 255
    count = int.from_bytes(tag[8:12], "big")
    if tag[:4] == b"curv" and len(tag) >= 12 + 2 * count:
        points = np.frombuffer(tag, ">u2", count, 12)
        if count < 2:
            return value ** (float(points[0]) / 256) if count and points[0] else value
        return np.interp(value, np.linspace(0, 1, count), points / FULL)
    if tag[:4] != b"para" or tag[8:10] not in (b"\0\0", b"\0\3") or len(tag) < (16 if tag[8:10] == b"\0\0" else 32):
        return None
    gamma = struct.unpack_from(">i", tag, 12)[0] / 65536
    if gamma <= 0:
        return None
    if tag[8:10] == b"\0\0":
        return value**gamma
    a, b, c, d = (number / 65536 for number in struct.unpack_from(">4i", tag, 16))
    return np.where(value >= d, np.maximum(0, a * value + b) ** gamma, c * value)


def _matrix(profile: CmsProfile) -> NDArray[np.float64] | None:
    """Return the matrix from the light of a profile's primaries to XYZ, [3, 3], primaries in columns; None where it cannot be inverted."""
    primaries = [profile.red_colorant, profile.green_colorant, profile.blue_colorant]
    if any(one is None for one in primaries):
        return None
    matrix = np.array([one[0] for one in primaries if one is not None]).T
    return matrix if abs(np.linalg.det(matrix)) > 1e-6 else None
