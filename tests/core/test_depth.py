"""More than 8 bits, fewer than 8, and floats: nothing is clipped to white, nothing is guessed in silence."""

import numpy as np
import pytest

from tests.core import samples
from tests.core.samples import as_tiff, big, encoded
from vision.core.errors import PictureError
from vision.core.picture import read

LEVELS = np.array([[0, 1, 128, 129, 255, 256, 257], [511, 4095, 32767, 32768, 65279, 65407, 65535]], np.uint16)
NEAREST = np.rint(LEVELS / 257).astype(np.uint8)  # of 257 no level lies between two


def test_sixteen_bit_grey_is_scaled_not_clipped():
    for data in (encoded(LEVELS, "PNG"), encoded(LEVELS, "TIFF"), as_tiff(LEVELS, byteorder=">")):
        picture = read(data)
        assert np.array_equal(picture.rgb, np.repeat(NEAREST[..., None], 3, 2))
        assert picture.notes == ("Its 16 bits per channel were scaled to 8.",)


def wide(channels):
    values = np.random.default_rng(3).integers(0, 1 << 16, (9, 11, channels), dtype=np.uint16)
    values[0, : len(LEVELS[0])] = LEVELS[0, :, None]
    values[1, : len(LEVELS[1])] = LEVELS[1, :, None]
    return values


def white_under(values):
    """Return 16-bit colours with alpha as 8-bit colours on white."""
    eight = np.rint(values / 257)
    share = eight[..., -1:] / 255
    colour = eight[..., :-1] * share + 255 * (1 - share)
    return np.repeat(colour, 3, 2) if colour.shape[2] == 1 else colour


def test_sixteen_bit_colour_is_rounded_to_the_nearest_level():
    values = wide(3)
    for data in (
        samples.png(11, 9, 16, 2, big(values)),
        as_tiff(values, photometric="rgb"),
        as_tiff(values, photometric="rgb", byteorder=">"),
    ):
        assert np.array_equal(read(data).rgb, np.rint(values / 257).astype(np.uint8))
        assert read(data).notes == ("Its 16 bits per channel were scaled to 8.",)


@pytest.mark.parametrize(("channels", "colour"), [(4, 6), (2, 4)])
def test_sixteen_bit_alpha(channels, colour):
    values = wide(channels)
    found = read(samples.png(11, 9, 16, colour, big(values)))
    assert np.abs(found.rgb - white_under(values)).max() <= 0.51
    if channels == 4:
        found = read(as_tiff(values, photometric="rgb", extrasamples=["unassalpha"]))
        assert np.abs(found.rgb - white_under(values)).max() <= 0.51


def test_sixteen_bit_premultiplied_tiff():
    values = wide(4)
    values[..., 3] = 65535
    values[3:, :, 3] = 32896  # 128 of 255
    ahead = values.copy()
    ahead[..., :3] = values[..., :3].astype(np.uint32) * values[..., 3:] // 65535
    found = read(as_tiff(ahead, photometric="rgb", extrasamples=["assocalpha"]))
    assert np.abs(found.rgb - white_under(values)).max() <= 3  # Pillow keeps the high byte before it divides by alpha


def test_a_clear_level_of_sixteen_bit_grey():
    values = np.array([[0, 256, 65535]], np.uint16)
    data = samples.png(3, 1, 16, 0, big(values), samples.chunk(b"tRNS", b"\1\0"))
    assert read(data).rgb[0, :, 0].tolist() == [0, 255, 255]
    assert "Transparent parts are shown on white." in read(data).notes


def test_white_may_be_zero():
    assert np.array_equal(read(as_tiff(LEVELS, photometric="miniswhite")).rgb[..., 0], 255 - NEAREST)
    eight = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
    assert np.array_equal(read(as_tiff(eight, photometric="miniswhite")).rgb[..., 0], 255 - eight)


def test_twelve_bits():
    tags = {256: (3, [2]), 257: (3, [1]), 258: (3, [12]), 259: (3, [1]), 262: (3, [1]), 277: (3, [1]), 278: (3, [1])}
    found = read(samples.tiff(tags, strip=bytes([0x80, 0x0F, 0xFF])))  # 2048, 4095
    assert found.rgb[0, :, 0].tolist() == [128, 255]
    assert found.notes == ("Its 12 bits per channel were scaled to 8.",)


def test_planes_of_sixteen_bits_are_refused_not_mixed_up():
    with pytest.raises(PictureError, match="interleaved"):
        read(as_tiff(np.ascontiguousarray(wide(3).transpose(2, 0, 1)), photometric="rgb", planarconfig="separate"))


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_floats_are_spread_over_their_finite_range(kind):
    values = np.array([[-2.0, 0.0, 2.0], [np.nan, np.inf, -np.inf]], kind)
    found = read(as_tiff(values))
    assert found.rgb[..., 0].tolist() == [[0, 128, 255], [0, 255, 0]]
    assert found.notes == ("Its numbers from -2 to 2 were spread over 0 to 255.",)


def test_floats_without_a_range():
    assert not read(as_tiff(np.full((2, 3), np.nan, np.float32))).rgb.any()
    assert not read(as_tiff(np.full((2, 3), 7, np.float32))).rgb.any()
    ends = np.array([[-3.4e38, 3.4e38]], np.float32)  # their difference is no float32
    assert read(as_tiff(ends)).rgb[0, :, 0].tolist() == [0, 255]


def test_float_colours():
    values = np.random.default_rng(1).random((5, 7, 3)).astype(np.float32)
    wanted = np.floor((values - values.min()) / (values.max() - values.min()) * 255 + 0.5)
    assert np.abs(read(as_tiff(values, photometric="rgb")).rgb - wanted).max() <= 1


def test_signed_and_wide_whole_numbers_are_spread():
    for kind in (np.int16, np.int32):
        found = read(as_tiff(np.array([[-100, 0, 100]], kind)))
        assert found.rgb[0, :, 0].tolist() == [0, 128, 255]
