"""The rules of suppression, one by one, and torchvision as the oracle away from ties."""

import numpy as np
import pytest

from vision.core import boxes


def cloud(seed, count=300, spread=150.0):
    random = np.random.default_rng(seed)
    corner, size = random.uniform(0, spread, (count, 2)), random.uniform(5, 80, (count, 2))
    return np.hstack([corner, corner + size]), random.permutation(count) / count, random.integers(0, 4, count)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("max_iou", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("agnostic", [False, True])
def test_keep_is_torchvision_away_from_ties(seed, max_iou, agnostic):
    import torch
    from torchvision.ops import nms

    xyxy, scores, classes = cloud(seed)
    expected = []
    for kind in [None] if agnostic else sorted(set(classes.tolist())):
        members = np.flatnonzero((classes == kind) | agnostic)
        members = members[scores[members] > 0.1]
        kept = nms(torch.from_numpy(xyxy[members]), torch.from_numpy(scores[members]), max_iou)
        expected += members[kept.numpy()].tolist()
    expected.sort(key=lambda i: -scores[i])
    assert boxes.keep(xyxy, scores, classes, min_score=0.1, max_iou=max_iou, agnostic=agnostic) == expected


def test_the_killer_is_kept_overlaps_more_than_allowed_and_is_the_best_such():
    xyxy, scores, classes = cloud(7)
    found = boxes.judge(xyxy, scores, classes, min_score=0.1, max_iou=0.4)
    kept = set(found.kept)
    dead = np.flatnonzero(found.by >= 0)
    assert len(dead) > 30
    for i in dead:
        rivals = [k for k in found.kept if classes[k] == classes[i] and scores[k] > scores[i] and boxes.iou(xyxy[k], xyxy[i]) > 0.4]
        assert found.by[i] == rivals[0]
        assert found.overlap[i] == boxes.iou(xyxy[rivals[0]], xyxy[i]) > 0.4
        assert i not in kept


@pytest.mark.parametrize("name", ["judge", "soft"])
def test_a_higher_score_threshold_is_a_filter_of_a_lower_one(name):
    """The widget judges once and only filters when the score slider moves: this is why it may."""
    xyxy, scores, classes = cloud(3)
    run = getattr(boxes, name)
    everything = run(xyxy, scores, classes, min_score=0.0, max_iou=0.3)
    for least in (0.05, 0.3, 0.6):
        fewer = run(xyxy, scores, classes, min_score=least, max_iou=0.3)
        assert fewer.kept == [i for i in everything.kept if everything.scores[i] > least]


def test_soft_against_the_paper_written_out():
    xyxy, scores, _ = cloud(5, 60)
    expected, pool = [], {i: float(s) for i, s in enumerate(scores) if s > 0.05}
    while pool and max(pool.values()) > 0.05:
        best = max(pool, key=lambda i: pool[i])
        expected.append((best, pool.pop(best)))
        for i in pool:
            overlap = boxes.iou(xyxy[best], xyxy[i])
            if overlap > 0.3:
                pool[i] *= 1 - overlap
    found = boxes.soft(xyxy, scores, np.zeros(60), min_score=0.05, max_iou=0.3)
    assert [(i, found.scores[i]) for i in found.kept] == expected
    assert len(found.kept) > len(boxes.keep(xyxy, scores, np.zeros(60), min_score=0.05, max_iou=0.3))


def test_two_empty_boxes_both_survive_as_in_torchvision():
    import torch
    from torchvision.ops import nms

    empty = [[3.0, 3, 3, 3], [3, 3, 3, 3]]
    assert nms(torch.tensor(empty), torch.tensor([0.9, 0.8]), 0.0).tolist() == [0, 1]
    assert boxes.keep(empty, [0.9, 0.8], [0, 0], min_score=0.0, max_iou=0.0) == [0, 1]


def test_a_nan_score_is_not_finite_and_never_kept():
    xyxy = np.array([[0, 0, 9, 9], [0, 0, 9, 9], [0, 0, np.inf, 9]], np.float64)
    scores = np.array([np.nan, 0.9, 0.95])
    assert boxes.finite(xyxy, scores).tolist() == [False, True, False]
    assert boxes.keep(xyxy[:2], scores[:2], [0, 0], min_score=0.5, max_iou=0.5) == [1]


def test_no_box_at_all():
    for run in (boxes.judge, boxes.soft):
        assert run([], [], [], min_score=0.5, max_iou=0.5).kept == []
