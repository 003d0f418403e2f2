from pathlib import Path

import numpy as np
import pytest
import torch

from tests.train.samples import pack
from vision.train import examples
from vision.train.data import Packed

SIDE = 96


@pytest.fixture(scope="module")
def boxes(tmp_path_factory) -> Path:
    return pack(tmp_path_factory.mktemp("boxes"), "coco_mini", train=12, val=3, side=SIDE)


def test_crowds_and_unknown_classes_are_left_out_and_flips_mirror(boxes):
    pictures = Packed(boxes, "coco_mini")
    pixels, target = examples.example(pictures, 0, {0: 1})
    mirrored, flipped = examples.example(pictures, 0, {0: 1}, flip=True)
    x0, y0, x1, y1 = target["boxes"][0].tolist()
    assert flipped["boxes"][0].tolist() == [SIDE - x1, y0, SIDE - x0, y1]
    assert torch.equal(mirrored, pixels.flip(2))
    assert examples.example(pictures, 0, {1: 1})[1]["boxes"].shape == (0, 4)
    pictures.arrays["box_flags"][0] = 1
    assert len(examples.example(pictures, 0, {0: 1})[1]["labels"]) == 0


def test_a_crop_keeps_the_boxes_whose_middle_it_has():
    pixels = torch.arange(40.0).repeat(3, 30, 1)  # each pixel's value is its column
    target = {
        "boxes": torch.tensor([[5.0, 5, 15, 15], [30, 20, 40, 30]]),
        "labels": torch.tensor([1, 2]),
        "view": torch.tensor([[0.0, 0, 1, 1]]),
    }
    seen = set()
    for seed in range(40):
        torch.manual_seed(seed)
        part, inside = examples.cropped(pixels, target, 0.6)
        left = float(part[0, 0, 0])
        height, width = part.shape[1:]
        assert height >= 12 and width >= 16
        for box, label in zip(inside["boxes"], inside["labels"].tolist(), strict=True):
            whole = target["boxes"][label - 1]
            assert left <= (whole[0] + whole[2]) / 2 < left + width
            assert box[0] == max(0.0, float(whole[0]) - left) and box[2] == min(float(whole[2]) - left, width)
        seen.add(len(inside["labels"]))
    assert seen == {0, 1, 2} and len(target["labels"]) == 2


def test_the_view_follows_crop_and_mirror(boxes):
    pictures = Packed(boxes, "coco_mini")
    pictures.image = lambda _index: np.tile(np.arange(SIDE, dtype=np.uint8)[:, None], (SIDE, 1, 3))  # a pixel's value is its column
    for flip in (False, True):
        torch.manual_seed(3)
        pixels, target = examples.cropped(*examples.example(pictures, 0, {0: 1}, flip), 0.6)
        first, last = (pixels[0, 0, [0, -1]] * 255).tolist()  # the columns at its edges
        x0, y0, x1, y1 = (target["view"][0] * SIDE).tolist()
        assert (x0, x1) == pytest.approx((first + 1, last) if flip else (first, last + 1), abs=1e-3)
        assert y1 - y0 == pytest.approx(pixels.shape[1], abs=1e-3)


def test_four_in_one_keep_their_boxes_on_their_things(boxes):
    """Every drawn thing is the only colour on white, so a box must hold colour up to its edges, and nothing outside of boxes may."""
    pictures = Packed(boxes, "coco_mini")
    counts = set()
    for seed in range(20):
        torch.manual_seed(seed)
        four = [examples.example(pictures, index, {0: 1, 1: 2}, index % 2 == 0) for index in (0, 1, 3, 4)]
        pixels, target = examples.mosaic(four)
        assert pixels.shape == (3, SIDE, SIDE) and target["view"].shape == target["place"].shape == (4, 4)
        area = (target["place"][:, 2:] - target["place"][:, :2]).prod(1)
        assert float(area.sum()) == pytest.approx(1, abs=1e-5)
        white = torch.ones(SIDE, SIDE, dtype=torch.bool)
        for x0, y0, x1, y1 in target["boxes"].round().int().tolist():
            inside = pixels[:, y0:y1, x0:x1]
            assert (inside.min(0).values < 0.9).float().mean() > 0.6  # a square or a disc, not the white around it
            white[max(0, y0 - 2) : y1 + 2, max(0, x0 - 2) : x1 + 2] = False
        counts.add(len(target["labels"]))
        if len(target["labels"]) == 4:
            assert pixels[:, white].min() > 0.9
            assert target["labels"].tolist() == [1, 2, 1, 2]
    assert 4 in counts and min(counts) < 4  # some lose a thing whose middle was cut off


def test_colours_change_and_stay_in_range():
    torch.manual_seed(0)
    pixels = torch.rand(3, 8, 8)
    made = torch.stack([examples.coloured(pixels, 0.4) for _ in range(50)])
    assert made.min() >= 0 and made.max() <= 1
    assert made.mean((1, 2, 3)).std() > 0.02 and torch.equal(examples.coloured(pixels, 0.0), pixels)
    grey = torch.full((3, 4, 4), 0.5)
    assert float(examples.coloured(grey, 0.4).std()) == pytest.approx(0, abs=1e-6)  # grey has no colour to gain
