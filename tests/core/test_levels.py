"""Depths and transparency, over all values there are."""

import numpy as np

from vision.core.levels import eight_bits, on_white, spread, strips


def test_every_value_of_every_depth_goes_to_the_nearest_level():
    for depth in (9, 10, 12, 14, 16):
        values = np.arange(1 << depth, dtype=np.uint16)
        share = values / ((1 << depth) - 1) * 255
        assert np.abs(eight_bits(values, depth) - share).max() <= 0.5
        assert eight_bits(values, depth)[[0, -1]].tolist() == [0, 255]
    assert np.array_equal(eight_bits(np.arange(256, dtype=np.uint16) * 257), np.arange(256))


def test_every_colour_at_every_alpha():
    colour, alpha = (np.ascontiguousarray(side) for side in np.meshgrid(np.arange(256, dtype=np.uint8), np.arange(256, dtype=np.uint8)))
    found = on_white(np.repeat(colour[..., None], 3, 2), alpha)
    wanted = np.rint((colour * (alpha / 255.0)) + 255 * (1 - alpha / 255.0))
    assert np.array_equal(found, np.repeat(wanted[..., None], 3, 2))


def test_strips_cover_every_row_once():
    for height, width in ((1, 1), (5, 3_000_000), (3000, 4000), (20_000, 1)):
        rows = [row for one in strips(height, width) for row in range(height)[one]]
        assert rows == list(range(height))


def test_a_range_is_that_of_the_whole_picture_not_of_a_strip(monkeypatch):
    monkeypatch.setattr("vision.core.levels.STRIP", 4)
    values = np.arange(64, dtype=np.float32).reshape(16, 4)
    found, low, high = spread(values)
    assert (low, high) == (0, 63)
    assert np.array_equal(found, np.floor(values / 63 * 255 + 0.5))
