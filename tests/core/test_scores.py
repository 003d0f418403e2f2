"""A classifier's figures against scikit-learn, answers outside of the names included."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from vision.core.figures import OTHER
from vision.core.scores import score

ANSWERS = st.integers(1, 5).flatmap(
    lambda count: st.tuples(
        st.just(count), st.lists(st.tuples(st.integers(0, count - 1), st.integers(OTHER, count - 1)), min_size=1, max_size=40)
    )
)


@settings(max_examples=60, deadline=None)
@given(ANSWERS)
def test_figures_are_those_of_scikit_learn(drawn):
    count, pairs = drawn
    truth, answers = (np.array(part) for part in zip(*pairs, strict=True))
    found = score(truth, answers, [f"class {at}" for at in range(count)])
    there = sorted(set(truth.tolist()))  # scikit-learn's macro mean would count names without a picture as 0
    shares = metrics.precision_recall_fscore_support(truth, answers, labels=there, average="macro", zero_division=0)
    assert (found.precision, found.recall, found.f1) == pytest.approx(shares[:3])
    assert found.accuracy == pytest.approx(metrics.accuracy_score(truth, answers))
    each = metrics.precision_recall_fscore_support(truth, answers, labels=range(count), zero_division=0)
    for at, row in enumerate(found.classes):
        assert (row.precision, row.recall, row.f1, row.pictures) == pytest.approx([part[at] for part in each])
    table = metrics.confusion_matrix(truth, answers, labels=[*range(count), OTHER])
    assert np.array_equal(found.confusion, table[:-1])


def test_nothing_is_nothing_and_a_stranger_is_refused():
    empty = score([], [], ["cat"])
    assert (empty.pictures, empty.accuracy, empty.f1, empty.confusion) == (0, 0.0, 0.0, ((0, 0),))
    for truth, answer in ((1, 0), (-1, 0), (0, 1), (0, -2)):
        with pytest.raises(IndexError):
            score([truth], [answer], ["cat"])
