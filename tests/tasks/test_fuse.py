"""Fusion of two pictures: every method on odd shapes, the ends bit for bit, places decided by features, sentences that are true."""

import hashlib
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from vision.core.errors import ModelError
from vision.core.place import FITS, Move
from vision.core.recipe import BLENDS, METHODS, Mask, Recipe
from vision.core.results import PictureFacts
from vision.tasks import fuse
from vision.tasks.activity import activity


def picture(rgb):
    height, width = rgb.shape[:2]
    digest = hashlib.sha256(rgb.tobytes()).hexdigest()
    return SimpleNamespace(rgb=rgb, width=width, height=height, digest=digest, facts=PictureFacts(width, height, digest))


def noise(height, width, seed=0):
    return picture(np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8))


@pytest.fixture(scope="module")
def net():
    import timm
    import torch

    torch.manual_seed(0)
    module = timm.create_model("tf_efficientnet_lite0", pretrained=False).eval().requires_grad_(False)
    return SimpleNamespace(card=SimpleNamespace(key="tiny", revision="1"), module=module, device="cpu", labels=(), preprocessing=None)


@pytest.mark.parametrize("light", ["srgb", "linear"])
def test_the_ends_are_the_pictures_bit_for_bit(light):
    a, b = noise(37, 41, 1), noise(37, 41, 2)
    assert (fuse.fuse(a, b, Recipe(alpha=1, light=light)).rgb == a.rgb).all()
    assert (fuse.fuse(a, b, Recipe(alpha=0, light=light)).rgb == b.rgb).all()


def test_alpha_is_the_share_of_a():
    a, b = picture(np.full((4, 4, 3), 200, np.uint8)), picture(np.full((4, 4, 3), 10, np.uint8))
    assert fuse.fuse(a, b, Recipe(alpha=0.3)).rgb[0, 0].tolist() == [67, 67, 67]
    assert fuse.fuse(a, b, Recipe(method="channels", weights=(1.0, 0.5, 0.0))).rgb[0, 0].tolist() == [200, 105, 10]
    assert fuse.fuse(a, b, Recipe(method="multiply", alpha=0)).rgb[0, 0].tolist() == [8, 8, 8]
    assert fuse.fuse(a, b, Recipe(method="multiply", alpha=1)).rgb[0, 0].tolist() == [200, 200, 200]


@pytest.mark.parametrize("method", [m for m in METHODS if m != "features"])
@pytest.mark.parametrize("fit", FITS)
def test_sizes_aspects_and_single_pixels(method, fit):
    for one, other in (((1, 1), (1, 1)), ((1, 40), (40, 1)), ((33, 20), (7, 50)), ((1, 1), (30, 30)), ((64, 65), (1, 1))):
        found = fuse.fuse(noise(*one), noise(*other, 1), Recipe(method=method, fit=fit, mask=Mask("oval")))
        assert found.rgb.shape == (*one, 3) and found.rgb.dtype == np.uint8
        assert (found.width, found.height) == (one[1], one[0])
        assert found.words


def test_never_a_silent_stretch():
    a, b = noise(40, 80), picture(np.full((60, 30, 3), 7, np.uint8))
    fit = fuse.fuse(a, b, Recipe(alpha=0, fit="fit"))
    seven = (fit.rgb == 7).all(axis=2)
    columns = np.flatnonzero(seven.all(axis=0))
    assert columns[0] == 30 and columns[-1] == 49  # 20 x 40: its own shape
    assert (fit.rgb[:, :30] == a.rgb[:, :30]).all()
    assert fit.words[-1].startswith("B does not reach 75\u00a0%")
    for whole in ("fill", "stretch"):
        assert (fuse.fuse(a, b, Recipe(alpha=0, fit=whole)).rgb == 7).all()


def test_moved_away_leaves_a():
    a, b = noise(30, 30), noise(30, 30, 1)
    for method in ("alpha", "multiply", "channels"):
        assert (fuse.fuse(a, b, Recipe(method=method, alpha=0, move=Move(dx=2.0))).rgb == a.rgb).all()


