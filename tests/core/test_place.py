"""B on A's canvas: shapes kept or stretched as chosen, whole pixels exact, OpenCV's warp as the oracle of the rest."""

import cv2
import numpy as np
import pytest

from vision.core import place


def drawn(height, width, seed=0):
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 1.2) if min(height, width) > 4 else noise


@pytest.mark.parametrize(
    ("fit", "size", "corner"), [("fit", (50, 100), (25, 0)), ("fill", (100, 200), (0, -50)), ("stretch", (100, 100), (0, 0))]
)
def test_fits(fit, size, corner):
    found = place.fitted(drawn(80, 40), (100, 100), fit)
    assert (found.rgb.shape[1], found.rgb.shape[0]) == size
    assert (found.left, found.top) == corner


@pytest.mark.parametrize("fit", place.FITS)
@pytest.mark.parametrize("source", [(1, 1), (1, 50), (50, 1), (67, 33), (3, 2000)])
def test_any_shape_lands(fit, source):
    for canvas in ((1, 1), (31, 17), (200, 100)):
        found = place.fitted(drawn(*source), canvas, fit)
        matrix = place.affine(canvas, (found.rgb.shape[1], found.rgb.shape[0]), found.left, found.top, place.Move())
        out, covered = place.place(found.rgb, matrix, canvas)
        assert out.shape == (canvas[1], canvas[0], 3)
        assert covered.any()
        assert covered.all() or fit == "fit"


def test_a_panorama_filling_a_square_stays_small():
    assert place.fitted(np.zeros((30, 20000, 3), np.uint8), (500, 500), "fill").rgb.shape == (500, 1500, 3)


def test_unmoved_and_moved_by_whole_pixels_is_exact():
    rgb = drawn(20, 30)
    found = place.fitted(rgb, (30, 20), "stretch")
    assert found.rgb is rgb
    out, covered = place.place(rgb, place.affine((30, 20), (30, 20), 0, 0, place.Move()), (30, 20))
    assert (out == rgb).all() and covered.all()
    out, covered = place.place(rgb, place.affine((30, 20), (30, 20), 0, 0, place.Move(dx=0.1, dy=-0.2)), (30, 20))
    assert (out[:16, 3:] == rgb[4:, :27]).all()
    assert covered[:16, 3:].all() and not covered[:, :3].any() and not covered[16:].any()


def test_turns_are_clockwise():
    rgb = drawn(20, 20)
    out, _ = place.place(rgb, place.affine((20, 20), (20, 20), 0, 0, place.Move(turn=90)), (20, 20))
    assert (out == np.rot90(rgb, -1)).all()


def test_bilinear_against_opencv():
    rgb = drawn(60, 80)
    m = place.affine((90, 70), (80, 60), 5, 5, place.Move(0.03, -0.05, 1.3, 17.0))
    out, covered = place.place(rgb, m, (90, 70))
    half = np.array([[m[0], m[1], m[2] + 0.5 * (m[0] + m[1]) - 0.5], [m[3], m[4], m[5] + 0.5 * (m[3] + m[4]) - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    theirs = cv2.warpAffine(rgb, half, (90, 70), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    assert np.abs(out.astype(int) - theirs)[covered].max() <= 4  # OpenCV counts in 1/32 of a pixel
    assert np.abs(out.astype(int) - theirs)[covered].mean() < 0.5
