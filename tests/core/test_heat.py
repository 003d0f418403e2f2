"""Maps on the picture: OpenCV's bilinear resizing and matplotlib's colours as oracles; a one-hot cell lands on its own patch."""

import cv2
import matplotlib
import numpy as np
import pytest

from vision.core import heat

LANDSCAPE = ((80.0, 0.0, 560.0, 480.0), 640, 480, 14, 14)
PORTRAIT = ((0.0, 80.5, 300.0, 380.5), 300, 461, 7, 7)
SQUASHED = ((0.0, 0.0, 640.0, 211.0), 640, 211, 16, 16)
BORDERED = ((-70.0, 0.0, 370.0, 440.0), 300, 440, 10, 10)
ODD = ((3.3, 8.9, 250.1, 190.7), 256, 200, 7, 13)
CASES = [LANDSCAPE, PORTRAIT, SQUASHED, BORDERED, ODD]


@pytest.mark.parametrize(("seen", "width", "height", "rows", "columns"), CASES, ids=["landscape", "portrait", "squash", "border", "odd"])
def test_a_one_hot_cell_lands_on_its_own_patch(seen, width, height, rows, columns):
    x0, y0, _, _ = heat.window(seen, width, height)
    for cell in range(0, rows * columns, 5):
        row, column = divmod(cell, columns)
        centre_x = seen[0] + (column + 0.5) / columns * (seen[2] - seen[0])
        centre_y = seen[1] + (row + 0.5) / rows * (seen[3] - seen[1])
        if not (1 < centre_x < width - 1 and 1 < centre_y < height - 1):
            continue  # in the border that was only padding
        grid = np.zeros((rows, columns))
        grid[row, column] = 1.0
        values = heat.place(grid, seen, width, height)
        peak = np.argwhere(values == values.max()).mean(0) + np.array([y0 + 0.5, x0 + 0.5])
        if 0 < row < rows - 1 and 0 < column < columns - 1:
            assert abs(peak[1] - centre_x) <= 1
            assert abs(peak[0] - centre_y) <= 1
        assert values.max() > 0.8
        inside = values[int(centre_y) - y0, int(centre_x) - x0]
        assert inside > 0.8


def test_placing_is_bilinear_resizing_without_a_half_cell_shift():
    grid = np.random.default_rng(0).random((7, 9))
    here = heat.place(grid, (0, 0, 90, 70), 90, 70)
    assert np.allclose(here, cv2.resize(grid, (90, 70), interpolation=cv2.INTER_LINEAR), atol=1e-6)
    inside = heat.place(grid, (10, 5, 100, 75), 120, 80)
    assert np.array_equal(inside, here)


def test_a_seen_part_beyond_the_picture_is_cut_and_not_moved():
    grid = np.random.default_rng(1).random((4, 4))
    whole = heat.place(grid, (0, 0, 40, 40), 40, 40)
    assert np.allclose(heat.place(grid, (-10, -20, 30, 20), 35, 15), whole[20:35, 10:40])


def test_one_place_and_one_pixel():
    assert heat.place(np.array([[0.3]]), (0, 0, 1, 1), 1, 1).tolist() == [[0.3]]
    assert heat.place(np.array([[0.3]]), (2, 2, 5, 5), 9, 9).tolist() == [[0.3] * 3] * 3


def test_constant_and_broken_values_have_no_range():
    assert not heat.spread(np.full((2, 2), 4.0), 4.0, 4.0).any()
    assert not heat.spread(np.zeros((2, 2)), 0.0, 0.0).any()
    assert not heat.spread(np.ones((2, 2)), float("nan"), 1.0).any()
    assert heat.spread(np.array([np.nan, np.inf, -np.inf]), 0.0, 1.0).tolist() == [0, 1, 0]
    assert heat.relative(np.zeros(3)).tolist() == [0, 0, 0]
    assert heat.tint(np.array([np.nan]), heat.tables()["viridis"]).tolist() == [[68, 1, 84]]


@pytest.mark.parametrize("name", ["viridis", "inferno"])
def test_the_tables_are_matplotlibs(name):
    colours = np.array(matplotlib.colormaps[name].colors) * 255
    assert heat.tables()[name].shape == (256, 3)
    assert np.abs(heat.tables()[name] - colours).max() <= 0.5


def test_overlay_is_the_written_division_for_every_level():
    over, under = np.meshgrid(np.arange(256, dtype=np.uint8), np.arange(256, dtype=np.uint8))
    for alpha in range(256):
        exact = (over.astype(int) * alpha + under.astype(int) * (255 - alpha) + 127) // 255
        assert np.array_equal(heat.overlay(over, under, alpha), exact)


def test_compose_is_its_parts():
    random = np.random.default_rng(2)
    rgb = random.integers(0, 256, (150, 90, 3)).astype(np.uint8)
    grid, seen, table = random.random((5, 6)), (10.0, 20.4, 80.0, 131.0), heat.tables()["inferno"]
    out = heat.compose(rgb, grid, seen, table, 160)
    x0, y0, x1, y1 = heat.window(seen, 90, 150)
    inside = heat.overlay(heat.tint(heat.place(grid, seen, 90, 150), table), rgb[y0:y1, x0:x1], 160)
    expected = heat.overlay(0, rgb, heat.DIM)
    expected[y0:y1, x0:x1] = inside
    assert np.array_equal(out, expected)
    assert np.array_equal(heat.compose(rgb, grid, (0, 0, 90, 150), table, 0), rgb)
    away = heat.compose(rgb, grid, (900.0, 900.0, 950.0, 950.0), table, 160)
    assert np.array_equal(away, heat.overlay(0, rgb, heat.DIM))
