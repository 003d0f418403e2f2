"""The figures of a detector: right answers are 1, crowds and foreign names count as said."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from vision.core.results_detect import Candidates
from vision.train.data import Boxes
from vision.train.evaluate_detector import evaluate_detector, written


class Pictures:
    """Four pictures with a dog each; the last one also has a crowd of cats."""

    names = ("dog", "cat")

    def split(self, which):
        return np.arange(4)

    def raw(self, i):
        out = io.BytesIO()
        Image.new("RGB", (100, 80), (10 * i, 0, 0)).save(out, "PNG")
        return out.getvalue()

    def boxes(self, i):
        xyxy = [[10 + i, 10, 40, 50]] + ([[50, 10, 90, 70]] if i == 3 else [])
        return Boxes(np.array(xyxy, np.float32), np.array([0, 1][: len(xyxy)]), np.array([0, 1][: len(xyxy)], np.uint8))


def look(rows):
    """A detector that answers (label, score, box) for the picture of a name."""

    def answer(picture):
        found = sorted(rows(int(picture.name)), key=lambda row: -row[1])
        return Candidates(
            model="m",
            revision="",
            device="cpu",
            ms=0.0,
            picture=picture.facts,
            xyxy=np.array([box for *_, box in found], float).reshape(-1, 4),
            scores=np.array([score for _, score, _ in found], float),
            classes=np.array([["cat", "dog", "sofa"].index(label) for label, *_ in found], np.int64),
            sources=np.arange(len(found)),
            proposals=None,
            objectness=None,
            names=("cat", "dog", "sofa"),
        )

    return answer


def dog(i, score=0.9):
    return ("dog", score, [10 + i, 10, 40, 50])


def test_right_boxes_are_one_and_names_meet_though_their_order_differs():
    figures = evaluate_detector(look(lambda i: [dog(i), ("sofa", 0.99, [0, 0, 9, 9])]), Pictures())
    assert figures["ap50"] == pytest.approx(1)
    assert figures["ap"] == pytest.approx(1)
    assert figures["classes"] == {"dog": pytest.approx(1)}
    assert figures["pictures"] == 4


def test_boxes_on_a_crowd_are_neither_right_nor_wrong():
    figures = evaluate_detector(look(lambda i: [dog(i), *([("cat", 0.95, [55, 15, 80, 60])] if i == 3 else [])]), Pictures())
    assert figures["ap50"] == pytest.approx(1)


def test_a_better_wrong_box_costs():
    figures = evaluate_detector(look(lambda i: [dog(i, 0.5), ("dog", 0.9, [60, 60, 90, 79])]), Pictures())
    assert figures["ap50"] == pytest.approx(0.5, abs=0.01)


def test_nothing_found_is_nothing():
    assert evaluate_detector(look(lambda i: []), Pictures())["ap50"] == 0


def test_some_pictures_are_spread_over_the_set():
    seen = []

    def one(picture):
        seen.append(int(picture.name))
        return look(lambda i: [dog(i)])(picture)

    evaluate_detector(one, Pictures(), pictures=2)
    assert seen == [0, 3]


def test_only_the_named_classes_are_judged():
    blind = look(lambda i: [dog(i)] if i < 3 else [])
    assert set(evaluate_detector(blind, Pictures(), names=("dog", "sofa"))["classes"]) == {"dog"}
    assert evaluate_detector(look(lambda i: [dog(i)]), Pictures(), names=("dog",))["ap50"] == pytest.approx(1)


def test_curves_fall_where_the_wrong_boxes_are_and_are_drawn(tmp_path):
    """Two dogs of four are found, a wrong box between them: precision 1 to a recall of 0.25, 2/3 to 0.5, then 0."""

    def rows(i):
        return {0: [dog(0, 0.9)], 1: [("dog", 0.8, [60, 60, 90, 79]), dog(1, 0.7)]}.get(i, [])

    found = evaluate_detector(look(rows), Pictures(), names=("dog",))
    curve = found["curves"]["dog"]
    assert curve[:26] == pytest.approx([1] * 26) and curve[26:51] == pytest.approx([2 / 3] * 25) and curve[51:] == pytest.approx([0] * 50)
    assert found["classes"]["dog"] == pytest.approx(np.mean(curve))
    written(found, tmp_path / "new")
    assert json.loads((tmp_path / "new" / "report.json").read_text())["classes"] == found["classes"]
    with Image.open(tmp_path / "new" / "precision_recall.png") as picture:
        assert picture.size == (1080, 720)
    written(evaluate_detector(look(lambda i: []), Pictures()), tmp_path)  # nothing found: axes without a curve
    assert (tmp_path / "precision_recall.png").is_file()
