"""Latent space: ends exact, no NaN where a circle is undefined, the shell against a sample, one stream per picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.core import latent


@given(st.integers(0, 2**31), st.floats(0, 1))
def test_slerp_stays_on_the_sphere(seed, t):
    a, b = (one / np.linalg.norm(one) for one in np.random.default_rng(seed).standard_normal((2, 16)))
    found = latent.slerp(a, b, t)
    assert np.linalg.norm(found) == pytest.approx(1, abs=1e-9)
    angle = np.arccos(np.clip(a @ b, -1, 1))
    assert np.arccos(np.clip(a @ found, -1, 1)) == pytest.approx(t * angle, abs=1e-6)  # constant speed


@pytest.mark.parametrize(("a", "b"), [
    ([1.0, 2.0], [1.0, 2.0]), ([1.0, 2.0], [2.0, 4.0]), ([1.0, 2.0], [-1.0, -2.0]), ([0.0, 0.0], [1.0, 0.0]), ([0.0, 0.0], [0.0, 0.0]),
    ([1.0, 0.0], [1.0, 1e-9]), ([1.0, 0.0], [-1.0, 1e-9]),
])  # fmt: skip
def test_no_circle_no_nan(a, b):
    for t in (0.0, 0.3, 0.5, 1.0):
        found = latent.slerp(a, b, t)
        assert np.isfinite(found).all()
        np.testing.assert_allclose(found, (1 - t) * np.array(a) + t * np.array(b), atol=1e-6)
    assert (latent.slerp(a, b, 0.0) == a).all() and (latent.slerp(a, b, 1.0) == b).all()


def test_a_straight_walk_would_leave_the_shell():
    a, b = latent.draw(0, 0, 64), latent.draw(0, 1, 64)
    mean, spread = latent.shell(64)
    assert np.linalg.norm((a + b) / 2) < mean - 3 * spread
    assert abs(np.linalg.norm(latent.slerp(a, b, 0.5)) - mean) < 3 * spread


def test_the_shell_is_where_latents_are():
    norms = [np.linalg.norm(latent.draw(7, index, 64)) for index in range(4000)]
    mean, spread = latent.shell(64)
    assert np.mean(norms) == pytest.approx(mean, abs=0.05) and np.std(norms) == pytest.approx(spread, abs=0.03)


def test_draws_are_pinned():
    """These numbers are in every shared address; they must never change."""
    np.testing.assert_allclose(latent.draw(0, 0, 3), [0.1257302210933933, -0.1321048632913019, 0.6404226504432821], atol=0)
    assert (latent.draw(3, 5, 8)[:4] == latent.draw(3, 5, 4)).all()


def test_slide_truncate_path():
    ways = np.eye(3)[:2]
    assert latent.slide([1.0, 1.0, 1.0], ways, [0.5]).tolist() == [1.5, 1.0, 1.0]
    assert latent.truncate([2.0, -4.0], 0.5).tolist() == [1.0, -2.0]
    stops = [latent.draw(0, index, 8) for index in range(3)]
    frames = latent.path(stops, 9)
    assert (frames[0] == stops[0]).all() and (frames[4] == stops[1]).all() and (frames[8] == stops[2]).all()
    assert len(latent.path(stops[:1], 5)) == 5
