"""Results become plain JSON; large arrays go by address, byte for byte."""

import json
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.core.results import Answer, Explanation, Guess, PictureFacts, raw
from vision.core.wire import array, encode
from vision.core.words import Sentence, say


@dataclass(frozen=True)
class Inner:
    score: np.float32
    label: str


@dataclass(frozen=True, kw_only=True)
class Outer(Answer):
    boxes: tuple[Inner, ...]
    grid: np.ndarray
    big: np.ndarray = raw()
    small: dict = field(default_factory=dict, metadata={"raw": True})


def outer():
    inner = (Inner(np.float32(0.5), "a"), Inner(np.float32("nan"), "<b>"))
    grid = np.array([[0.0, np.inf], [1.0, -np.inf]])
    return Outer(model="m", revision="r", device="cpu", ms=1.25, boxes=inner, grid=grid, big=np.arange(6).reshape(2, 3), small={1: (2,)})


def strict(value):
    """Return what a strict reader of JSON gets; NaN and infinities are no JSON."""
    return json.loads(json.dumps(value, allow_nan=False))


def test_the_api_gets_fields_and_no_raw_material():
    found = strict(encode(outer()))
    assert found == {
        "model": "m",
        "revision": "r",
        "device": "cpu",
        "ms": 1.25,
        "boxes": [{"score": 0.5, "label": "a"}, {"score": None, "label": "<b>"}],
        "grid": [[0.0, None], [1.0, None]],
    }


def test_widgets_get_arrays_by_address():
    sent = []
    found = strict(encode(outer(), lambda content, suffix: sent.append((content, suffix)) or f"/file/{len(sent)}"))
    assert found["big"] == {"url": "/file/1", "dtype": "int64", "shape": [2, 3]}
    assert found["small"] == {"1": [2]}
    assert sent == [(np.arange(6, dtype="<i8").tobytes(), ".bin")]


@pytest.mark.parametrize(
    "value",
    [
        np.arange(12, dtype=">f4").reshape(3, 4),
        np.arange(12, dtype=np.uint16).reshape(3, 4).T,
        np.arange(24, dtype=np.float64)[::-2],
        np.zeros((0, 4), np.int32),
        np.array(5.5),
        np.array([True, False]),
    ],
    ids=lambda value: f"{value.dtype.str} {value.shape}",
)
def test_bytes_of_an_array_are_little_endian_in_c_order(value):
    sent = []
    found = array(value, lambda content, suffix: sent.append(content))
    again = np.frombuffer(sent[0], np.dtype(found["dtype"]).newbyteorder("<")).reshape(found["shape"])
    assert np.array_equal(again, value)


def test_sentences_that_were_computed_go_along():
    facts = PictureFacts(3, 2, "d", (Sentence("picture.first_frame", count="12"),))
    found = Explanation(
        model="m", revision="r", device="cpu", ms=1.0, picture=facts, method="x", target=Guess("cat", 3, 0.5), grid=np.zeros((1, 1)),
        range=(0.0, 1.0), seen=(0.0, 0.0, 3.0, 2.0), facts=(("error.unknown_model", {"key": "k"}),),
    )  # fmt: skip
    sent = strict(encode(found))
    assert sent["words"] == [say("error.unknown_model", key="k")]
    assert "facts" not in sent
    assert sent["picture"]["notes"] == ["First frame of 12."]
    assert type(encode(found)["picture"]["notes"][0]) is str


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=20,
)


@given(values)
def test_plain_values_stay_as_they_are(value):
    def plain(one):
        if isinstance(one, list | tuple):
            return [plain(item) for item in one]
        if isinstance(one, dict):
            return {key: plain(item) for key, item in one.items()}
        return None if isinstance(one, float) and not np.isfinite(one) else one

    assert encode(value) == plain(value)
    json.dumps(encode(value), allow_nan=False)


def test_numpy_scalars():
    found = encode([np.float32(0.5), np.int64(3), np.bool_(True), np.float64("inf"), np.str_("x")])
    assert found == [0.5, 3, True, None, "x"]
    assert [type(one) for one in found] == [float, int, bool, type(None), str]


@pytest.mark.parametrize("value", [b"bytes", {1, 2}, object(), 1j, Guess], ids=lambda value: type(value).__name__)
def test_what_json_does_not_know_is_a_mistake_of_ours(value):
    with pytest.raises(TypeError, match="no JSON"):
        encode({"a": [value]})
