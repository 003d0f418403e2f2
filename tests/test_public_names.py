"""What `vision` promises to have, and that asking for it is the only thing that costs."""

import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import vision
from vision.core.results import Answer

PUBLIC = {
    "Engine",
    "read",
    "Picture",
    "encode",
    "UserError",
    "PictureError",
    "ModelError",
    "PictureFacts",
    "Answer",
    "Guess",
    "Forward",
    "Classification",
    "Explanation",
    "Deletion",
    "CardStatus",
    "DetectView",
    "Candidates",
    "Box",
    "Judged",
    "Counts",
    "Detection",
    "Fusion",
    "Place",
    "Samples",
    "Stages",
    "Judgement",
    "Layers",
    "Tokens",
    "WhatIf",
    "Randomised",
    "Change",
}
RESULTS = sorted(path.stem for path in (Path(vision.__file__).parent / "core").glob("results*.py"))


def test_the_public_names_are_these_and_no_others():
    assert set(vision.__all__) == PUBLIC
    assert set(dir(vision)) >= PUBLIC


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_each_is_there_and_says_what_it_is(name):
    assert inspect.getdoc(getattr(vision, name))


def test_another_name_is_not():
    with pytest.raises(AttributeError, match="Modell"):
        vision.Modell  # noqa: B018


@pytest.mark.parametrize("module", RESULTS)
def test_every_answer_is_public(module):
    found = vars(importlib.import_module(f"vision.core.{module}")).values()
    answers = {one.__name__ for one in found if inspect.isclass(one) and issubclass(one, Answer)}
    assert answers and answers <= PUBLIC


def modules_after(statement):
    """Return the modules that a fresh Python has loaded after a statement."""
    code = f"import sys; {statement}; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(vision.__file__).parents[1])
    return set(done.stdout.split())


def test_importing_vision_is_free():
    assert not {"numpy", "PIL", "cv2", "torch", "gradio", "tomllib"} & modules_after("import vision")


def test_reading_a_picture_needs_no_torch():
    assert not {"torch", "timm", "torchvision", "gradio", "matplotlib"} & modules_after("from vision import read, Picture, Detection")


def test_the_engine_needs_no_torch():
    assert not {"torch", "timm", "torchvision", "transformers", "gradio", "streamlit", "ray"} & modules_after("import vision.engine")


def test_the_page_needs_no_torch():
    assert not {"torch", "timm", "torchvision", "transformers"} & modules_after("import vision.faces.web.page")
