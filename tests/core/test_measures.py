"""Figures of a fusion: known values, small pictures, and scikit-learn's mutual information as the oracle."""

import numpy as np
import pytest

from vision.core.measures import measure, shared, ssim


def noise(height, width, seed):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def test_a_picture_with_itself():
    a, b = noise(32, 32, 0), noise(32, 32, 1)
    found = measure(a, b, a)
    assert found.ssim_a == pytest.approx(1)
    assert abs(found.ssim_b) < 0.1
    assert measure(b * 0, b * 0, b * 0).entropy == 0


@pytest.mark.parametrize(("size", "known"), [((1, 1), False), ((2, 50), False), ((3, 3), True), ((6, 40), True)])
def test_small_pictures(size, known):
    a = noise(*size, 0)
    found = measure(a, a, a)
    assert (found.ssim_a is not None) is known
    assert found.ssim_a is None or found.ssim_a == pytest.approx(1)


def test_data_range_is_that_of_bytes():
    dim = np.random.default_rng(0).integers(100, 103, (20, 20)).astype(np.uint8)
    assert ssim(dim, dim[::-1].copy()) > 0.9  # guessed from the values the range would be 2 and the answer near 0


def test_mutual_information_against_another_library():
    from sklearn.metrics import mutual_info_score

    a = np.random.default_rng(0).integers(0, 30, (40, 40)).astype(np.uint8)
    b = np.clip(a.astype(int) + np.random.default_rng(1).integers(-3, 4, a.shape), 0, 255).astype(np.uint8)
    assert shared(a, b) == pytest.approx(mutual_info_score(a.ravel(), b.ravel()) / np.log(2), abs=1e-9)
