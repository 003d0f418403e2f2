"""A view chosen in Python is the one the widget draws, though the widget suppresses once and then only filters."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.core.results import PictureFacts
from vision.core.results_detect import Candidates, DetectView
from vision.core.sift import sift


def candidates(seed, count, suppresses):
    random = np.random.default_rng(seed)
    corner = random.integers(0, 60, (count, 2)).astype(float)
    scores = np.sort(random.random(count).round(2))[::-1].copy()
    return Candidates(
        model="m",
        revision="",
        device="cpu",
        ms=0.0,
        picture=PictureFacts(100, 100, ""),
        xyxy=np.hstack([corner, corner + random.integers(0, 40, (count, 2))]),
        scores=scores,
        classes=random.integers(0, 4, count),
        sources=np.arange(count),
        proposals=None,
        objectness=None,
        names=("a", "b", "c", "d"),
        suppresses=suppresses,
    )


@pytest.mark.parametrize("suppresses", [True, False])
def test_sift(twin, suppresses):
    @settings(max_examples=500, deadline=None)
    @given(
        st.integers(0, 10**6),
        st.integers(0, 60),
        st.builds(
            DetectView,
            score=st.sampled_from([0.0, 0.25, 0.5, 0.99]),
            iou=st.sampled_from([0.0, 0.3, 0.5, 1.0]),
            agnostic=st.booleans(),
            soft=st.booleans(),
            limit=st.integers(0, 30),
            classes=st.none() | st.lists(st.integers(0, 3), unique=True).map(tuple),
        ),
    )
    def check(seed, count, view):
        found = candidates(seed, count, suppresses)
        here = sift(found, view)
        raw = {"xyxy": found.xyxy.ravel().tolist(), "scores": found.scores.tolist(), "classes": found.classes.tolist()}
        settings_ = {name: getattr(view, name) for name in ("score", "iou", "agnostic", "soft", "limit", "classes")}
        there = twin("sift.js", "sift", raw | {"suppresses": suppresses}, settings_)
        assert here.shown == there["shown"]
        assert here.verdicts.kept == there["kept"]
        assert [getattr(here.counts, name) for name in there["counts"]] == list(there["counts"].values())
        for i in np.flatnonzero((here.verdicts.by >= 0) & ~np.isin(np.arange(count), here.verdicts.kept)):
            if not view.soft:
                assert here.verdicts.by[i] == there["verdicts"]["by"][i]

    check()
