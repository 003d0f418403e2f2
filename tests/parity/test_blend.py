"""Python and JavaScript mix identically: whole tables, light curves and placed pictures are the same bytes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.core import blend, place

share = st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 1.0]) | st.floats(0, 1)


def test_the_curve_is_the_same_integers(twin):
    for value in np.linspace(0, 1, 300).tolist():
        assert twin("blend.js", "linear", value) == pytest.approx(blend.linear(value), abs=1e-15)
        assert twin("blend.js", "srgb", value) == pytest.approx(blend.srgb(value), abs=1e-15)


@pytest.mark.parametrize("light", blend.LIGHTS)
@pytest.mark.parametrize("mode", blend.MODES)
def test_all_pairs_of_levels(twin, mode, light):
    for part in (0.0, 0.3, 0.5, 1.0):
        assert twin("blend.js", "table", mode, light, part) == blend.table(mode, light, part).ravel().tolist()


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(list(blend.MODES)), st.sampled_from(blend.LIGHTS), share)
def test_any_share(twin, mode, light, part):
    assert twin("blend.js", "table", mode, light, part) == blend.table(mode, light, part).ravel().tolist()


def rgba(rgb):
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)]).ravel().tolist()


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, 2**32 - 1), st.tuples(*[st.integers(1, 9)] * 4),
    st.sampled_from([0.0, 0.25, -0.5, 1.0]) | st.floats(-2, 2), st.sampled_from([0.0]) | st.floats(-2, 2),
    st.sampled_from([1.0, 0.5, 2.0]) | st.floats(0.1, 10), st.sampled_from([0.0, 90.0, -180.0, 45.0]) | st.floats(-360, 360),
)  # fmt: skip
def test_placed_pictures(twin, seed, sizes, dx, dy, scale, turn):
    width, height, wide, tall = sizes
    rgb = np.random.default_rng(seed).integers(0, 256, (tall, wide, 3), np.uint8)
    left, top = (width - wide) // 2, (height - tall) // 2
    move = place.Move(dx, dy, scale, turn)
    matrix = place.affine((width, height), (wide, tall), left, top, move)
    there = twin("place.js", "affine", [width, height], [wide, tall], left, top, vars(move))
    assert there == list(matrix)
    out, covered = place.place(rgb, matrix, (width, height))
    found = twin("place.js", "place", rgba(rgb), [wide, tall], list(matrix), [width, height])
    assert found["covered"] == covered.ravel().astype(int).tolist()
    assert found["out"] == rgba(out)


def test_blended_pictures(twin):
    random = np.random.default_rng(0)
    a, b = random.integers(0, 256, (2, 5, 7, 3), np.uint8)
    tables = [blend.table("soft-light", "linear", part) for part in (0.2, 0.5, 0.9)]
    there = twin("blend.js", "blend", rgba(a), rgba(b), [one.ravel().tolist() for one in tables])
    assert there == rgba(blend.blend(a, b, tables))
