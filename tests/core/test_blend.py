"""Mixes on paper: golden values, the W3C's formulas in plain Python, and the sRGB curve against scikit-image."""

import math

import numpy as np
import pytest

from vision.core import blend


def test_golden_values():
    half = {light: blend.table("normal", light, 0.5) for light in blend.LIGHTS}
    assert half["srgb"][255, 0] == half["srgb"][0, 255] == 128  # rounded, not cut to 127
    assert half["linear"][255, 0] == half["linear"][0, 255] == 188
    assert blend.table("normal", "srgb", 0.3)[200, 10] == 67
    assert blend.table("multiply", "srgb", 0.0)[128, 128] == 64
    assert blend.table("screen", "srgb", 0.0)[128, 128] == 192
    assert blend.table("exclusion", "srgb", 0.0)[255, 255] == 0


@pytest.mark.parametrize("light", blend.LIGHTS)
def test_the_ends_are_the_pictures_bit_for_bit(light):
    a, b = np.indices((256, 256), np.uint8)
    for mode in blend.MODES:
        assert (blend.table(mode, light, 1.0) == a).all(), mode
    assert (blend.table("normal", light, 0.0) == b).all()


def test_the_curve_is_the_standard_and_not_a_power():
    from skimage.color import rgb2xyz, xyz2rgb

    level = np.arange(256)
    mine = np.array([blend.linear(v / 255) for v in level])
    luminance = rgb2xyz(np.repeat(level[:, None] / 255, 3, 1)[None])[0, :, 1]  # Y of a grey is its linear light
    np.testing.assert_allclose(mine, luminance, atol=1e-6)
    assert abs(mine[1] - (1 / 255) ** 2.2) > 2e-4  # gamma 2.2 would be five times darker at the foot
    back = np.array([blend.srgb(v) for v in mine]) * 255
    np.testing.assert_allclose(back, level, atol=1e-3)
    grey = xyz2rgb(rgb2xyz(np.full((1, 1, 3), 0.5)))[0, 0, 0]
    assert blend.srgb(blend.linear(0.5)) == pytest.approx(grey, abs=1e-5)


def test_each_level_survives_the_way_there_and_back():
    found = np.searchsorted(blend.EDGES, blend.LINEAR, side="right")
    assert (found == np.arange(256)).all()


def w3c(mode, cb, cs):
    """The separable modes as the recommendation writes them, one value at a time."""
    if mode == "overlay":
        return w3c("hard-light", cs, cb)
    if mode == "hard-light":
        return cb * 2 * cs if cs <= 0.5 else w3c("screen", cb, 2 * cs - 1)
    if mode == "color-dodge":
        return 0 if cb == 0 else 1 if cs == 1 else min(1, cb / (1 - cs))
    if mode == "color-burn":
        return 1 if cb == 1 else 0 if cs == 0 else 1 - min(1, (1 - cb) / cs)
    if mode == "soft-light":
        d = ((16 * cb - 12) * cb + 4) * cb if cb <= 0.25 else math.sqrt(cb)
        return cb - (1 - 2 * cs) * cb * (1 - cb) if cs <= 0.5 else cb + (2 * cs - 1) * (d - cb)
    plain = {
        "normal": cs, "multiply": cb * cs, "screen": cb + cs - cb * cs, "darken": min(cb, cs), "lighten": max(cb, cs),
        "difference": abs(cb - cs), "exclusion": cb + cs - 2 * cb * cs,
    }  # fmt: skip
    return plain[mode]


@pytest.mark.parametrize("mode", blend.MODES)
def test_modes_are_those_of_the_w3c(mode):
    some = [0, 1, 31, 63, 64, 127, 128, 191, 254, 255]
    found = blend.table(mode, "srgb", 0.0)
    light = blend.table(mode, "linear", 0.0)
    for i in some:
        for j in some:
            assert abs(int(found[i, j]) - 255 * w3c(mode, i / 255, j / 255)) <= 0.5 + 1e-9, (i, j)
            there = 255 * blend.srgb(w3c(mode, blend.linear(i / 255), blend.linear(j / 255)))
            assert abs(int(light[i, j]) - there) <= 0.51, (i, j)


def test_blend_against_floats_and_never_wrapped():
    random = np.random.default_rng(1)
    a, b = random.integers(0, 256, (2, 40, 50, 3), np.uint8)
    for share in (0.0, 0.1, 0.5, 0.77, 1.0):
        found = blend.blend(a, b, [blend.table("normal", "srgb", share)] * 3)
        exact = share * a.astype(float) + (1 - share) * b.astype(float)
        assert np.abs(found - exact).max() <= 0.5 + 1e-9


def test_channels_have_their_own_weight():
    a, b = np.full((2, 2, 3), 200, np.uint8), np.full((2, 2, 3), 100, np.uint8)
    found = blend.blend(a, b, [blend.table("normal", "srgb", share) for share in (1.0, 0.5, 0.0)])
    assert found[0, 0].tolist() == [200, 150, 100]


def test_pictures_of_two_sizes_are_refused():
    with pytest.raises(ValueError, match="A is"):
        blend.blend(np.zeros((2, 2, 3), np.uint8), np.zeros((2, 3, 3), np.uint8), [blend.table("normal", "srgb", 0.5)] * 3)
