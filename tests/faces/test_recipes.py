"""The options of /fuse from outside: read as meant, or one sentence; nothing unbounded gets through."""

import json

import pytest

from vision.core.errors import UserError
from vision.core.place import Move
from vision.core.recipe import Mask, Recipe
from vision.faces.recipes import STROKES, recipe


def test_plain_and_full():
    assert recipe() == Recipe()
    options = {
        "move": {"dx": 0.1, "turn": 5}, "weights": [1, 0, 0.5], "levels": 3, "sigma": [1, 2], "clone": "mixed", "exposure": [1, 0, 1],
        "rule": "li", "layer": 2, "side": 512, "mask": {"kind": "brush", "strokes": [[0.5, 0.5, 0.1, 0]], "ground": 1},
    }  # fmt: skip
    found = recipe("features", 0.25, "linear", "fill", json.dumps(options))
    mask = Mask("brush", strokes=((0.5, 0.5, 0.1, 0.0),))
    assert found == Recipe(
        "features", 0.25, "linear", "fill", Move(0.1, 0.0, 1.0, 5.0), (1.0, 0.0, 0.5), mask, 3, (1.0, 2.0), "mixed", (1.0, 0.0, 1.0),
        "li", 2, 512,
    )  # fmt: skip


@pytest.mark.parametrize("arguments", [
    {"method": "magic"}, {"alpha": 1.5}, {"alpha": float("nan")}, {"alpha": True}, {"light": "gamma"}, {"fit": "crop"}, {"method": None},
])  # fmt: skip
def test_wrong_arguments_are_a_sentence(arguments):
    with pytest.raises(UserError) as error:
        recipe(**arguments)
    assert str(error.value).endswith(".")


@pytest.mark.parametrize("options", [
    "{", "[]", "1", '{"levels": 1e9}', '{"levels": 2.5}', '{"sigma": [1]}', '{"sigma": [1, NaN]}', '{"weights": "abc"}', '{"unknown": 1}',
    '{"move": {"scale": 0}}', '{"move": {"dx": 1e308}}', '{"move": [1]}', '{"mask": {"kind": "star"}}', '{"mask": {"strokes": [[1, 2]]}}',
    '{"side": 100000}', '{"layer": -2}', '{"mask": {"strokes": ' + json.dumps([[0, 0, 0, 0]] * (STROKES + 1)) + "}}",
    "[" * 100_000, " " * 300_000 + "{}", '{"clone": "x"}', '{"rule": 3}', '{"exposure": [1, 1, 99]}',
])  # fmt: skip
def test_wrong_options_are_a_sentence(options):
    with pytest.raises(UserError) as error:
        recipe(options=options)
    assert len(str(error.value)) < 300


def test_options_are_text():
    with pytest.raises(UserError):
        recipe(options={"levels": 3})
