"""A map on its photo at the photo's own size: exact against a golden picture, true numbers at the bar, no crash on any size."""

import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vision.core import heat, paint
from vision.core.paint_maps import common
from vision.core.results import Explanation, Guess, PictureFacts

GOLDEN = Path(__file__).parents[1] / "golden"


def photo(height=180, width=240):
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x % 256, y % 256, (x + y) % 256], -1).astype(np.uint8)


def found(height=180, width=240, method="gradcam", against=None, high=3.14159, low=0.0, seen=None):
    grid = np.exp(-((np.mgrid[0:7, 0:7][0] - 2) ** 2 + (np.mgrid[0:7, 0:7][1] - 4) ** 2) / 3.0)
    return Explanation(
        model="efficientnet-lite0", revision="1", device="cpu", ms=1.0, picture=PictureFacts(width, height, "0"), method=method,
        target=Guess("Egyptian cat", 285, 0.5), against=against and Guess(against, 1, 0.1), grid=grid, range=(low, high),
        seen=seen or (30.0, 0.0, 210.0, 180.0),
    )  # fmt: skip


def test_the_photo_keeps_its_size_and_what_was_not_seen_is_dark():
    rgb = photo()
    whole = paint.framed(rgb, found())
    assert whole.shape[0] > 180
    assert whole.shape[1] == 320
    painted = paint.explanation(rgb, found())
    assert np.array_equal(whole[:180, :240], painted)
    assert np.array_equal(painted[:, :30], heat.overlay(0, rgb[:, :30], heat.DIM))
    assert np.array_equal(painted, heat.compose(rgb, found().grid, (30, 0, 210, 180), heat.tables()["viridis"], 153))


def test_a_reduction_of_the_picture_is_painted_in_the_same_places():
    half = paint.explanation(photo(90, 120), found())
    assert np.array_equal(half, heat.compose(photo(90, 120), found().grid, (15, 0, 105, 90), heat.tables()["viridis"], 153))


@pytest.mark.parametrize(
    ("name", "view", "made"),
    [
        ("map_gradcam", paint.HeatView(), {}),
        ("map_rollout", paint.HeatView("inferno", 200), {"method": "rollout", "low": 0.004, "high": 0.0061}),
        ("map_minus_shared", paint.HeatView(top=8.0), {"against": "tabby"}),
    ],
)
def test_golden(name, view, made):
    whole = paint.framed(photo(), found(**made), view)
    path = GOLDEN / f"{name}.png"
    if os.environ.get("UPDATE"):
        Image.fromarray(whole).save(path, optimize=True)
    golden = np.asarray(Image.open(path)).astype(int)
    assert whole.shape == golden.shape
    assert np.array_equal(whole[:180], golden[:180])
    assert np.abs(whole[180:] - golden[180:]).mean() < 3  # letters may differ by a shade from one FreeType to the next


def test_the_bar_carries_the_true_numbers():
    assert paint.ends(found(), paint.HeatView()) == ("0", "3.14")
    assert paint.ends(found(method="rollout", low=0.00401, high=0.0061), paint.HeatView()) == ("0.401 %", "0.61 %")
    assert paint.ends(found(), paint.HeatView(top=12.0)) == ("0", "12 x")
    assert paint.caption(found()) == "Grad-CAM, Egyptian cat (efficientnet-lite0)"
    assert paint.caption(found(method="rollout")) == "Attention rollout (efficientnet-lite0)"
    assert "minus tabby" in paint.caption(found(against="tabby"))
    assert paint.number(-0.25) == "-0.25"


def test_a_shared_scale_shows_a_weak_map_weaker():
    strong, weak = found(), found()
    object.__setattr__(weak, "grid", np.linspace(0.9, 1.0, 49).reshape(7, 7))
    top = common(paint.values(strong), paint.values(weak))
    assert common(paint.values(weak)) < 1.1 < top
    view = paint.HeatView(top=top)
    alone = paint.explanation(photo(), weak)
    shared = paint.explanation(photo(), weak, view)
    assert shared[90, 120].sum() < alone[90, 120].sum()  # yellow alone, dark on the scale of both


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (3000, 2), (33, 47)])
def test_any_size_has_its_strip(size):
    height, width = size
    one = found(height, width, seen=(0.0, 0.0, float(width), float(height)))
    whole = paint.framed(photo(height, width), one)
    assert whole.shape[0] > height
    assert whole.shape[1] == max(width, 320)


def test_an_empty_map_has_no_range_and_is_not_painted():
    one = found(high=0.0)
    object.__setattr__(one, "grid", np.zeros((7, 7)))
    assert paint.ends(one, paint.HeatView()) == ("0", "0")
    for view in (paint.HeatView(alpha=255), paint.HeatView(top=3.0)):
        painted = paint.explanation(photo(), one, view)
        assert np.array_equal(painted[:, 30:210], photo()[:, 30:210])
        assert np.array_equal(painted[:, :30], heat.overlay(0, photo()[:, :30], heat.DIM))


def test_the_file_says_what_it_is():
    content = paint.png(photo(), found(against="tabby"), paint.HeatView("inferno", 99))
    with Image.open(io.BytesIO(content)) as file:
        told = json.loads(file.text["Glassbox"])
        assert np.array_equal(np.asarray(file), paint.framed(photo(), found(against="tabby"), paint.HeatView("inferno", 99)))
    assert told["view"] == {"palette": "inferno", "alpha": 99, "top": 0.0}
    assert (told["target"], told["against"], told["range"]) == ("Egyptian cat", "tabby", [0.0, 3.14159])


def test_a_long_name_is_cut_to_the_picture():
    one = found()
    object.__setattr__(one, "target", Guess("x" * 400, 1, 0.1))
    assert paint.framed(photo(), one).shape[1] == 320
