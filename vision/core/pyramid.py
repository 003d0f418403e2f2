"""Frequencies of pictures: Laplacian pyramids, and hybrid pictures that change with the distance. float32, 0..255."""

import itertools

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.core.mask import Share

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


def quantise(values: NDArray) -> Bytes:
    """Return floats as bytes: rounded, then clipped (never wrapped); what is not a number becomes 0.

    >>> quantise(np.array([-3.0, 127.5, 300.0, float("nan")])).tolist()
    [0, 128, 255, 0]
    """
    return np.clip(np.rint(np.nan_to_num(values, nan=0.0)), 0, 255).astype(np.uint8)


def depth(wh: tuple[int, int]) -> int:
    """Return the most levels a picture bears: halved until one side is a single pixel."""
    return max(1, int(min(wh)).bit_length())


def gaussian(values: Floats, levels: int) -> list[Floats]:
    """Return `levels` pictures, each half as large as the one before (5-tap binomial, odd sides rounded up)."""
    steps = [values]
    for _ in range(levels - 1):
        tall, wide = steps[-1].shape[:2]
        steps.append(np.asarray(cv2.pyrDown(steps[-1], dstsize=((wide + 1) // 2, (tall + 1) // 2)), np.float32))
    return steps


def _up(values: Floats, like: Floats) -> Floats:
    found = cv2.pyrUp(values, dstsize=(like.shape[1], like.shape[0]))  # odd sides: without dstsize the size comes out wrong
    return np.asarray(found, np.float32).reshape(like.shape)


def laplacian(values: Floats, levels: int) -> list[Floats]:
    """Return the details lost at each halving, finest first, and the smallest picture last.

    values  float32 [H, W, 3].  Source: Burt and Adelson 1983, The Laplacian Pyramid as a Compact Image Code.
    """
    steps = gaussian(values, levels)
    return [fine - _up(coarse, fine) for fine, coarse in itertools.pairwise(steps)] + [steps[-1]]


def collapse(steps: list[Floats]) -> Floats:
    """Return the picture of a Laplacian pyramid: each level enlarged and added to the finer one."""
    found = steps[-1]
    for fine in reversed(steps[:-1]):
        found = fine + _up(found, fine)
    return found


def seam(a: Bytes, b: Bytes, share: Share, levels: int) -> Bytes:
    """Join two pictures along a mask, each frequency over a passage of its own width.

    a, b  uint8 [H, W, 3], share  float32 [H, W], 1: A; levels: 1 is the plain mask, at most `depth`
    Source: Burt and Adelson 1983, A Multiresolution Spline with Application to Image Mosaics.
    """
    levels = max(1, min(levels, depth((a.shape[1], a.shape[0]))))
    parts = gaussian(share, levels)
    left, right = laplacian(a.astype(np.float32), levels), laplacian(b.astype(np.float32), levels)
    mixed = [w[..., None] * one + (1 - w[..., None]) * other for w, one, other in zip(parts, left, right, strict=True)]
    return quantise(collapse(mixed))


def blurred(values: Floats, sigma: float) -> Floats:
    """Return values [H, W, 3] under a Gaussian of `sigma` pixels, the edge pixel repeated outside."""
    if sigma <= 0:
        return values
    found = cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32).reshape(values.shape)


def hybrid(a: Bytes, b: Bytes, sigma_low: float, sigma_high: float) -> Bytes:
    """Join what is coarse in A with what is fine in B: from afar A is seen, from near B.

    a, b  uint8 [H, W, 3]; sigmas of the two Gaussians in pixels: A is blurred by `sigma_low`, B loses what `sigma_high` leaves.
    Source: Oliva, Torralba and Schyns 2006, Hybrid images, equation 1: H = A * G1 + B * (1 - G2).
    """
    low = blurred(a.astype(np.float32), sigma_low)
    other = b.astype(np.float32)
    return quantise(low + (other - blurred(other, sigma_high)))
