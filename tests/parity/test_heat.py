"""Python and JavaScript draw the same map: values and pixels equal, not nearly."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.core import heat

number = st.floats(-2, 3) | st.sampled_from([0.0, 0.5, 1.0, 127.5 / 255, 1 / 510])
side = st.integers(1, 24)


@st.composite
def placings(draw):
    """A grid, the part that was seen (also beyond the picture, also less than a pixel), and the size of the picture."""
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    grid = draw(st.lists(number, min_size=rows * columns, max_size=rows * columns))
    edge = st.integers(-8, 30).map(float) | st.floats(-8, 30) | st.integers(-16, 60).map(lambda v: v / 2)
    size = st.integers(1, 40).map(float) | st.floats(0.01, 40)
    left, top = draw(edge), draw(edge)
    return np.array(grid).reshape(rows, columns), (left, top, left + draw(size), top + draw(size)), draw(side), draw(side)


def flat(array):
    return np.asarray(array).ravel().tolist()


@settings(max_examples=2000, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=64), min_size=1, max_size=20), number, number)
def test_spread(twin, values, low, high):
    with np.errstate(over="ignore", invalid="ignore"):
        assert heat.spread(np.array(values), low, high).tolist() == twin("heat.js", "spread", values, low, high)


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=40))
def test_relative(twin, values):
    assert heat.relative(np.array(values)).tolist() == twin("heat.js", "relative", values)


@settings(max_examples=2000, deadline=None)
@given(placings())
def test_place(twin, placing):
    grid, seen, width, height = placing
    assert heat.window(seen, width, height) == tuple(twin("heat.js", "window", seen, width, height))
    here = heat.place(grid, seen, width, height)
    assert flat(here) == twin("heat.js", "place", flat(grid), *grid.shape, seen, width, height)


@settings(max_examples=2000, deadline=None)
@given(st.lists(number, max_size=40), st.sampled_from(["viridis", "inferno"]))
def test_tint(twin, values, name):
    table = heat.tables()[name]
    assert flat(heat.tint(np.array(values, float), table)) == twin("heat.js", "tint", values, flat(table))


def test_tint_just_below_and_above_each_step(twin):
    values = [f(step / 510) for step in range(511) for f in (lambda v: v, lambda v: math.nextafter(v, 0), lambda v: math.nextafter(v, 1))]
    table = heat.tables()["viridis"]
    assert flat(heat.tint(np.array(values), table)) == twin("heat.js", "tint", values, flat(table))


@settings(max_examples=1000, deadline=None)
@given(placings(), st.booleans(), st.integers(0, 2**32), st.integers(0, 255), st.integers(0, 255), st.sampled_from(["viridis", "inferno"]))
def test_compose(twin, placing, clipped, seed, alpha, dim, name):
    grid, seen, width, height = placing
    grid = np.clip(grid, 0, 1) if clipped else grid
    rgba = np.random.default_rng(seed).integers(0, 256, (height, width, 4)).astype(np.uint8)
    table = heat.tables()[name]
    here = np.dstack([heat.compose(rgba[..., :3], grid, seen, table, alpha, dim), rgba[..., 3]])
    there = twin("heat.js", "compose", flat(rgba), width, height, flat(grid), *grid.shape, seen, flat(table), alpha, dim)
    assert flat(here) == there
