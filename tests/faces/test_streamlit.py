"""The Streamlit face through its own test harness: pictures in, answers on the page, mistakes as sentences."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data
from streamlit.testing.v1 import AppTest

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture
def page():
    """The page as a visitor finds it."""
    return AppTest.from_file(str(APP), default_timeout=60).run()


def test_the_page_stands_without_a_picture(page):
    assert not page.exception and not page.error
    assert [tab.label for tab in page.tabs] == ["Classify", "Detect", "Fuse", "Models"]


def test_an_example_is_named_by_both_nets(page):
    page.selectbox(key="classify-example").select("chelsea").run()
    assert not page.exception and not page.error
    assert page.selectbox(key="efficientnet-lite0-target").options[0] == "tiger cat"
    assert "vit" in page.selectbox(key="vit-model").value


def test_a_bad_file_is_one_sentence(page):
    page.file_uploader(key="detect-file").upload("broken.jpg", b"not a picture", "image/jpeg").run()
    assert not page.exception
    assert len(page.error) == 1


def test_boxes_follow_the_slider(page):
    content = io.BytesIO()
    Image.fromarray(data.astronaut()).save(content, "PNG")
    page.file_uploader(key="detect-file").upload("astronaut.png", content.getvalue(), "image/png").run()
    first = [one.value for one in page.markdown if "candidates" in one.value]
    page.slider(key="detect-score").set_value(0.99).run()
    assert not page.exception and first and first != [one.value for one in page.markdown if "candidates" in one.value]


def test_two_pictures_are_mixed(page):
    page.selectbox(key="a-example").select("chelsea")
    page.selectbox(key="b-example").select("coffee").run()
    assert not page.exception and not page.error
    assert np.any(["SSIM" in one.value for one in page.markdown])
