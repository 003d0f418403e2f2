"""Frequencies: nothing is lost on any size, seams are as wide as their frequency, hybrids are low plus high."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from vision.core import mask, pyramid


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


@pytest.mark.parametrize("width", [*range(1, 68, 6), 2, 3, 5, 64, 65, 67])
def test_pyramids_lose_nothing(width):
    for height in range(1, 68):
        picture = noise(height, width, height).astype(np.float32)
        levels = pyramid.depth((width, height))
        assert np.abs(pyramid.collapse(pyramid.laplacian(picture, levels)) - picture).max() <= 1


def test_a_pyramid_is_opencv_free_arithmetic():
    """Level 1 is the 5-tap binomial, every second pixel: written out with numpy, mirrored edge."""
    picture = noise(9, 9)[..., 0].astype(np.float64)
    taps = np.array([1, 4, 6, 4, 1]) / 16
    padded = np.pad(picture, 2, mode="reflect")
    rows = sum(t * padded[:, i : i + 9] for i, t in enumerate(taps))
    both = sum(t * rows[i : i + 9] for i, t in enumerate(taps))
    np.testing.assert_allclose(pyramid.gaussian(picture.astype(np.float32), 2)[1], both[::2, ::2], atol=1e-3)


def test_seams():
    a, b = noise(41, 60, 1), noise(41, 60, 2)
    for share, whole in ((1, a), (0, b)):
        assert np.abs(pyramid.seam(a, b, np.full((41, 60), share, np.float32), 6).astype(int) - whole).max() <= 1
    share = mask.gradient((60, 41), 0, 0.5, 0)
    assert (pyramid.seam(a, b, share, 1) == np.where(share[..., None] > 0.5, a, b)).all()
    white, black = np.full((64, 64, 3), 255, np.uint8), np.zeros((64, 64, 3), np.uint8)
    edge = mask.gradient((64, 64), 0, 0.5, 0)
    widths = [int(((row > 2) & (row < 253)).sum()) for row in (pyramid.seam(white, black, edge, n)[32, :, 0] for n in (1, 2, 4, 6))]
    assert widths == sorted(widths) and widths[0] == 0 and widths[-1] > 40


def test_hybrid_is_low_plus_high():
    a, b = noise(50, 40, 3), noise(50, 40, 4)
    low = gaussian_filter(a.astype(float), (3, 3, 0), mode="nearest", truncate=4)
    high = b - gaussian_filter(b.astype(float), (2, 2, 0), mode="nearest", truncate=4)
    exact = np.clip(np.rint(low + high), 0, 255)
    assert np.abs(pyramid.hybrid(a, b, 3, 2) - exact).max() <= 1
    assert (pyramid.hybrid(a, b, 0, 0) == a).all()
    assert np.abs(pyramid.hybrid(a, a, 2, 2).astype(int) - a).max() <= 1
    assert pyramid.hybrid(a[:1, :1], b[:1, :1], 3, 2).shape == (1, 1, 3)


def test_gradients():
    assert mask.gradient((4, 2), 180, 0.5, 0)[0].tolist() == [0, 0, 1, 1]
    assert mask.gradient((1, 4), 90, 0.25, 0)[:, 0].tolist() == [1, 0, 0, 0]
    soft = mask.gradient((100, 1), 0, 0.5, 1.0)[0]
    np.testing.assert_allclose(soft, 1 - (np.arange(100) + 0.5) / 100, atol=1e-6)


def test_brush_strokes_cover_each_other():
    share = mask.brush((100, 50), [(0.5, 0.5, 0.2, 0.0), (0.5, 0.5, 0.05, 1.0)], 1.0)
    assert share[25, 50] == 1 and share[25, 60] == 0 and share[25, 75] == 1
    assert np.isin(share, [0, 1]).all()
    assert mask.brush((100, 50), [(7.0, -3.0, 0.1, 0.0)], 1.0).min() == 1  # outside: nothing, no crash
    assert mask.oval((101, 51), 0.5)[25, 50] == 0 and mask.oval((101, 51), 0.5)[0, 0] == 1
