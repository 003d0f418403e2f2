"""Changes of a photo: nothing at the first stop, the same from the same seed, and SciPy, Pillow, colorsys and slices as oracles."""

import colorsys

import numpy as np
import pytest
import scipy.fft
import scipy.ndimage
from PIL import Image

from vision.core.change import KINDS, SIDE, UNCHANGED, Change, apply, mean, working

DISC = ((0.5, 0.5, 0.2, 0.0),)


def change(kind, stop=-1, **more):
    return Change(kind, KINDS[kind][stop], strokes=DISC if kind == "brush" else (), **more)


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_stop_changes_nothing_and_the_last_one_a_lot(kind, drawn):
    rgb = drawn(90, 120)
    kept = rgb.copy()
    assert apply(rgb, change(kind, 0)) is rgb
    far = apply(rgb, change(kind))
    assert far.dtype == np.uint8 and far.shape == rgb.shape and np.array_equal(rgb, kept)
    assert np.abs(far.astype(int) - rgb).mean() > 2
    assert np.array_equal(far, apply(rgb, change(kind)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (7, 5), (33, 64)])
def test_every_stop_of_every_size_is_a_picture_of_that_size(kind, size, drawn):
    rgb = drawn(*size)
    for amount in KINDS[kind]:
        found = apply(rgb, Change(kind, amount, strokes=DISC, fill="blur"))
        assert found.shape == rgb.shape and found.dtype == np.uint8


@pytest.mark.parametrize("kind", ["shuffle", "noise"])
def test_another_seed_is_another_picture(kind, drawn):
    rgb = drawn(60, 60)
    assert not np.array_equal(apply(rgb, change(kind, 3, seed=1)), apply(rgb, change(kind, 3, seed=2)))


@pytest.mark.parametrize("n", [2, 3, 7, 16])
def test_a_shuffle_moves_every_patch_and_loses_none(n):
    rgb = np.random.default_rng(0).integers(0, 256, (70, 111, 3)).astype(np.uint8)
    found, side = apply(rgb, Change("shuffle", n, seed=5)), 70 // n
    top, left = (70 - side * n) // 2, (111 - side * n) // 2

    def patches(picture):
        corners = [(top + i * side, left + j * side) for i in range(n) for j in range(n)]
        return [picture[y : y + side, x : x + side].tobytes() for y, x in corners]

    before, after = patches(rgb), patches(found)
    assert sorted(before) == sorted(after)
    assert not any(one == other for one, other in zip(before, after, strict=True))
    frame = np.ones(rgb.shape[:2], bool)
    frame[top : top + side * n, left : left + side * n] = False
    assert np.array_equal(found[frame], rgb[frame])


def test_half_a_turn_and_a_quarter(drawn):
    rgb = drawn(60, 60)
    assert np.abs(apply(rgb, Change("rotate", 180)).astype(int) - rgb[::-1, ::-1]).max() <= 1
    quarter = apply(rgb, Change("rotate", 90)).astype(int)
    assert np.abs(quarter - np.rot90(rgb, -1)).max() <= 1  # clockwise


def test_what_comes_in_from_outside_has_the_mean_colour(drawn):
    rgb = drawn(40, 80)
    colour = np.floor(rgb.reshape(-1, 3).astype(float).mean(0) + 0.5)
    assert np.array_equal(mean(rgb), colour)
    shifted = apply(rgb, Change("shift", 0.25))
    assert np.array_equal(shifted[:, 20:], rgb[:, :60]) and np.all(shifted[:, :20] == colour)
    shrunk = apply(rgb, Change("shrink", 0.5))
    assert np.all(shrunk[:10] == colour) and np.all(shrunk[:, :20] == colour) and np.all(shrunk[30:] == colour)
    averages = rgb.reshape(20, 2, 40, 2, 3).astype(float).mean((1, 3))
    assert np.abs(shrunk[10:30, 20:60] - averages).max() <= 1
    assert np.all(apply(rgb, Change("rotate", 45))[0, 0] == colour)


def test_enlarged_is_the_middle(drawn):
    rgb = drawn(40, 80)
    found = apply(rgb, Change("enlarge", 2.0))
    whole = np.asarray(Image.fromarray(rgb[10:30, 20:60]).resize((80, 40), Image.Resampling.BICUBIC)).astype(int)
    assert np.abs(found - whole).mean() < 3


def test_blur_is_scipys(drawn):
    rgb = drawn(120, 160)
    sigma = 0.02 * 160
    whole = scipy.ndimage.gaussian_filter(rgb.astype(float), (sigma, sigma, 0), mode="nearest", truncate=4)
    assert np.abs(apply(rgb, Change("blur", 0.02)) - whole).max() <= 2


