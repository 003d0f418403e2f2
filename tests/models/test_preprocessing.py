"""Equal to timm's evaluation transform, number for number; and the part of the photo that the net saw."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from timm.data import create_transform

from vision.models import preprocessing
from vision.models.preprocessing import Preprocessing

SIZES = {
    "landscape": (90, 160),
    "portrait": (301, 200),
    "square": (224, 224),
    "tiny": (3, 5),
    "one": (1, 1),
    "thin": (300, 7),
    "large": (900, 1300),
}
MODES = ("center", "squash", "border")


def oracle(net, rgb):
    """timm's own transform on the picture."""
    transform = create_transform(
        (3, *net.input_hw), is_training=False, mean=net.mean, std=net.std, interpolation=net.interpolation, crop_pct=net.crop_pct,
        crop_mode=net.crop_mode,
    )  # fmt: skip
    return transform(Image.fromarray(rgb))[None]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("crop_pct", [0.875, 0.9, 1.0])
def test_equal_to_timm(drawn, size, mode, crop_pct):
    net = Preprocessing((224, 224), crop_pct=crop_pct, crop_mode=mode)
    rgb = drawn(*SIZES[size])
    tensor, _ = net.prepare(rgb)
    assert tensor.dtype == torch.float32 and tensor.shape == (1, 3, 224, 224)
    assert torch.equal(tensor, oracle(net, rgb))


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "nearest", "lanczos"])
def test_every_interpolation(drawn, interpolation):
    net = Preprocessing((260, 260), (0.5,) * 3, (0.25,) * 3, interpolation, 0.89)
    rgb = drawn(333, 500)
    assert torch.equal(net.prepare(rgb)[0], oracle(net, rgb))


@pytest.mark.parametrize("mode", MODES)
def test_an_input_that_is_no_square(drawn, mode):
    net = Preprocessing((192, 256), crop_mode=mode, crop_pct=0.95)
    for size in ((120, 300), (300, 120), (200, 200)):
        assert torch.equal(net.prepare(drawn(*size))[0], oracle(net, drawn(*size)))


@settings(max_examples=80, deadline=None)
@given(
    st.integers(1, 400),
    st.integers(1, 400),
    st.sampled_from(MODES),
    st.floats(0.8, 1.0),
    st.integers(16, 96),
    st.integers(16, 96),
    st.booleans(),
)
def test_equal_to_timm_whatever_the_size(height, width, mode, crop_pct, input_h, input_w, square):
    net = Preprocessing((input_h, input_h if square else input_w), crop_pct=crop_pct, crop_mode=mode)
    rgb = np.random.default_rng(height * 1000 + width).integers(0, 256, (height, width, 3), np.uint8)
    try:
        wanted = oracle(net, rgb)
    except ValueError:  # timm rounds the short side of a sliver to no pixel at all; here it keeps one
        assert mode == "border" or not square
        assert net.prepare(rgb)[0].isfinite().all()
        return
    assert torch.equal(net.prepare(rgb)[0], wanted)


@pytest.mark.parametrize("size", [(1500, 2000), (2400, 1100)])
@pytest.mark.parametrize("mode", MODES)
def test_a_large_photo_stays_within_a_grey_level(drawn, size, mode):
    net = Preprocessing((224, 224), (0.0,) * 3, (1 / 255,) * 3, crop_mode=mode)
    rgb = drawn(*size)
    rgb.flags.writeable = False
    assert rgb.shape[0] * rgb.shape[1] > preprocessing.EXACT_PX
    difference = (net.prepare(rgb)[0] - oracle(net, rgb)).abs()
    assert difference.max() <= 1.001
    assert (difference > 0.5).float().mean() < 1e-2


def test_the_box_alone_is_what_the_whole_would_give(drawn):
    rgb, size = drawn(150, 400), (800, 300)
    for box in ((0, 0, 224, 224), (288, 38, 512, 262), (576, 76, 800, 300)):
        whole = np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.BICUBIC).crop(box)).astype(int)
        assert np.abs(preprocessing._boxed(rgb, size, box, Image.Resampling.BICUBIC).astype(int) - whole).max() <= 1


