"""Inks, Lab and ICC profiles become sRGB; the oracle is the arithmetic of the standards in numpy."""

import io
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from tests.core import samples
from tests.core.samples import FILES, as_tiff, big, close, encoded, four
from vision.core.picture import read
from vision.core.shaper import shaper


def test_red_ink_is_red():
    """Adobe stores ink inverted; YCCK is the same with its colours turned into luma and chroma."""
    ink = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    data = encoded(ink, "JPEG", quality=100)
    assert b"Adobe" in data
    assert np.abs(read(data).rgb[8, 8].astype(int) - [255, 0, 0]).max() <= 3
    assert np.abs(read(encoded(ink, "TIFF")).rgb[8, 8].astype(int) - [255, 0, 0]).max() == 0


def test_ycck():
    red, green, blue = 0, 255, 255  # 255 minus what is stored of C, M, Y; and stored is, inverted, 255, 0, 0 for red
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    values = (luma, 128 + 0.5 * (blue - luma) / 0.886, 128 + 0.5 * (red - luma) / 0.701, 255)
    image = Image.new("CMYK", (16, 16), tuple(255 - min(255, round(value)) for value in values))  # Pillow inverts as it writes
    data = bytearray(encoded(image, "JPEG", quality=100))
    at = data.index(b"Adobe") + 11
    assert data[at] == 0
    data[at] = 2  # the file now says that it is YCCK
    assert np.abs(read(bytes(data)).rgb[8, 8].astype(int) - [255, 0, 0]).max() <= 4


def test_lab():
    values = np.zeros((1, 3, 3), np.uint8)
    values[0, 0] = (255, 0, 0)
    values[0, 1] = (round(53.585 * 2.55), 0, 0)  # L* of grey 128
    values[0, 2] = (round(54.29 * 2.55), 81, 70)  # Lindbloom: red of sRGB, adapted to D50
    found = read(as_tiff(values, photometric="cielab")).rgb[0].astype(int)
    assert np.abs(found - [[255, 255, 255], [128, 128, 128], [255, 0, 0]]).max() <= 6  # LittleCMS reads 8-bit a and b 0.4 % too strong


@pytest.mark.parametrize(("primaries", "gamma"), [(samples.P3, None), (samples.ADOBE, 2.19921875)])
@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "WebP"])
def test_profiles_become_srgb(form, primaries, gamma):
    pixels = np.repeat(np.repeat(np.random.default_rng(5).integers(40, 200, (6, 8, 3)).astype(np.uint8), 16, 0), 16, 1)
    options = {"JPEG": {"quality": 100, "subsampling": 0}, "WebP": {"lossless": True}}.get(form, {})
    data = encoded(pixels, form, icc_profile=samples.profile(primaries, gamma), **options)
    values = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")) / 255
    light = samples.linear(values) if gamma is None else values**gamma
    wanted = samples.coded(light @ np.array(primaries) @ np.linalg.inv(np.array(samples.SRGB)))
    found = read(data)
    assert np.abs(found.rgb.astype(int) - wanted).max() <= 2
    assert np.abs(pixels.astype(int) - wanted).max() > 8  # or the test would prove nothing
    assert found.notes == ()


def test_a_heic_of_a_wide_gamut():
    found, wanted = read(FILES / "p3.heic").rgb, four()
    change = np.array(samples.P3) @ np.linalg.inv(np.array(samples.SRGB))
    close(found, samples.coded(samples.linear(wanted / 255) @ change), 8)


def test_a_sixteen_bit_picture_with_a_profile():
    values = np.full((2, 2, 3), (100 * 257, 150 * 257, 60 * 257), np.uint16)
    block = samples.chunk(b"iCCP", b"p\0\0" + zlib.compress(samples.profile(samples.P3)))
    wanted = samples.coded(samples.linear(values / 65535) @ np.array(samples.P3) @ np.linalg.inv(np.array(samples.SRGB)))
    assert np.abs(read(samples.png(2, 2, 16, 2, big(values), block)).rgb.astype(int) - wanted).max() <= 2


def test_the_gamma_of_greys():
    pixels = np.arange(0, 256, 5, dtype=np.uint8).reshape(4, 13)
    for form in ("PNG", "TIFF"):
        found = read(encoded(pixels, form, icc_profile=samples.profile(None, 1.8)))
        assert np.abs(found.rgb[..., 0].astype(int) - samples.coded((pixels / 255) ** 1.8)).max() <= 1
        assert found.notes == ()


def test_greys_beside_a_colour_profile():
    pixels = np.arange(0, 256, 5, dtype=np.uint8).reshape(4, 13)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert np.array_equal(read(encoded(pixels, "PNG", icc_profile=srgb)).rgb[..., 0], pixels)
    found = read(encoded(pixels, "PNG", icc_profile=samples.profile(samples.ADOBE, 2.19921875))).rgb
    assert np.abs(found[..., 0].astype(int) - samples.coded((pixels / 255) ** 2.19921875)).max() <= 1


