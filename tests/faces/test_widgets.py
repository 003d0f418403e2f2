"""The way of a result to a widget, and the factory's constant template."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from vision.core.results import raw
from vision.core.wire import encode
from vision.core.words import sentences, words
from vision.faces.web.folders import Folder
from vision.faces.web.widgets import widget


@dataclass(frozen=True)
class Some:
    label: str
    grid: np.ndarray
    secret: Any = raw()


def test_arrays_go_by_address_and_the_rest_is_json(tmp_path):
    material = np.arange(6, dtype=np.float32).reshape(2, 3)
    value = encode(Some("x", np.eye(2), material), Folder(tmp_path / "one").put)
    json.dumps(value)
    assert value["grid"] == [[1, 0], [0, 1]]
    assert (value["secret"]["dtype"], value["secret"]["shape"]) == ("float32", [2, 3])
    held = (tmp_path / "one" / value["secret"]["url"].rpartition("/")[2]).read_bytes()
    assert np.array_equal(np.frombuffer(held, "<f4").reshape(2, 3), material)


def test_the_value_is_never_part_of_the_template():
    made = widget("models", "some-id", {"text": "${alert(1)} {{value}} <script>"}, ("pick", "free"))
    assert made.html_template == '<div class="gb-widget"></div>'
    assert "alert" not in made.js_on_load
    assert callable(made.pick) and callable(made.free)
    with pytest.raises(AttributeError):
        _ = made.other


@pytest.mark.parametrize("name, events", [("../x", ()), ("x.js", ()), ("", ()), ("x", ("a'b",)), ("x", ("load",)), ("x", ("unload",))])
def test_names_that_would_break_out_or_are_taken(name, events):
    with pytest.raises(ValueError):
        widget(name, "some-id", events=events)


def test_sentences_are_those_of_the_sections():
    some = sentences("page")
    assert some["title"] == words()["page.title"]
    assert set(some) == {key.partition(".")[2] for key in words() if key.startswith("page.")}
