"""A folded net says what the net says, gives its own weights back, and is asked where its parts are asked for."""

from copy import deepcopy

import pytest
import timm
import torch
from timm.layers import BatchNormAct2d
from torch import nn

from vision.models import folding
from vision.models.cache import load
from vision.models.catalog import Catalog


def made(name: str) -> nn.Module:
    torch.manual_seed(0)
    module = timm.create_model(name, num_classes=7).eval().requires_grad_(False)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            for tensor, low, high in (
                (part.running_mean, -1, 1),
                (part.running_var, 0.3, 3),
                (part.weight, 0.5, 1.5),
                (part.bias, -0.5, 0.5),
            ):
                tensor.uniform_(low, high)
    return module


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("tf_efficientnet_lite0", 1.0, 1.0),
        ("efficientnet_b0", 1.0, 1.0),
        ("mobilenetv3_small_050", 1.0, 1.0),
        ("resnet18", 1.0, 1.0),
        ("resnext26ts", 1.0, 1.0),
        ("densenet121", 0.0, 0.5),
        ("resnetv2_50", 0.0, 0.0),
        ("vit_tiny_patch16_224", 0.0, 0.0),
        ("convnext_atto", 0.0, 0.0),
    ],
)
def test_the_output_stays_and_unfolded_is_bit_for_bit_what_it_was(name, least, most):
    module = made(name)
    x = torch.randn(2, 3, 96, 96) if not name.startswith("vit") else torch.randn(1, 3, 224, 224)
    before, state = module(x), deepcopy(module.state_dict())
    norms = sum(isinstance(part, nn.BatchNorm2d) for part in module.modules())
    assert least * norms <= folding.fold(module) <= most * norms
    scale = before.abs().max()
    assert (module(x) - before).abs().max() < 2e-5 * scale
    assert all(torch.equal(one, module.state_dict()[key]) for key, one in state.items())
    assert module.state_dict().keys() == state.keys()
    copy = deepcopy(module)
    folding.unfold(copy)
    assert torch.equal(copy.to(memory_format=torch.contiguous_format)(x), before)
    assert (module(x) - before).abs().max() < 2e-5 * scale  # the copy's way back is not the net's


def test_a_convolution_is_asked_for_itself():
    module = made("tf_efficientnet_lite0")
    x = torch.randn(1, 3, 33, 47)
    alone = module.conv_stem(x)
    folding.fold(module)
    assert torch.allclose(folding.plain(module.conv_stem, x), alone, atol=1e-6)
    assert not torch.allclose(module.conv_stem(x), alone, atol=1e-2)
    assert torch.equal(folding.plain(nn.Identity(), x), x)


def test_strangers_are_left_alone():
    class Twisted(nn.Module):  # its normalisation stands behind the convolution in the list, before it in the pass
        def __init__(self):
            super().__init__()
            self.conv, self.norm = nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3)

        def forward(self, x):
            return self.conv(self.norm(x))

    assert folding.fold(Twisted().eval()) == 0
    wide = nn.Sequential(
        nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4, affine=False), nn.Conv2d(4, 4, 3, 1, 1, padding_mode="reflect"), BatchNormAct2d(4)
    )
    assert folding.fold(wide.eval()) == 0


def test_the_cache_folds_what_ships():
    catalog = Catalog.read()
    net = load(catalog["efficientnet-lite0"], "cpu", {})
    assert sum(type(part) in folding.CONVS.values() for part in net.module.modules()) == 49  # every convolution of it