def test_hybrid_keeps_coarse_a_and_fine_b():
    a, b = (picture(cv2.resize(noise(8, 8, s).rgb, (128, 128), interpolation=cv2.INTER_CUBIC)) for s in (1, 2))
    b = picture(np.clip(b.rgb.astype(int) // 2 + noise(128, 128, 3).rgb // 2, 0, 255).astype(np.uint8))
    found = fuse.fuse(a, b, Recipe(method="hybrid", sigma=(3, 3))).rgb.astype(np.float32)

    def low(rgb):
        return cv2.GaussianBlur(rgb.astype(np.float32), (0, 0), 10)

    far = [np.corrcoef(low(found).ravel(), low(p.rgb).ravel())[0, 1] for p in (a, b)]
    near = [np.corrcoef((found - low(found)).ravel(), (p.rgb - low(p.rgb)).ravel())[0, 1] for p in (a, b)]
    assert far[0] > 0.9 > far[1] and near[1] > 0.7 > near[0]


def test_large_pictures_are_reduced_and_it_is_said():
    a, b = noise(30, 3000), noise(30, 30)
    found = fuse.fuse(a, b, Recipe(method="hybrid"))
    assert found.width == fuse.SIDE and "smaller than A itself" in " ".join(found.words)
    assert fuse.fuse(a, b, Recipe(alpha=1)).rgb.shape == a.rgb.shape
    assert fuse.fuse(a, b, Recipe(side=100)).width == 100


def test_activity_is_the_l1_norm_of_each_stage(net):
    import torch

    rgb = cv2.GaussianBlur(noise(64, 96).rgb, (0, 0), 2)
    maps = activity(net, rgb)
    sides = [m.shape for m in maps]
    assert len(sides) == 5 and all(tall > deeper for (tall, _), (deeper, _) in pairwise(sides))
    with torch.inference_mode():  # an oracle by hooks on the net's own blocks
        caught = {}
        hook = net.module.blocks[-1].register_forward_hook(lambda _m, _i, out: caught.update(out=out))
        again = activity(net, rgb)
        hook.remove()
    last = caught["out"][0].abs().sum(0).numpy()
    np.testing.assert_allclose(again[-1], last, rtol=1e-5)
    assert (again[-1] == maps[-1]).all()


def test_shares_on_paper():
    one, other = [np.full((4, 4), 3.0, np.float32)], [np.full((4, 4), 1.0, np.float32)]
    assert fuse.shares(one, other, (8, 8))[0] == pytest.approx(0.75)
    silent = [np.zeros((4, 4), np.float32)]
    assert fuse.shares(silent, silent, (2, 2))[0] == pytest.approx(0.5)


@pytest.mark.parametrize("rule", ["li", "lahoud"])
def test_features_take_the_sharp_half(net, rule):
    sharp = cv2.resize(noise(60, 80, 5).rgb, (320, 240), interpolation=cv2.INTER_NEAREST)
    blurred = cv2.GaussianBlur(sharp, (0, 0), 6)
    left, right = sharp.copy(), sharp.copy()
    left[:, 160:], right[:, :160] = blurred[:, 160:], blurred[:, :160]
    found = fuse.fuse(picture(left), picture(right), Recipe(method="features", rule=rule, layer=0), net)
    assert found.share[:, 20:140].mean() > found.share[:, 180:300].mean() + 20  # A is sharp on the left
    apart = np.abs(found.rgb.astype(float) - sharp)[:, 20:300].mean()
    plain = np.abs((left.astype(float) + right) / 2 - sharp)[:, 20:300].mean()
    assert apart < plain  # nearer to the all-sharp picture than the average is
    same = fuse.fuse(picture(sharp), picture(sharp), Recipe(method="features", rule=rule), net)
    assert np.abs(same.rgb.astype(int) - sharp).max() <= 1


def test_features_on_single_pixels_and_without_stages(net):
    assert fuse.fuse(noise(1, 1), noise(9, 1), Recipe(method="features"), net).rgb.shape == (1, 1, 3)
    bare = SimpleNamespace(card=net.card, module=object(), device="cpu")
    with pytest.raises(ModelError, match="does not give the features"):
        fuse.fuse(noise(9, 9), noise(9, 9), Recipe(method="features"), bare)


def test_the_sentence_names_the_nearer_picture():
    a, b = noise(40, 40, 1), noise(40, 40, 2)
    assert "more like A" in fuse.fuse(a, b, Recipe(alpha=0.9)).words[0]
    assert "more like B" in fuse.fuse(a, b, Recipe(alpha=0.1)).words[0]
    assert "as like A" in fuse.fuse(a, a, Recipe()).words[0]
    assert "Too small" in fuse.fuse(noise(2, 9), noise(2, 9), Recipe()).words[0]


def test_every_method_has_work_and_results_hold_no_tensors():
    assert set(fuse.WORK) == set(METHODS) and set(BLENDS) < set(METHODS)
    assert hash(Recipe()) == hash(replace(Recipe(), alpha=0.5))
