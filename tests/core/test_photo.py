"""Poisson cloning stays where it is put, exposures stay in range, the guided filter against a direct sum."""

import cv2
import numpy as np
import pytest

from vision.core import mask, photo


def picture(height, width, seed=0):
    return cv2.GaussianBlur(np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8), (0, 0), 2)


def share(height, width, box):
    found = np.ones((height, width), np.float32)
    found[box[1] : box[3], box[0] : box[2]] = 0
    return found


@pytest.mark.parametrize("box", [(10, 12, 31, 40), (10, 12, 30, 41), (0, 0, 20, 20), (40, 30, 64, 50), (0, 0, 64, 50), (5, 0, 6, 1)])
def test_cloning_onto_itself_is_the_identity(box):
    a = picture(50, 64)
    found = photo.clone(a, a, share(50, 64, box), "normal")
    assert np.abs(found.astype(int) - a).max() <= 1


@pytest.mark.parametrize("size", [(1, 1), (1, 30), (2, 2), (5, 3), (67, 33)])
def test_cloning_any_size(size):
    a, b = picture(*size, 1), picture(*size, 2)
    for kind in photo.CLONES:
        assert photo.clone(a, b, np.zeros(size, np.float32), kind).shape == a.shape
        assert (photo.clone(a, b, np.ones(size, np.float32), kind) == a).all()


def test_a_clone_keeps_gradients_and_takes_the_colour_around():
    ramp = np.tile(np.arange(60, dtype=np.uint8)[None, :, None], (60, 1, 3))
    a = np.full_like(ramp, 120)
    found = photo.clone(a, ramp + 50, share(60, 60, (15, 15, 45, 45)), "normal").astype(int)
    assert (found[:12] == a[:12]).all()  # outside nothing changes
    inner = found[30, 25:35, 0]
    assert (np.diff(inner) >= 0).all() and inner[-1] > inner[0]  # the ramp goes on, offset aside
    assert abs(int(found[30, 30, 0]) - 120) < 12


def test_mertens_is_clipped_not_wrapped():
    a, b = picture(40, 40, 5), picture(40, 40, 6)
    stark_a, stark_b = ((p > 127).astype(np.uint8) * 255 for p in (a, b))
    raw = cv2.createMergeMertens(1, 1, 0).process([stark_a, stark_b])
    assert raw.min() < 0 or raw.max() > 1  # the trap is real on these
    found = photo.expose(stark_a, stark_b, 1, 1, 0)
    exact = np.clip(np.rint(np.nan_to_num(raw.astype(float)) * 255), 0, 255)
    assert (found == exact).all()
    assert np.abs(photo.expose(a, a, 1, 1, 1).astype(int) - a).max() <= 1
    assert photo.expose(a[:1, :1], b[:1, :1], 1, 1, 1).shape == (1, 1, 3)


def test_guided_filter_on_paper():
    random = np.random.default_rng(0)
    values, guide = random.random((2, 12, 12)).astype(np.float32)
    found = photo.guided(values, guide, 1, 0.01)

    def line(y, x):
        v, g = values[y - 1 : y + 2, x - 1 : x + 2].ravel(), guide[y - 1 : y + 2, x - 1 : x + 2].ravel()
        slope = (np.mean(g * v) - g.mean() * v.mean()) / (g.var() + 0.01)
        return slope, v.mean() - slope * g.mean()

    lines = np.array([line(y, x) for y in range(4, 7) for x in range(4, 7)])
    assert found[5, 5] == pytest.approx(lines[:, 0].mean() * guide[5, 5] + lines[:, 1].mean(), abs=1e-4)


def test_masks_meet_clones():
    a, b = picture(60, 80, 1), picture(60, 80, 2)
    found = photo.clone(a, b, mask.oval((80, 60), 0.5), "mixed")
    assert (found[0] == a[0]).all() and (found[30, 40] != a[30, 40]).any()
