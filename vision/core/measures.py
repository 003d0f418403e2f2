"""How much of A and B is left in a fused picture: figures of scikit-image on 8-bit luma."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

WINDOW = 7  # of SSIM, in pixels; smaller in smaller pictures, but never below 3


@dataclass(frozen=True)
class Measures:
    """Figures of a fusion.

    ssim_a, ssim_b      structural similarity to each picture, at most 1; None where a side is under 3 pixels
    mutual_information  I(A; F) + I(B; F) in bits
    entropy             of the fused picture's luma, bits per pixel, 0..8
    """

    ssim_a: float | None
    ssim_b: float | None
    mutual_information: float
    entropy: float


def _luma(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8).reshape(rgb.shape[:2])


def ssim(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float | None:
    """Return the structural similarity of two lumas, uint8 [H, W]; None where no window of 3 fits.

    Source: Wang et al. 2004, as scikit-image computes it with data_range 255.
    """
    from skimage.metrics import structural_similarity

    side = min(a.shape)
    if side < 3:
        return None
    window = min(WINDOW, side if side % 2 else side - 1)
    return float(structural_similarity(a, b, win_size=window, data_range=255))


def shared(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """Return the mutual information of two lumas in bits: H(A) + H(B) - H(A, B)."""
    from skimage.measure import shannon_entropy

    joint = a.astype(np.int64) * 256 + b
    return max(0.0, float(shannon_entropy(a) + shannon_entropy(b) - shannon_entropy(joint)))


def measure(a: NDArray[np.uint8], b: NDArray[np.uint8], fused: NDArray[np.uint8]) -> Measures:
    """Return the figures of a fused picture; all three uint8 [H, W, 3]."""
    from skimage.measure import shannon_entropy

    one, other, out = _luma(a), _luma(b), _luma(fused)
    return Measures(ssim(one, out), ssim(other, out), shared(one, out) + shared(other, out), float(shannon_entropy(out)))
