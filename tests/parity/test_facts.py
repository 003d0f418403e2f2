"""Python and JavaScript say the same of a map, and of two maps."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.core import agreement, facts

level = st.sampled_from([0.0, 0.25, 1.0]) | st.floats(0, 1) | st.floats(0, 1e-7)
edge = st.integers(-8, 30).map(float) | st.floats(-8, 30)
size = st.integers(1, 40).map(float) | st.floats(0.05, 40)


@st.composite
def maps(draw):
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    values = np.array(draw(st.lists(level, min_size=rows * columns, max_size=rows * columns)))
    left, top = draw(edge), draw(edge)
    return values.reshape(rows, columns), (left, top, left + draw(size), top + draw(size))


def flat(array):
    return np.asarray(array).ravel().tolist()


def tupled(found):
    return [tuple(fact) for fact in found]


@settings(max_examples=2000, deadline=None)
@given(maps(), st.integers(1, 40), st.integers(1, 40))
def test_facts(twin, one, width, height):
    values, seen = one
    args = (flat(values), *values.shape, seen, width, height)
    assert facts.where(values, seen, width, height).tolist() == twin("facts.js", "where", *args)
    assert facts.half(values) == twin("facts.js", "half", flat(values))
    assert facts.read(values, seen, width, height) == tupled(twin("facts.js", "read", *args))


@settings(max_examples=1000, deadline=None)
@given(maps(), maps(), st.integers(1, 40), st.integers(1, 40))
def test_agreement(twin, one, two, width, height):
    sides = [{"grid": flat(m[0]), "rows": m[0].shape[0], "columns": m[0].shape[1], "seen": m[1]} for m in (one, two)]
    here = agreement.compare(one[0], one[1], two[0], two[1], width, height)
    there = twin("agreement.js", "compare", *sides, width, height)
    assert there == (None if here is None else {"rank": here.rank, "overlap": here.overlap})
    assert agreement.words(here) == tuple(twin("agreement.js", "words", there))


@settings(max_examples=2000, deadline=None)
@given(st.lists(st.tuples(level, level), min_size=1, max_size=40))
def test_correlation_and_overlap(twin, pairs):
    a, b = np.array(pairs).T.copy()
    assert agreement.ranks(a).tolist() == twin("agreement.js", "ranks", a.tolist())
    assert agreement.correlate(a, b) == twin("agreement.js", "correlate", a.tolist(), b.tolist())
    assert agreement.strongest(a).tolist() == twin("agreement.js", "strongest", a.tolist())
    assert agreement.overlap(a, b) == twin("agreement.js", "overlap", a.tolist(), b.tolist())


@settings(max_examples=2000, deadline=None)
@given(st.floats(-1, 1) | st.integers(-200, 200).map(lambda v: v / 200))
def test_numbers_in_words(twin, value):
    assert agreement.decimals(value) == twin("agreement.js", "decimals", value)
    assert facts.percent(abs(value)) == twin("facts.js", "percent", abs(value))
