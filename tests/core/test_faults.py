"""Average precision of many pictures against pycocotools and faster-coco-eval, and TIDE's kinds of error against rules written out."""

import io
from contextlib import redirect_stdout

import faster_coco_eval
import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from tests.core.test_truth import CLASSES, corners, scene
from vision.core.boxes import iou
from vision.core.faults import Marked, faults, matched, precision
from vision.core.figures import KINDS


def marked(truth, found):
    """Build a picture from [(xyxy, class, crowd)] and [(xyxy, class, score)], best first."""
    return Marked(
        np.array([row[0] for row in truth], np.float64).reshape(-1, 4), np.array([row[1] for row in truth], np.int64),
        np.array([row[2] for row in truth], bool),
        np.array([row[0] for row in found], np.float64).reshape(-1, 4), np.array([row[1] for row in found], np.int64),
        np.array([row[2] for row in found], np.float64),
    )  # fmt: skip


def pictures(data, found):
    for image in data["images"]:
        real = [row for row in data["annotations"] if row["image_id"] == image["id"]]
        seen = sorted((row for row in found if row["image_id"] == image["id"]), key=lambda row: -row["score"])
        kinds = [[row["category_id"] - 1 for row in rows] for rows in (real, seen)]
        crowd = [bool(row["iscrowd"]) for row in real]
        yield marked(list(zip(corners(real), kinds[0], crowd, strict=True)),
                     list(zip(corners(seen), kinds[1], [row["score"] for row in seen], strict=True)))  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("coco", "judge"), [(COCO, COCOeval), (faster_coco_eval.COCO, faster_coco_eval.COCOeval_faster)])
def test_average_precision_is_that_of_the_fields_own_tools(seed, coco, judge):
    data, found = scene(seed, pictures=40)
    with redirect_stdout(io.StringIO()):
        real = coco()
        real.dataset = data
        real.createIndex()
        theirs = judge(real, real.loadRes(found), "bbox")
        theirs.evaluate()
        theirs.accumulate()
    table = theirs.eval["precision"][..., 0, -1]  # [ious, recalls, classes]
    ours = precision([matched(one) for one in pictures(data, found)], [str(kind) for kind in range(CLASSES)])
    assert ours.ap == pytest.approx(table.mean(), abs=1e-9) and ours.ap50 == pytest.approx(table[0].mean(), abs=1e-9)
    assert [row.ap for row in ours.classes] == pytest.approx(table.mean((0, 1)).tolist(), abs=1e-9)
    assert ours.boxes == sum(not row["iscrowd"] for row in data["annotations"])


def test_only_a_hundred_boxes_of_a_class_count():
    noise = [([50 + at, 50, 60 + at, 60], 0, 0.9 - at / 1000) for at in range(100)]
    late = marked([([0, 0, 10, 10], 0, False)], [*noise, ([0, 0, 10, 10], 0, 0.1)])
    assert precision([matched(late)], ["thing"]).ap == 0
    early = marked([([0, 0, 10, 10], 0, False)], [*noise[:99], ([0, 0, 10, 10], 0, 0.1)])
    assert precision([matched(early)], ["thing"]).ap == pytest.approx(0.01)


def kinds_by_rule(one, least):
    """Judge false boxes of a picture without crowds by the words of the paper, box by box."""
    partner, taken = {}, set()
    for at in range(len(one.scores)):
        if one.scores[at] <= least:
            continue
        fits = [
            (iou(one.xyxy[at], box), t) for t, box in enumerate(one.truth) if one.truth_classes[t] == one.classes[at] and t not in taken
        ]
        best = max(fits, default=(0, -1))
        if best[0] >= 0.5:
            partner[at] = best[1]
            taken.add(best[1])
    kinds, covered = [], set(taken)
    for at in range(len(one.scores)):
        if one.scores[at] <= least:
            continue
        if at in partner:
            kinds.append("")
            continue
        own = [(iou(one.xyxy[at], box), t) for t, box in enumerate(one.truth) if one.truth_classes[t] == one.classes[at]]
        other = [(iou(one.xyxy[at], box), t) for t, box in enumerate(one.truth) if one.truth_classes[t] != one.classes[at]]
        own_best, other_best = max(own, default=(0.0, -1)), max(other, default=(0.0, -1))
        if 0.1 <= own_best[0] < 0.5:
            kinds.append("localisation")
            covered.add(own_best[1])
        elif other_best[0] >= 0.5:
            kinds.append("classification")
            covered.add(other_best[1])
        elif own_best[0] >= 0.5:
            kinds.append("duplicate")
        else:
            kinds.append("both" if max(own_best[0], other_best[0]) > 0.1 else "background")
    return kinds, sorted(set(range(len(one.truth))) - covered)


@pytest.mark.parametrize("least", [0.0, 0.4])
def test_every_mistake_has_the_kind_that_the_paper_gives_it(least):
    met = set()
    for seed in range(6):
        data, found = scene(seed, pictures=15)
        for row in data["annotations"]:
            row["iscrowd"] = 0
        for row in found[::5]:
            row["category_id"] = row["category_id"] % CLASSES + 1  # more wrong names than by chance
        for one in pictures(data, found):
            got = faults(one, least)
            assert (list(got.kinds), list(got.missed)) == kinds_by_rule(one, least)
            met |= {*got.kinds, *(["missed"] if got.missed else [])}
    assert met == {"", "missed", *KINDS}


TRUTH = [([0, 0, 10, 10], 0, False), ([50, 50, 60, 60], 1, False), ([80, 0, 100, 20], 0, True)]


@pytest.mark.parametrize(
    ("found", "kinds", "missed"),
    [
        ([], (), (0, 1)),
        ([([0, 0, 10, 10], 0, 0.9), ([50, 50, 60, 60], 1, 0.8)], ("", ""), ()),
        ([([0, 0, 10, 10], 0, 0.9), ([0, 0, 10, 9], 0, 0.8)], ("", "duplicate"), (1,)),
        ([([0, 0, 10, 4], 0, 0.9)], ("localisation",), (1,)),  # it is about the first, so that one is not missed as well
        ([([0, 0, 10, 10], 1, 0.9)], ("classification",), (1,)),
        ([([0, 0, 10, 4], 1, 0.9)], ("both",), (0, 1)),
        ([([20, 20, 30, 30], 0, 0.9)], ("background",), (0, 1)),
        ([([80, 0, 90, 10], 0, 0.9)], (None,), (0, 1)),  # on a crowd: neither right nor wrong
        ([([80, 0, 90, 10], 1, 0.9)], ("background",), (0, 1)),  # a crowd has no one wrong name
        ([([0, 0, 10, 10], 0, 0.3)], (), (0, 1)),  # not above the threshold
    ],
)
def test_kinds_by_hand(found, kinds, missed):
    got = faults(marked(TRUTH, found), 0.3)
    assert (got.kinds, got.missed) == (kinds, missed)


def test_a_picture_without_anything():
    empty = marked([], [([0, 0, 9, 9], 0, 0.9)])
    assert faults(empty, 0.5).kinds == ("background",) and precision([matched(empty)], ["thing"]).classes == ()
    assert precision([], ["thing"]).ap == 0
