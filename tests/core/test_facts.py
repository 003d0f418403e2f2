"""What a map says, against plain loops over pixels."""

import numpy as np
import pytest

from vision.core import facts
from vision.core.words import say


@pytest.mark.parametrize("seen", [(0.0, 0.0, 90.0, 60.0), (15.0, 0.0, 75.0, 60.0), (-30.0, -30.0, 90.0, 90.0)])
def test_where_is_the_weight_by_area(seen):
    values = np.random.default_rng(0).random((6, 4))
    pixels = np.zeros((60, 90))  # every place as a flat rectangle, painted pixel by pixel
    for y in range(60):
        for x in range(90):
            row = int((y + 0.5 - seen[1]) / (seen[3] - seen[1]) * 6 // 1)
            column = int((x + 0.5 - seen[0]) / (seen[2] - seen[0]) * 4 // 1)
            if seen[0] <= x + 0.5 < seen[2] and seen[1] <= y + 0.5 < seen[3]:
                pixels[y, x] = values[row, column]
    ninths = pixels.reshape(3, 20, 3, 30).sum((1, 3))
    assert np.allclose(facts.where(values, seen, 90, 60), ninths.ravel() / ninths.sum(), atol=0.01)
    assert facts.where(values, seen, 90, 60).sum() == pytest.approx(1)


def test_each_ninth_has_its_sentence():
    for ninth, name in enumerate(facts.NINTHS):
        values = np.full((3, 3), 0.1)
        values.flat[ninth] = 5.0
        (key, holes), half = facts.read(values, (0.0, 0.0, 30.0, 30.0), 30, 30)
        assert key == f"explain.where_{name}"
        assert holes["share"] == "86 %"
        assert "86\u00a0%" in say(key, **holes)
        assert half == ("explain.half", {"count": "1", "total": "9", "share": "11 %"})
    assert facts.read(np.ones((6, 6)), (0.0, 0.0, 30.0, 30.0), 30, 30)[0][0] == "explain.where_even"
    assert facts.read(np.zeros((6, 6)), (0.0, 0.0, 30.0, 30.0), 30, 30) == []


def test_half_counts_the_fewest_places():
    assert facts.half(np.ones(10)) == 5
    assert facts.half(np.array([4.0, 3, 2, 1])) == 2
    assert facts.half(np.array([[0.0, 7.0]])) == 1


def test_reach_of_looking_at_oneself_and_at_everything():
    assert facts.reach(np.eye(17), 1, (4, 4), (64, 64)) == 0
    nowhere = np.zeros((17, 17))
    nowhere[:, 0] = 1.0  # everything goes to the class token
    assert facts.reach(nowhere, 1, (4, 4), (64, 64)) == 0
    right = np.roll(np.eye(4), 1, axis=1)[:3]
    one_row = np.vstack([right, np.zeros(4)])
    assert facts.reach(one_row, 0, (1, 4), (16, 64)) == pytest.approx(0.25)
    one_column = facts.reach(one_row, 0, (4, 1), (64, 16))
    assert one_column == pytest.approx(1.0)  # a place below is as far as the input is wide
    assert facts.depth(0.2, 0.5)[0] == "explain.reach_wider"
    assert facts.depth(0.5, 0.2)[0] == "explain.reach_narrower"
    assert facts.depth(0.5, 0.51) == ("explain.reach_same", {"near": "50 %", "far": "51 %"})
