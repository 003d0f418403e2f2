"""A net in pieces that forget: every weight once, from the top; figures of likeness against SciPy and scikit-image."""

import numpy as np
import pytest
import scipy.stats
import torch
from skimage.metrics import structural_similarity

from tests import networks
from vision.core.words import say
from vision.models.hybrid import HybridViT
from vision.tasks import randomise

ARCHS = ("resnet10t", "tf_efficientnet_lite0", "convnext_atto", "vit_tiny_patch16_224", "vit_relpos_small_patch16_224")


def hybrid():
    return HybridViT(networks.module("tf_efficientnet_lite0"), width=40, depth=2, heads=2).eval().requires_grad_(False)


@pytest.mark.parametrize("arch", ARCHS)
def test_every_weight_is_in_one_part(arch):
    module = networks.module(arch)
    found = randomise.parts(module)
    weights = [id(weight) for part in found for weight in part.weights]
    assert sorted(weights) == sorted(id(weight) for weight in module.parameters())
    assert len({part.name for part in found}) == len(found) > 4
    top = {id(weight) for weight in module.get_classifier().parameters()}
    assert top <= {id(weight) for weight in found[0].weights}
    assert id(next(module.parameters())) in {id(weight) for weight in found[-1].weights}


def test_the_parts_of_a_vit_by_name():
    names = [part.name for part in randomise.parts(networks.module("vit_tiny_patch16_224", depth=3))]
    assert names == ["head", "norm", "blocks.2", "blocks.1", "blocks.0", "patch_embed"]


def test_under_a_hybrid_comes_the_cnn_without_its_head():
    module = hybrid()
    trunk = module.trunk[0]
    found = randomise.parts(module)
    names = [part.name for part in found]
    assert names[:5] == ["head", "norm", "blocks.1", "blocks.0", "embed"] and names[5] == "trunk.bn2" and names[-1] == "trunk.conv_stem"
    weights = {id(weight) for part in found for weight in part.weights}
    head = {id(weight) for weight in trunk.get_classifier().parameters()}
    assert weights == {id(weight) for weight in (*module.parameters(), *trunk.parameters())} - head


def test_a_part_forgets_what_it_says_and_keeps_its_spread():
    module = networks.module("vit_tiny_patch16_224", depth=1)
    part = randomise.parts(module)[2]
    before = [weight.clone() for weight in part.weights]
    others = [weight.clone() for one in randomise.parts(module) if one.name != part.name for weight in one.weights]
    randomise.forget(part, 7)
    again = [weight.clone() for one in randomise.parts(module) if one.name != part.name for weight in one.weights]
    assert all(torch.equal(a, b) for a, b in zip(others, again, strict=True))
    for old, new in zip(before, part.weights, strict=True):
        if old.numel() > 1000:
            assert float(new.std()) == pytest.approx(float(old.std()), rel=0.1)
            assert abs(float(new.mean() - old.mean())) < 0.1 * float(old.std())
            assert abs(np.corrcoef(old.ravel(), new.ravel())[0, 1]) < 0.1
    same = [weight.clone() for weight in part.weights]
    for weight, old in zip(part.weights, before, strict=True):
        weight.copy_(old)
    randomise.forget(part, 7)
    assert all(torch.equal(a, b) for a, b in zip(same, part.weights, strict=True))


def test_a_copy_forgets_step_by_step_the_same_way():
    net = networks.net("vit_tiny_patch16_224", depth=1)
    before = [weight.clone() for weight in net.module.parameters()]
    one, two = (randomise.forgetful(net, count, 5) for count in (1, 2))
    assert all(torch.equal(a, b) for a, b in zip(before, net.module.parameters(), strict=True))
    assert torch.equal(one.module.head.weight, two.module.head.weight) and not torch.equal(one.module.head.weight, net.module.head.weight)
    assert torch.equal(one.module.norm.bias, net.module.norm.bias) and not torch.equal(two.module.norm.bias, net.module.norm.bias)


def test_likeness_against_scipy_and_scikit_image():
    random = np.random.default_rng(0)
    a = random.uniform(size=(9, 12))
    a /= a.max()
    b = np.clip(a + random.normal(0, 0.2, a.shape), 0, 1)
    rank, similar = randomise.alike(a, b)
    assert rank == pytest.approx(scipy.stats.spearmanr(a.ravel(), b.ravel()).statistic)
    steps = (np.arange(64) + 0.5) / 64

    def enlarged(grid):
        rows, columns = (np.clip(steps * size - 0.5, 0, size - 1) for size in grid.shape)
        found = [[np.interp(x, range(grid.shape[1]), row) for x in columns] for row in grid]
        down = np.array([np.interp(rows, range(grid.shape[0]), column) for column in np.array(found).T]).T
        return np.floor(down * 255 + 0.5).astype(np.uint8)

    assert similar == pytest.approx(structural_similarity(enlarged(a), enlarged(b), data_range=255), abs=0.005)
    assert randomise.alike(a, a) == (1.0, 1.0)
    assert randomise.alike(a, np.zeros_like(a))[0] is None


@pytest.mark.parametrize(("rank", "key"), [(None, "empty"), (-0.4, "changed"), (0.29, "changed"), (0.45, "between"), (0.61, "same")])
def test_the_words_follow_the_figures(rank, key):
    ((found, values),) = randomise.said_of(rank, 0.123)
    assert found == f"randomise.{key}" and say(found, **values)
    assert rank is None or values["ssim"] == "0.12"