def test_a_panorama_does_not_grow():
    """timm would make 5,120,000 x 256 pixels of this one and throw nearly all away."""
    rgb = np.arange(20_000, dtype=np.uint32).astype(np.uint8)[None, :, None].repeat(3, 2)
    tensor, seen = Preprocessing((224, 224)).prepare(rgb)
    assert tensor.shape == (1, 3, 224, 224)
    assert seen == pytest.approx((10_000 - 0.4375, 0.0625, 10_000 + 0.4375, 0.9375))


# --- what was seen: a picture of its own coordinates goes through, and comes back where `seen` says


def coordinates(height, width):
    """A picture whose red is x and whose green is y, in 0..255 over the picture."""
    y, x = np.mgrid[0:height, 0:width]
    rgb = np.zeros((height, width, 3), np.uint8)
    rgb[..., 0], rgb[..., 1] = np.rint(255 * (x + 0.5) / width), np.rint(255 * (y + 0.5) / height)
    return rgb


@pytest.mark.parametrize("size", [(300, 500), (500, 300), (400, 400), (1400, 2100), (40, 60)])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("crop_pct", [0.8, 1.0])
def test_seen_is_where_the_pixels_come_from(size, mode, crop_pct):
    height, width = size
    net = Preprocessing((224, 224), mean=(0.0,) * 3, std=(1.0,) * 3, interpolation="bilinear", crop_pct=crop_pct, crop_mode=mode)
    tensor, (x0, y0, x1, y1) = net.prepare(coordinates(height, width))
    columns, rows = ((np.arange(224) + 0.5) / 224 * (b - a) + a for a, b in ((x0, x1), (y0, y1)))
    inside_x, inside_y = ((at > 0.03 * full) & (at < 0.97 * full) for at, full in ((columns, width), (rows, height)))
    middle_x, middle_y = np.flatnonzero(inside_x)[inside_x.sum() // 2], np.flatnonzero(inside_y)[inside_y.sum() // 2]
    got_x = tensor[0, 0, middle_y].numpy() * width
    got_y = tensor[0, 1, :, middle_x].numpy() * height
    step = max(width, height) / 255  # one grey level of the drawn coordinates
    assert np.abs(got_x - columns)[inside_x].max() <= 1.5 * step
    assert np.abs(got_y - rows)[inside_y].max() <= 1.5 * step


def test_seen_by_hand():
    assert Preprocessing((100, 100), crop_pct=1.0).crop(np.zeros((100, 300, 3), np.uint8))[1] == (100, 0, 200, 100)
    assert Preprocessing((100, 100), crop_pct=0.5).crop(np.zeros((400, 400, 3), np.uint8))[1] == (100, 100, 300, 300)
    assert Preprocessing((100, 100), crop_pct=1.0, crop_mode="squash").crop(np.zeros((50, 300, 3), np.uint8))[1] == (0, 0, 300, 50)
    # a border: the input reaches beyond the photo, above and below
    assert Preprocessing((100, 100), crop_pct=1.0, crop_mode="border").crop(np.zeros((100, 200, 3), np.uint8))[1] == (0, -50, 200, 150)


def test_the_photo_is_left_as_it_was(drawn):
    rgb = drawn(300, 400)
    rgb.flags.writeable = False
    before = rgb.copy()
    tensor, _ = Preprocessing((224, 224)).prepare(rgb[:, ::-1])  # not contiguous either
    tensor.add_(1)
    assert np.array_equal(rgb, before)


@pytest.mark.parametrize("wrong", [{"crop_mode": "middle"}, {"interpolation": "cubic"}])
def test_an_unknown_word_is_an_error(wrong):
    with pytest.raises(ValueError, match="unknown"):
        Preprocessing((224, 224), **wrong)
