"""Boxes on the exported picture: original size, the page's colours and dashes, and the settings inside."""

import io
import json

import numpy as np
import pytest
from PIL import Image, ImageColor

from vision.core import paint_boxes
from vision.core.marks import mark
from vision.core.results import PictureFacts
from vision.core.results_detect import Candidates, DetectView


def candidates(xyxy, scores, classes, size=(640, 480)):
    return Candidates(
        model="m",
        revision="r",
        device="cpu",
        ms=0.0,
        picture=PictureFacts(*size, ""),
        xyxy=np.array(xyxy, float).reshape(-1, 4),
        scores=np.array(scores, float),
        classes=np.array(classes, np.int64),
        sources=np.arange(len(scores)),
        proposals=None,
        objectness=None,
        names=tuple(f"class {i}" for i in range(20)),
    )


def grey(size=(640, 480)):
    return np.full((size[1], size[0], 3), 128, np.uint8)


def at(picture, x, y):
    return picture.getpixel((x, y))


def test_a_box_has_the_colour_of_its_class_and_the_picture_stays_elsewhere():
    picture = paint_boxes.paint(grey(), candidates([[100, 100, 300, 200]], [0.9], [4]), DetectView())
    assert picture.size == (640, 480)
    assert at(picture, 200, 200) == ImageColor.getrgb(mark(4).colour)
    assert at(picture, 200, 150) == (128, 128, 128)


def test_a_dashed_class_has_gaps_a_solid_one_has_none():
    def colours(kind):
        picture = paint_boxes.paint(grey(), candidates([[100, 100, 500, 300]], [0.9], [kind]), DetectView())
        return {at(picture, x, 300) for x in range(110, 490)}

    assert colours(1) == {ImageColor.getrgb(mark(1).colour)}
    assert colours(8) == {ImageColor.getrgb(mark(8).colour), (0, 0, 0)}


def test_what_the_view_leaves_out_is_not_painted_and_ghosts_are():
    found = candidates([[100, 100, 300, 300], [110, 100, 310, 300], [400, 50, 500, 150]], [0.9, 0.8, 0.2], [1, 1, 1])
    plain = paint_boxes.paint(grey(), found, DetectView())
    assert at(plain, 310, 200) == at(plain, 500, 100) == (128, 128, 128)
    ghosts = paint_boxes.paint(grey(), found, DetectView(), ghosts=True)
    assert at(ghosts, 310, 200) == ImageColor.getrgb(mark(1).colour)
    assert at(ghosts, 500, 100) == (128, 128, 128)


@pytest.mark.parametrize("box", [[-50, -50, 900, 900], [0, 0, 640, 480], [10, 10, 10, 10], [639, 479, 640, 480], [300, 0, 301, 1]])
def test_odd_boxes_stay_inside_the_picture(box):
    picture = paint_boxes.paint(grey(), candidates([box], [0.9], [0]), DetectView())
    assert np.asarray(picture).shape == (480, 640, 3)
    assert (np.asarray(picture) != 128).any()


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (5000, 8)])
def test_any_size_of_picture(size):
    assert paint_boxes.paint(grey(size), candidates([[0, 0, *size]], [0.9], [0], size), DetectView()).size == size


def test_a_reduced_picture_gets_its_boxes_reduced():
    picture = paint_boxes.paint(grey((320, 240)), candidates([[100, 100, 300, 200]], [0.9], [4]), DetectView())
    assert at(picture, 100, 100) == ImageColor.getrgb(mark(4).colour)


def test_labels_do_not_cover_each_other():
    found = candidates([[100, 100 + i, 300, 200] for i in range(30)], np.linspace(0.9, 0.6, 30), [0] * 30)
    one = paint_boxes.paint(grey(), found, DetectView(iou=1.0))
    texts = [(colour == np.array(ImageColor.getrgb(mark(0).colour))).all() for colour in np.asarray(one)[80:100, 110]]
    assert sum(texts) < 25


def test_two_names_on_one_box_are_both_written():
    found = candidates([[100, 100, 300, 200]] * 2, [0.9, 0.8], [0, 4])
    picture = paint_boxes.paint(grey(), found, DetectView())
    assert at(picture, 102, 95) == ImageColor.getrgb(mark(0).colour)
    assert at(picture, 105, 103) == ImageColor.getrgb(mark(4).colour)


def test_the_settings_stand_in_the_file():
    found = candidates([[100, 100, 300, 200]], [0.9], [0])
    view = DetectView(0.25, 0.4)
    two = [paint_boxes.paint(grey(), found, view)] * 2
    file = Image.open(io.BytesIO(paint_boxes.png(two, ["a", "b"], view)))
    assert file.size == (1280, 480)
    said = json.loads(file.text["Glassbox"])
    assert said["models"] == ["a", "b"]
    assert (said["settings"]["score"], said["settings"]["iou"]) == (0.25, 0.4)
