"""Pairs made from one photo, where the truth is known: two focuses and two exposures."""

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]


def focuses(rgb: Bytes) -> tuple[Bytes, Bytes]:
    """Return a photo sharp on the left only, and one sharp on the right only; uint8 [H, W, 3] each."""
    soft = cv2.GaussianBlur(rgb, (0, 0), max(rgb.shape[:2]) / 120)
    middle = rgb.shape[1] // 2
    return np.concatenate([rgb[:, :middle], soft[:, middle:]], axis=1), np.concatenate([soft[:, :middle], rgb[:, middle:]], axis=1)


def exposures(rgb: Bytes) -> tuple[Bytes, Bytes]:
    """Return a photo two stops and a half darker, and one as much brighter with its lights burnt out; uint8 [H, W, 3] each."""
    light = (rgb / 255.0) ** 2.2  # a camera's gain, near enough for an example

    def taken(gain: float) -> Bytes:
        return np.clip(np.rint(np.minimum(1.0, light * gain) ** (1 / 2.2) * 255), 0, 255).astype(np.uint8)

    return taken(2**-2.5), taken(2**2.5)
