"""Finding how B has to move so that it lies on A: by matched corners (ORB) or by grey values (ECC). A shift, a scale and a turn."""

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.core.errors import PictureError
from vision.core.place import Fitted, Move, affine, place, resized

Bytes = NDArray[np.uint8]

SIDE = 800  # long side in pixels while searching
CORNERS = 2000
LEAST = 12  # matches that agree on one move; four random ones always agree on something
SCALES = (0.2, 5.0)
SURE = 0.6  # the correlation ECC has to reach
WAYS = ("corners", "values")


def register(a: Bytes, b: Fitted, way: str) -> Move:
    """Return the move that lays the fitted B on A, both on A's canvas.

    a  uint8 [H, W, 3]; way: "corners" finds any shift, scale and turn, "values" corrects a small shift and turn
    PictureError, one sentence, where none is found; the caller's placement then stays as it was.
    Source: Rublee et al. 2011 (ORB); Evangelidis and Psarakis 2008 (ECC); RANSAC, Fischler and Bolles 1981.
    """
    wh = (a.shape[1], a.shape[0])
    shrink = min(1.0, SIDE / max(wh))
    small = resized(a, (max(1, int(wh[0] * shrink)), max(1, int(wh[1] * shrink))))
    tall, wide = b.rgb.shape[:2]
    matrix = affine(wh, (wide, tall), b.left, b.top, Move())
    factor = np.array([small.shape[1] / wh[0], small.shape[0] / wh[1]])
    laid, covered = place(b.rgb, matrix, wh)
    other = resized(laid, (small.shape[1], small.shape[0]))
    known = resized(covered.astype(np.uint8)[..., None].repeat(3, 2) * 255, (small.shape[1], small.shape[0]))[..., 0]
    grey_a, grey_b = (np.asarray(cv2.cvtColor(one, cv2.COLOR_RGB2GRAY), np.uint8) for one in (small, other))
    try:
        found = _corners(grey_a, grey_b) if way == "corners" else _values(grey_a, grey_b, known)
    except cv2.error:  # OpenCV's word for "no" in both: pictures too small or too plain, or the search ran away
        found = None
    if found is None:
        raise PictureError(f"fuse.no_{way}")
    return _move(found, factor, wh, b)


def _corners(a: Bytes, b: Bytes) -> NDArray[np.float64] | None:
    """Return the 2 x 3 matrix from B to A that most matched corners agree on."""
    finder = cv2.ORB.create(CORNERS)
    (points, marks), (others, their) = finder.detectAndCompute(b, None), finder.detectAndCompute(a, None)
    if marks is None or their is None or min(len(points), len(others)) < LEAST:
        return None
    pairs = [pair for pair in cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(marks, their, k=2) if len(pair) == 2]
    good = [first for first, second in pairs if first.distance < 0.75 * second.distance]
    if len(good) < LEAST:
        return None
    start = np.array([points[match.queryIdx].pt for match in good], np.float32)
    end = np.array([others[match.trainIdx].pt for match in good], np.float32)
    cv2.setRNGSeed(0)
    found, agree = cv2.estimateAffinePartial2D(start, end, method=cv2.RANSAC, ransacReprojThreshold=2.5)
    if found is None or agree is None or int(agree.sum()) < LEAST:
        return None
    return np.asarray(found, np.float64)


def _values(a: Bytes, b: Bytes, known: Bytes) -> NDArray[np.float64] | None:
    """Return the 2 x 3 matrix from B to A that makes their grey values vary together, from coarse to fine."""
    warp = np.eye(2, 3, dtype=np.float32)
    levels = max(0, min(3, int(min(a.shape)).bit_length() - 6))
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 100, 1e-5)
    sure = 0.0
    for level in range(levels, -1, -1):
        size = (max(1, a.shape[1] >> level), max(1, a.shape[0] >> level))
        one, other, where = (cv2.resize(each, size, interpolation=cv2.INTER_AREA) for each in (a, b, known))
        start = warp.copy()
        start[:, 2] /= 1 << level
        inside = np.where(np.asarray(where) > 254, 255, 0).astype(np.uint8)
        sure, found = cv2.findTransformECC(one, other, start, cv2.MOTION_EUCLIDEAN, stop, inside, 5)
        warp = np.array(found, np.float32)
        warp[:, 2] *= 1 << level
    if not sure >= SURE:
        return None
    return np.asarray(cv2.invertAffineTransform(warp), np.float64)  # ECC's matrix leads from A to B


def _move(matrix: NDArray[np.float64], factor: NDArray[np.float64], wh: tuple[int, int], b: Fitted) -> Move:
    """Return a similarity between two laid pictures as the move of the fitted B about its centre."""
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if not (np.isfinite(matrix).all() and SCALES[0] <= scale <= SCALES[1]):
        raise PictureError("fuse.no_corners")
    centre = np.array([b.left + b.rgb.shape[1] / 2, b.top + b.rgb.shape[0] / 2])
    small = centre * factor - 0.5  # OpenCV counts from pixel centres
    shift = (matrix[:, :2] @ small + matrix[:, 2] - small) / factor
    turn = float(np.rad2deg(np.arctan2(matrix[1, 0], matrix[0, 0])))
    return Move(float(shift[0]) / wh[0], float(shift[1]) / wh[1], scale, turn)