def test_noise_is_one_grain_along_a_line():
    rgb = np.full((100, 100, 3), 128, np.uint8)
    little, more = (apply(rgb, Change("noise", amount, seed=3)).astype(float) - 128 for amount in (8, 24))
    assert little.std() == pytest.approx(8, rel=0.03) and more.std() == pytest.approx(24, rel=0.03)
    assert np.abs(3 * little - more).max() <= 2


def test_colour_goes_and_turns(drawn):
    rgb = drawn(50, 50)
    luma = np.asarray(Image.fromarray(rgb).convert("L")).astype(int)
    assert np.abs(apply(rgb, Change("grey", 1.0)) - luma[..., None]).max() <= 1
    half = apply(rgb, Change("grey", 0.5)).astype(int)
    assert np.abs(half - (rgb.astype(int) + luma[..., None]) / 2).max() <= 1
    turned = apply(rgb, Change("recolour", 90))
    for y, x in ((0, 0), (10, 40), (33, 7)):
        hue, saturation, value = colorsys.rgb_to_hsv(*rgb[y, x] / 255)
        wanted = np.array(colorsys.hsv_to_rgb((hue + 0.25) % 1, saturation, value)) * 255
        assert np.abs(turned[y, x] - wanted).max() <= 1


@pytest.mark.parametrize("size", [(60, 80), (61, 47)])
def test_low_pass_is_a_butterworth_of_scipys_cosine_transform(size, drawn):
    rgb = drawn(*size)
    even = np.pad(rgb, ((0, size[0] % 2), (0, size[1] % 2), (0, 0)), mode="edge").astype(float)
    down, across = (np.arange(side) / 2 * max(size) / side for side in even.shape[:2])
    keep = 1 / (1 + (np.hypot(down[:, None], across) / 6) ** 8)
    wanted = scipy.fft.idctn(scipy.fft.dctn(even, axes=(0, 1), norm="ortho") * keep[..., None], axes=(0, 1), norm="ortho")
    wanted = wanted[: size[0], : size[1]]
    assert np.abs(apply(rgb, Change("lowpass", 6)) - np.clip(wanted, 0, 255)).max() <= 1
    high = rgb - wanted + rgb.reshape(-1, 3).mean(0)
    assert np.abs(apply(rgb, Change("highpass", 6)) - np.clip(high, 0, 255)).max() <= 1


def test_waves_are_counted_along_the_long_side():
    x = np.arange(256)
    wave = np.floor(128 + 100 * np.cos(2 * np.pi * 16 * (x + 0.5) / 256) + 0.5).astype(np.uint8)
    rgb = np.ascontiguousarray(np.broadcast_to(wave[None, :, None], (64, 256, 3)))
    assert np.abs(apply(rgb, Change("lowpass", 32)).astype(int) - rgb).max() <= 2
    assert np.abs(apply(rgb, Change("lowpass", 8)).astype(int) - 128).max() <= 3
    assert np.abs(apply(rgb, Change("highpass", 8)).astype(int) - rgb).max() <= 3
    assert np.abs(apply(rgb, Change("highpass", 32)).astype(int) - 128).max() <= 3


def test_a_brush_touches_its_discs_only(drawn):
    rgb, other = drawn(60, 100), drawn(300, 200, seed=4)
    y, x = np.mgrid[0:60, 0:100]
    far, near = ((np.hypot(x - 50, y - 30) > 22), (np.hypot(x - 50, y - 30) < 18))
    fills = {"grey": np.full(3, 128), "average": mean(rgb)}
    for fill in ("grey", "average", "blur", "patch"):
        found = apply(rgb, Change("brush", 1.0, strokes=DISC, fill=fill), other)
        assert np.array_equal(found[far], rgb[far])
        if fill in fills:
            assert np.all(found[near] == fills[fill])
    half = apply(rgb, Change("brush", 0.5, strokes=DISC, fill="grey"))
    assert np.abs(half[near].astype(int) - (rgb[near].astype(int) + 128) / 2).max() <= 1
    assert np.array_equal(apply(rgb, Change("brush", 1.0, strokes=DISC, fill="patch"))[near], rgb[:, ::-1][near])
    covering = np.asarray(Image.fromarray(other).resize((100, 150), Image.Resampling.BOX))[45:105]
    shown = apply(rgb, Change("brush", 1.0, strokes=DISC, fill="patch"), other)
    assert np.abs(shown[near].astype(int) - covering[near]).max() <= 1
    assert apply(rgb, Change("brush", 1.0)) is rgb


def test_the_working_size(drawn):
    small = drawn(100, SIDE)
    assert working(small) is small and apply(small, UNCHANGED) is small
    assert working(drawn(1000, 50)).shape == (SIDE, 32, 3)
    assert working(np.zeros((1, 5000, 3), np.uint8)).shape == (1, SIDE, 3)
