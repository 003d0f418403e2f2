"""Arguments from outside are what they should be, or one sentence."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.core.errors import UserError
from vision.faces.arguments import flag, number, text, whole

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(JSON)
def test_whole_is_a_whole_number_in_range_or_a_sentence(value):
    try:
        found = whole("top", value, 1, 100)
    except UserError as error:
        assert str(error) == "“top” has to be a whole number from 1 to 100."
        assert isinstance(value, bool) or not isinstance(value, int | float) or not (1 <= value <= 100 and value == math.floor(value))
    else:
        assert type(found) is int
        assert found == value


@given(JSON)
def test_number_is_finite_and_in_range_or_a_sentence(value):
    try:
        found = number("alpha", value, 0, 1)
    except UserError as error:
        assert str(error) == "“alpha” has to be a number from 0 to 1."
        assert isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1
    else:
        assert type(found) is float
        assert 0 <= found <= 1


@given(JSON)
def test_text_and_flag_take_nothing_else(value):
    for check, kind in ((text, str), (flag, bool)):
        if isinstance(value, kind):
            assert check("name", value) == value
        else:
            with pytest.raises(UserError):
                check("name", value)


def test_huge_numbers_and_long_texts():
    for value in (10**400, -(10**400), 1e308):
        with pytest.raises(UserError):
            whole("top", value, 1, 100)
    with pytest.raises(UserError):
        number("alpha", 10**400, 0, 1)
    for value in ("x" * 2001, "cat\ud83d"):
        with pytest.raises(UserError, match="2000"):
            text("target", value)
    assert text("target", "\U0001f431") == "\U0001f431"


def test_choices_are_named():
    assert text("task", "", ("a", "b")) == ""
    with pytest.raises(UserError, match="a, b"):
        text("task", "c", ("a", "b"))
