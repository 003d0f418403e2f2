"""Python and JavaScript judge boxes identically: index lists equal, IoUs and scores equal to the last bit."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vision.core import boxes, truth

VECTORS = Path(__file__).parent / "vectors" / "boxes.json"

# Whole numbers of a small grid make equal boxes, zero areas, inverted boxes and IoUs that are exactly 1/2, 1/3 ... common.
grid = st.integers(-2, 6).map(float)
anywhere = st.floats(-900, 3000, allow_nan=False)
box = (
    st.tuples(*[grid] * 4)
    | st.tuples(*[anywhere] * 4)
    | st.tuples(anywhere, anywhere, st.floats(0, 200), st.floats(0, 200)).map(lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3]))
)
score = st.sampled_from([0.0, 0.25, 0.5, 0.5000000000000001, 0.9, 1.0]) | st.floats(0, 1)
candidate = st.tuples(box, score, st.integers(0, 2))
threshold = st.sampled_from([0.0, 1 / 3, 0.5, 1.0]) | st.floats(0, 1)


def columns(found):
    xyxy = [list(map(float, one[0])) for one in found]
    return xyxy, [float(one[1]) for one in found], [int(one[2]) for one in found]


def flat(xyxy):
    return [corner for one in xyxy for corner in one]


def agree(twin, name, found, min_score, max_iou, agnostic):
    xyxy, scores, classes = columns(found)
    here = getattr(boxes, name)(xyxy, scores, classes, min_score=min_score, max_iou=max_iou, agnostic=agnostic)
    there = twin("boxes.js", name, flat(xyxy), scores, classes, min_score, max_iou, agnostic)
    if name == "keep":
        assert here == there
        return
    assert here.kept == there["kept"]
    assert here.by.tolist() == there["by"]
    assert here.overlap.tolist() == there["overlap"]
    assert here.scores.tolist() == there["scores"]


@pytest.mark.parametrize("name", ["keep", "judge", "soft"])
def test_suppression_is_one_algorithm(twin, name):
    @settings(max_examples=2000, deadline=None)
    @given(st.lists(candidate, max_size=25), score, threshold, st.booleans())
    @example([((0, 0, 2, 1), 0.9, 0), ((0, 0, 1, 1), 0.8, 0)], 0.0, 0.5, False)  # IoU exactly the threshold: both stay
    @example([((3, 3, 3, 3), 0.9, 0), ((3, 3, 3, 3), 0.9, 0)], 0.5, 0.0, True)  # two empty boxes: 0/0
    def check(found, min_score, max_iou, agnostic):
        agree(twin, name, found, min_score, max_iou, agnostic)

    check()


@pytest.mark.parametrize("name", ["keep", "judge", "soft"])
@pytest.mark.parametrize("seed", range(3))
def test_more_than_a_thousand_candidates(twin, name, seed):
    random = np.random.default_rng(seed)
    corner, size = random.uniform(-20, 400, (1500, 2)), random.uniform(0, 90, (1500, 2))
    xyxy = np.hstack([corner, corner + size]).round(seed)  # rounded: ties and equal overlaps
    scores = random.random(1500).round(2)
    found = list(zip(xyxy.tolist(), scores.tolist(), random.integers(0, 3, 1500).tolist(), strict=True))
    agree(twin, name, found, 0.05, 0.3, bool(seed % 2))


@pytest.mark.parametrize("case", json.loads(VECTORS.read_text("utf-8")), ids=lambda case: case["why"])
def test_vectors(twin, case):
    found = list(zip(case["xyxy"], case["scores"], case["classes"], strict=True))
    for name in ("keep", "judge", "soft"):
        agree(twin, name, found, case["min_score"], case["max_iou"], case["agnostic"])
    xyxy, scores, classes = columns(found)
    assert (
        boxes.keep(xyxy, scores, classes, min_score=case["min_score"], max_iou=case["max_iou"], agnostic=case["agnostic"]) == case["kept"]
    )


@settings(max_examples=2000, deadline=None)
@given(a=box, b=box)
def test_iou(twin, a, b):
    assert boxes.iou(a, b) == twin("boxes.js", "iou", a, b)


@settings(max_examples=1000, deadline=None)
@given(
    st.lists(st.tuples(box, st.booleans(), st.integers(0, 2)), max_size=8),
    st.lists(st.tuples(box, st.integers(0, 2)), max_size=16),
    threshold,
)
def test_match(twin, real, found, min_iou):
    targets, crowd, kinds = [list(r[0]) for r in real], [r[1] for r in real], [r[2] for r in real]
    xyxy, classes = [list(f[0]) for f in found], [f[1] for f in found]
    here = truth.match(targets, kinds, crowd, xyxy, classes, min_iou=min_iou)
    assert here == twin("truth.js", "match", flat(targets), kinds, crowd, flat(xyxy), classes, min_iou)


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.booleans(), max_size=60), st.integers(0, 40))
def test_curve_and_average(twin, hits, more):
    total = sum(hits) + more
    precision, recall = truth.curve(hits, total)
    assert [precision, recall] == twin("truth.js", "curve", hits, total)
    assert truth.average(precision, recall) == twin("truth.js", "average", precision, recall)
    last = (precision[-1], recall[-1]) if hits else (0.0, 0.0)
    assert truth.f1(*last) == twin("truth.js", "f1", *last)