def test_ink_by_its_profile():
    """A press whose full black is a dark green: only the profile knows."""

    def lab(c, m, y, k):
        if k:
            return (0, 0, 0) if c and m and y else (40, -30, 20)
        return (54.29, 80.81, 69.89) if (c, m, y) == (0, 1, 1) else (100 if not (c or m or y) else 60, 0, 0)

    profile = samples.ink_profile(lab)
    for ink, wanted in (((0, 255, 255, 0), (255, 0, 0)), ((0, 0, 0, 0), (255, 255, 255))):
        found = read(encoded(Image.new("CMYK", (8, 8), ink), "TIFF", icc_profile=profile))
        assert np.abs(found.rgb[4, 4].astype(int) - wanted).max() <= 4
        assert found.notes == ()
    black = read(encoded(Image.new("CMYK", (8, 8), (0, 0, 0, 255)), "TIFF", icc_profile=profile)).rgb[4, 4].astype(int)
    assert black[1] > black[0] + 20 and black[1] > black[2] + 20


IGNORED = "Its colour profile is broken and was ignored."


@pytest.mark.parametrize("block", [b"no profile at all", samples.profile(samples.P3)[:200], samples.profile(None, 1.8)])
def test_a_broken_or_alien_profile_is_ignored_and_said(block):
    found = read(encoded(four(), "PNG", icc_profile=block))
    assert np.array_equal(found.rgb, four())
    assert found.notes == (IGNORED,)


def test_a_profile_that_cannot_be_unpacked():
    found = read(samples.png(1, 1, 8, 2, b"\1\2\3", samples.chunk(b"iCCP", b"p\0\0nonsense")))
    assert (found.rgb.tolist(), found.notes) == ([[[1, 2, 3]]], (IGNORED,))


def test_a_profile_that_is_srgb_changes_no_pixel(drawn):
    pixels = drawn(60, 80)
    for block in (samples.profile(samples.SRGB), ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()):
        assert np.array_equal(read(encoded(pixels, "PNG", icc_profile=block)).rgb, pixels)


CURVES = {
    "sRGB's": samples.BENT,
    "gamma 2.2": samples.points(563),
    "straight": samples.points(),
    "a table of two": samples.points(0, 65535),
    "a table of 1024": samples.points(*(round(65535 * (n / 1023) ** 1.8) for n in range(1024))),
    "a table that ends below white": samples.points(*(round(50_000 * (n / 255) ** 2) for n in range(256))),
    "a cut form that only LittleCMS knows": b"para\0\0\0\0\0\1\0\0" + samples.fixed(2.2, 1, -0.1),
}


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("primaries", [samples.P3, samples.ADOBE, samples.SRGB])
def test_the_quick_way_is_that_of_littlecms(curve, primaries):
    """Over random colours, within one level; where the quick way does not know a curve, LittleCMS is asked itself."""
    block = samples.profile(primaries, curve=CURVES[curve])
    pixels = np.random.default_rng(8).integers(0, 256, (64, 512, 3)).astype(np.uint8)
    pixels[:16] = pixels[:16, :, :1]  # greys
    pixels[16:24] //= 8  # shadows
    source = ImageCms.ImageCmsProfile(io.BytesIO(block))
    slow = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), "RGB", "RGB").apply(Image.fromarray(pixels))
    found = read(encoded(pixels, "PNG", icc_profile=block))
    assert np.abs(found.rgb.astype(int) - np.asarray(slow)).max() <= 1
    assert found.notes == ()


def test_the_quick_way_is_taken_for_a_phone_and_not_for_an_unknown_curve():
    def quick(curve):
        opened = ImageCms.ImageCmsProfile(io.BytesIO(samples.profile(samples.P3, curve=CURVES[curve]))).profile
        return shaper(samples.profile(samples.P3, curve=CURVES[curve]), opened, ImageCms.createProfile("sRGB")) is not None

    assert quick("sRGB's") and quick("a table of 1024")
    assert not quick("a cut form that only LittleCMS knows")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 479), st.integers(0, 255)), max_size=8), st.sampled_from(sorted(CURVES)))
def test_a_damaged_profile_costs_at_most_the_colours(changes, curve):
    block = bytearray(samples.profile(samples.P3, curve=CURVES[curve]))
    for at, value in changes:
        block[at % len(block)] = value
    found = read(encoded(four(), "PNG", icc_profile=bytes(block)))
    assert found.rgb.shape == (48, 64, 3)
    assert found.notes in ((), (IGNORED,))
