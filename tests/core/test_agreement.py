"""Agreement of two maps against SciPy's rank correlation."""

import numpy as np
import pytest
from scipy.stats import rankdata, spearmanr

from vision.core import agreement
from vision.core.words import say


@pytest.mark.parametrize("levels", [3, 1000])
def test_correlation_is_scipys(levels):
    random = np.random.default_rng(levels)
    a = random.integers(0, levels, (24, 24)).astype(float)
    b = a + random.normal(size=a.shape) * levels / 2
    assert np.array_equal(agreement.ranks(a), 2 * rankdata(a.ravel()))
    assert agreement.correlate(a, b) == pytest.approx(spearmanr(a.ravel(), b.ravel()).statistic, abs=1e-12)
    assert agreement.correlate(a, np.ones_like(a)) is None


def test_a_map_agrees_with_itself_and_with_its_stretching():
    grid = np.random.default_rng(0).random((7, 7))
    seen = (0.0, 10.0, 70.0, 80.0)
    assert agreement.compare(grid, seen, 4 * grid, seen, 70, 90) == agreement.Agreement(1.0, 1.0)
    opposed = agreement.compare(grid, seen, grid.max() - grid, seen, 70, 90)
    assert opposed.rank == -1.0
    assert agreement.words(opposed)[0] == "explain.agree_opposed"


def test_only_what_both_saw_counts():
    gradient = np.tile(np.arange(10.0), (10, 1))
    left, right = (0.0, 0.0, 60.0, 40.0), (40.0, 0.0, 100.0, 40.0)
    same = agreement.compare(gradient, left, gradient, right, 100, 40)
    assert same.rank > 0.99  # not 1: towards its edges each map goes on as it is
    assert agreement.compare(gradient, left, gradient, (60.0, 0.0, 100.0, 40.0), 100, 40) is None
    assert agreement.compare(gradient, left, np.zeros((3, 3)), left, 100, 40) is None
    assert agreement.compare(gradient, (-50.0, 0.0, 0.0, 40.0), gradient, (-50.0, 0.0, 0.0, 40.0), 100, 40) is None


def test_overlap_counts_no_place_without_weight():
    a = np.zeros(20)
    a[[3, 7]] = 1.0
    b = np.arange(20.0)
    assert agreement.strongest(b).tolist() == [19, 18, 17, 16]
    assert agreement.strongest(a).tolist() == [3, 7]
    assert agreement.overlap(a, b) == 0.0
    b[[3, 7]] = 100.0
    assert agreement.overlap(a, b) == 0.5


def test_random_maps_share_a_fifth_by_chance():
    random = np.random.default_rng(1)
    shares = [agreement.overlap(random.random(576), random.random(576)) for _ in range(200)]
    assert np.mean(shares) == pytest.approx(0.2, abs=0.01)


@pytest.mark.parametrize(("rank", "level"), [(0.6, "much"), (0.2, "some"), (0.0, "none"), (-0.2, "opposed")])
def test_words_of_each_level(rank, level):
    key, holes = agreement.words(agreement.Agreement(rank, 0.345))
    assert key == f"explain.agree_{level}"
    assert "35\u00a0%" in say(key, **holes)
    assert say(*agreement.words(None)[:1])
