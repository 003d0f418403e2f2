"""From a network's boxes to the candidates that are kept: what is dropped, counted and suppressed."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from tests import networks
from vision.core.boxes import iou
from vision.core.results_detect import DetectView
from vision.core.sift import detection, sift
from vision.tasks import detect


class Fixed:
    """A reader's answer put in directly."""

    def __init__(self, monkeypatch, xyxy, scores, classes=None, **more):
        from vision.models.raw import Raw

        count = len(scores)
        kinds = np.zeros(count, np.int64) if classes is None else np.array(classes)
        raw = Raw(np.array(xyxy, float).reshape(-1, 4), np.array(scores, float), kinds, np.arange(count), **more)
        monkeypatch.setattr(detect, "reader", lambda family: lambda *_: raw)

    def candidates(self, **options):
        card = SimpleNamespace(key="yolo", revision="0", family="yolo")
        net = SimpleNamespace(card=card, module=None, labels=("dog", "cat"), device=torch.device("cpu"))
        return detect.candidates(net, networks.picture(0, 50, 60), **options)


def test_what_is_not_finite_or_inside_out_is_dropped_and_counted(monkeypatch):
    nan, inf = float("nan"), float("inf")
    xyxy = [[0, 0, 9, 9], [0, 0, 9, 9], [0, nan, 9, 9], [0, 0, inf, 9], [5, 5, 5, 9], [9, 9, 3, 3]]
    found = Fixed(monkeypatch, xyxy, [nan, 0.9, 0.8, 0.7, 0.6, 0.5]).candidates()
    assert found.scores.tolist() == [0.9, 0.6]
    assert found.invalid == 4


def test_a_cap_drops_the_lowest_and_says_how_many(monkeypatch):
    scores = np.linspace(0.02, 1, 3000)
    found = Fixed(monkeypatch, np.tile([0, 0, 9, 9], (3000, 1)), scores, hidden=4).candidates()
    assert len(found.scores) == detect.CAP >= 1000
    assert found.capped == 504
    assert found.scores.min() > scores[499]


def test_candidates_are_best_first_and_equal_scores_keep_their_order(monkeypatch):
    found = Fixed(monkeypatch, [[0, 0, i + 1, 9] for i in range(4)], [0.5, 0.7, 0.5, 0.7]).candidates()
    assert found.sources.tolist() == [1, 3, 0, 2]


def test_one_proposal_of_two_classes_is_one_box_only_when_agnostic(monkeypatch):
    found = Fixed(monkeypatch, [[0, 0, 9, 9]] * 2, [0.9, 0.8], [0, 1]).candidates()
    assert sift(found, DetectView()).shown == [0, 1]
    assert sift(found, DetectView(agnostic=True)).shown == [0]
    assert sift(found, DetectView(agnostic=True, classes=(1,))).shown == [1]


def test_the_limit_cuts_after_suppression(monkeypatch):
    found = Fixed(monkeypatch, [[0, 0, 9, 9], [0, 0, 9, 8.9], [20, 0, 29, 9]], [0.9, 0.8, 0.7]).candidates()
    sifted = sift(found, DetectView(limit=2))
    assert sifted.shown == [0, 2]
    assert (sifted.counts.kept, sifted.counts.suppressed, sifted.counts.cut) == (2, 1, 0)


def test_the_counts_add_up_and_each_dead_box_names_its_killer(monkeypatch):
    random = np.random.default_rng(0)
    corner = random.uniform(0, 30, (200, 2))
    xyxy = np.hstack([corner, corner + random.uniform(3, 20, (200, 2))])
    found = Fixed(monkeypatch, xyxy, random.random(200), random.integers(0, 2, 200)).candidates()
    for view in (DetectView(), DetectView(0.1, 0.3, limit=5), DetectView(0.2, 0.4, soft=True), DetectView(0.2, classes=(1,))):
        answer = detection(found, view, candidates=True)
        counts = answer.counts
        assert counts.candidates == 200 == counts.others + counts.below + counts.suppressed + counts.cut + counts.kept
        assert counts.kept == len(answer.boxes) <= view.limit
        for one in answer.candidates:
            if one.by is not None:
                assert one.iou > view.iou
                assert one.iou == pytest.approx(iou(answer.boxes[one.by].xyxy, one.xyxy))
                assert answer.boxes[one.by].label == one.label
    assert detection(found, DetectView()).candidates is None


def test_no_candidate_at_all(monkeypatch):
    answer = detection(Fixed(monkeypatch, [], []).candidates(), DetectView(), candidates=True)
    assert (answer.boxes, answer.candidates, answer.counts.kept) == ((), (), 0)
