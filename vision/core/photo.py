"""Fusion as photographers know it: a patch cloned without a seam, exposures merged. OpenCV does the sums; the traps are ours."""

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.core.mask import Share
from vision.core.pyramid import Bytes, quantise

CLONES = {"normal": cv2.NORMAL_CLONE, "mixed": cv2.MIXED_CLONE}
ERODED = 3  # pixels that OpenCV takes off the patch all around before it clones
MARGIN = ERODED + 2  # pixels around the canvas while cloning: OpenCV wants the patch clear of the edge


def clone(a: Bytes, b: Bytes, share: Share, kind: str) -> Bytes:
    """Put B where `share` is below 1/2, so that its gradients stay and its colours meet A's at the edge.

    a, b  uint8 [H, W, 3] on one canvas, share  float32 [H, W]; kind: "normal" takes B's gradients, "mixed" the stronger of A's and B's
    Source: Perez, Gangnet and Blake 2003, Poisson Image Editing. OpenCV's `center` is the centre of the mask's bounding box.
    """
    patch = cv2.copyMakeBorder(np.where(share < 0.5, 255, 0).astype(np.uint8), MARGIN, MARGIN, MARGIN, MARGIN, cv2.BORDER_CONSTANT, value=0)
    patch = cv2.dilate(patch, np.ones((3, 3), np.uint8), iterations=ERODED)
    rows, columns = np.flatnonzero(patch.any(axis=1)), np.flatnonzero(patch.any(axis=0))
    if not rows.size:
        return a.copy()
    top, left = int(rows[0]), int(columns[0])
    tall, wide = int(rows[-1]) - top + 1, int(columns[-1]) - left + 1
    over, under = (cv2.copyMakeBorder(one, MARGIN, MARGIN, MARGIN, MARGIN, cv2.BORDER_REPLICATE) for one in (b, a))
    centre = (left + wide // 2, top + tall // 2)  # its own place: OpenCV subtracts half the box again
    found = np.asarray(cv2.seamlessClone(over, under, patch, centre, CLONES[kind]), np.uint8)
    return np.ascontiguousarray(found[MARGIN:-MARGIN, MARGIN:-MARGIN])


def expose(a: Bytes, b: Bytes, contrast: float, saturation: float, exposure: float) -> Bytes:
    """Merge two exposures: every pixel from where it is contrasted, colourful and neither dark nor bright; weights are exponents.

    a, b  uint8 [H, W, 3].  Source: Mertens, Kautz and Van Reeth 2007, Exposure Fusion. Its pyramid can leave 0..1: clipped here.
    """
    found = cv2.createMergeMertens(contrast, saturation, exposure).process([a, b])
    return quantise(np.asarray(found, np.float64).reshape(a.shape) * 255)


def guided(values: Share, guide: Share, radius: int, ease: float) -> Share:
    """Smooth a map along the edges of a guide, both float32 [H, W] in 0..1.

    radius of the boxes in pixels; ease: the variance below which the guide counts as flat.
    Source: He, Sun and Tang 2010, Guided Image Filtering, algorithm 1.
    """
    size = (2 * radius + 1, 2 * radius + 1)

    def mean(one: NDArray) -> Share:
        return np.asarray(cv2.blur(one, size, borderType=cv2.BORDER_REPLICATE), np.float32)

    of_guide, of_values = mean(guide), mean(values)
    spread = mean(guide * guide) - of_guide * of_guide
    slope = (mean(guide * values) - of_guide * of_values) / (spread + np.float32(ease))
    return mean(slope) * guide + mean(of_values - slope * of_guide)
