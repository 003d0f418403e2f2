"""Inside the nets, against hooks on the modules themselves and against plain numpy."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from tests import networks
from vision.core.errors import UserError
from vision.models import recorder
from vision.models.hybrid import HybridViT
from vision.models.net import Net
from vision.models.preprocessing import Preprocessing
from vision.models.tutorial import PatchViT, ThreeConv
from vision.tasks import inside


def leased(module, family, side=32):
    module.eval().requires_grad_(False)
    recorder.attach(module)
    return Net(
        networks.card(type(module).__name__, family),
        module,
        networks.LABELS,
        "cpu",
        getattr(module, "preprocessing", Preprocessing((side, side))),
    )


def passed(net, parts):
    """Return the outputs of some modules in one pass of the plain network, by hooks that are taken off again."""
    found = {}
    tensor, _ = net.preprocessing.prepare(networks.picture().rgb)
    taken = [
        part.register_forward_hook(lambda _m, _i, out, name=name: found.__setitem__(name, out.clone())) for name, part in parts.items()
    ]
    with torch.inference_mode():
        logits = net.module(tensor)
    for one in taken:
        one.remove()
    return {name: out[0].numpy() for name, out in found.items()}, logits[0].numpy()


def by_hand(planes, kernels, channel, row, column):
    """Return what a convolution gives at a place, by the words of Kernels: window times weight, summed, + bias, times scale + shift."""
    size = kernels.weight.shape[-1]
    total = 0.0
    for plane, weight in zip(planes, kernels.weight[channel], strict=True):
        for dy in range(size):
            for dx in range(size):
                y, x = row * kernels.stride[0] + dy - kernels.pad[0], column * kernels.stride[1] + dx - kernels.pad[1]
                if 0 <= y < plane.shape[0] and 0 <= x < plane.shape[1]:
                    total += float(plane[y, x]) * float(weight[dy, dx])
    return (total + kernels.bias[channel]) * kernels.scale[channel] + kernels.shift[channel]


def normal(found):
    """Return the net's input from the pixels that came along, [3, h, w]."""
    return ((found.pixels / 255 - np.array(found.mean)) / np.array(found.std)).transpose(2, 0, 1)


def test_the_three_conv_cnn_is_what_its_modules_say_and_follows_by_hand():
    torch.manual_seed(0)
    net = leased(ThreeConv(channels=(4, 6, 8)), "cnn")
    found = inside.layers(net, networks.picture())
    hooked, _ = passed(net, dict(enumerate(net.module.convs)))
    assert [(layer.kind, layer.number) for layer in found.layers] == [(kind, n) for n in (1, 2, 3) for kind in ("conv", "act", "pool")]
    planes = normal(found)
    for at in range(3):
        conv, act, pool = found.layers[3 * at : 3 * at + 3]
        assert np.array_equal(conv.values, hooked[at])
        cut = np.clip(conv.values, *act.limits)
        assert act.values is None and np.array_equal(cut, functional.relu(torch.tensor(hooked[at])).numpy())
        assert np.array_equal(pool.values, functional.max_pool2d(torch.tensor(cut), 2).numpy())
        for channel, row, column in [(0, 0, 0), (1, 3, 2), (3, conv.size[1] - 1, conv.size[2] - 1)]:
            assert by_hand(planes, conv.kernels, channel, row, column) == pytest.approx(conv.values[channel, row, column], abs=1e-5)
        planes = pool.values


@pytest.mark.parametrize(
    ("arch", "norm", "act"),
    [
        ("efficientnet_lite0", lambda m: m.bn1, None),
        ("tf_efficientnet_lite0", lambda m: m.bn1, None),
        ("resnet18", lambda m: m.bn1, lambda m: m.act1),
    ],
)
def test_a_stem_is_what_its_modules_say_and_follows_by_hand(arch, norm, act):
    module = networks.module(arch)
    norm(module).running_mean.normal_()
    norm(module).running_var.uniform_(0.5, 2)
    net = Net(networks.card(arch, "cnn"), module, networks.LABELS, "cpu", Preprocessing((64, 64), crop_pct=1.0))
    found = inside.layers(net, networks.picture())
    hooked, _ = passed(
        net, {"act": act(module) if act else norm(module), "conv": next(m for m in module.modules() if isinstance(m, torch.nn.Conv2d))}
    )
    conv, cut = found.layers[:2]
    assert (conv.kind, cut.kind) == ("conv", "act")
    assert np.allclose(np.clip(conv.values, *cut.limits), hooked["act"], atol=1e-5)
    kernels = conv.kernels
    plain = hooked["conv"] * kernels.scale[:, None, None] + kernels.shift[:, None, None]
    assert np.allclose(plain, conv.values, atol=1e-4)
    for channel, row, column in [(0, 0, 0), (5, 7, 3), (31, conv.size[1] - 1, conv.size[2] - 1)]:
        assert by_hand(normal(found), kernels, channel, row, column) == pytest.approx(conv.values[channel, row, column], abs=1e-4)


def test_the_stages_of_a_timm_cnn_are_its_own_and_the_strongest_maps_are_kept():
    net = networks.net("resnet18", "cnn")
    found = inside.layers(net, networks.picture())
    module = net.module
    hooked, _ = passed(net, {1: module.layer1, 2: module.layer2, 3: module.layer3, 4: module.layer4})
    stages = [layer for layer in found.layers if layer.kind == "stage"]
    assert [layer.number for layer in stages] == [1, 2, 3, 4]  # the stem's activation is not said twice
    for layer in stages:
        whole = hooked[layer.number]
        assert layer.size == whole.shape
        strength = np.abs(whole).mean((1, 2))
        assert set(layer.channels) == set(np.argsort(-strength, kind="stable")[: inside.KEPT].tolist())
        assert list(layer.channels) == sorted(layer.channels)
        assert np.allclose(layer.values, whole[list(layer.channels)], atol=1e-5)


def test_the_last_map_stands_alone_only_where_it_is_another():
    lite = inside.layers(networks.net("efficientnet_lite0", "cnn"), networks.picture())
    assert lite.layers[-1].kind == "last" and lite.layers[-1].size == (1280, 7, 7)


def test_a_place_sees_what_its_field_says():
    """Pixels outside of the field change nothing, those at its edge do (with means in place of maxima, so that every path counts)."""
    torch.manual_seed(1)
    net = leased(ThreeConv(channels=(4, 4, 4)), "cnn")
    found = inside.layers(net, networks.picture())
    x = torch.randn(1, 3, 32, 32, requires_grad=True)
    smooth = x
    for conv in net.module.convs:
        smooth = functional.avg_pool2d(conv(smooth), 2)
    (slope,) = torch.autograd.grad(smooth[0, :, 2, 2].sum(), x)
    pixels, step, first = found.layers[-1].field
    rows = np.nonzero(slope.abs().sum((0, 1, 3)).numpy())[0]
    assert (rows.min(), rows.max()) == (max(0, first + 2 * step), min(31, first + 2 * step + pixels - 1))


VITS = {
    "vit": lambda: networks.net("vit_tiny_patch16_224", depth=3),
    "deit": lambda: networks.net("deit_tiny_distilled_patch16_224", depth=2),
    "deit3": lambda: networks.net("deit3_small_patch16_224", depth=2),
    "beit": lambda: networks.net("beit_base_patch16_224", depth=2),
    "eva": lambda: networks.net("eva02_tiny_patch14_224", depth=2),
    "relpos": lambda: networks.net("vit_relpos_small_patch16_224", depth=2),
    "patches": lambda: leased(PatchViT(depth=3, width=16, heads=2), "vit"),
    "stem": lambda: leased(PatchViT(depth=2, width=16, heads=2, stem=True, positions="sine"), "vit"),
    "hybrid": lambda: leased(HybridViT(networks.module("efficientnet_lite0"), width=20, depth=2, heads=2, side=96), "vit"),
}


@pytest.mark.parametrize("kind", VITS)
def test_the_lens_reads_every_block_as_the_head_reads_the_last(kind):
    torch.manual_seed(0)
    net = VITS[kind]()
    found = inside.tokens(net, networks.picture())
    hooked, logits = passed(net, dict(enumerate(net.module.blocks, 1)))
    assert found.lens.shape == (1 + len(hooked), len(logits))
    assert np.array_equal(found.lens[-1], logits)
    for depth, tokens in hooked.items():
        with torch.inference_mode():
            read = net.module.forward_head(net.module.norm(torch.tensor(tokens)[None]))[0]
        assert np.allclose(found.lens[depth], read.numpy(), atol=1e-5)
    assert np.abs(found.lens[0] - found.lens[1]).max() > 1e-4


def test_the_lens_of_a_class_token_by_hand():
    net = VITS["vit"]()
    hooked, _ = passed(net, {1: net.module.blocks[0]})
    cls = hooked[1][0].astype(np.float64)
    norm, head = net.module.norm, net.module.head
    unit = (cls - cls.mean()) / np.sqrt(cls.var() + norm.eps) * norm.weight.numpy() + norm.bias.numpy()
    expected = head.weight.numpy() @ unit + head.bias.numpy()
    assert np.allclose(inside.tokens(net, networks.picture()).lens[1], expected, atol=1e-4)


@pytest.mark.parametrize("kind", ["vit", "deit", "deit3", "patches", "stem", "hybrid"])
def test_embedding_and_position_add_up_to_what_the_first_block_gets(kind):
    torch.manual_seed(0)
    net = VITS[kind]()
    found = inside.tokens(net, networks.picture())
    heard = []
    tensor, _ = net.preprocessing.prepare(networks.picture().rgb)
    net.module.blocks[0].register_forward_pre_hook(lambda _m, inputs: heard.append(inputs[0][0].numpy().copy()))
    with torch.inference_mode():
        net.module(tensor)
    places = heard[0][found.prefix :]
    assert np.allclose(found.embedding + found.positions, places, atol=1e-5)
    assert found.embedding.shape == (found.grid_hw[0] * found.grid_hw[1], places.shape[1])
    rows = found.positions
    near = rows @ rows.T / np.outer(np.linalg.norm(rows, axis=1), np.linalg.norm(rows, axis=1))
    assert np.allclose(found.similarity, near, atol=1e-5)


def test_embeddings_are_those_of_the_cut_patches():
    net = VITS["vit"]()
    found = inside.tokens(net, networks.picture())
    proj = net.module.patch_embed.proj
    config = net.preprocessing
    normal = ((found.pixels / 255 - np.array(config.mean)) / np.array(config.std)).transpose(2, 0, 1)
    row, column = 3, 9
    patch = normal[:, row * 16 : row * 16 + 16, column * 16 : column * 16 + 16]
    expected = proj.weight.numpy().reshape(len(proj.weight), -1) @ patch.ravel() + proj.bias.numpy()
    assert np.allclose(found.embedding[row * 14 + column], expected, atol=1e-4)


@pytest.mark.parametrize(
    ("kind", "cut"), [("vit", True), ("beit", True), ("eva", True), ("patches", True), ("stem", False), ("hybrid", False)]
)
def test_what_is_called_a_patch_is_one(kind, cut):
    assert inside.tokens(VITS[kind](), networks.picture()).cut is cut


@pytest.mark.parametrize("kind", ["relpos", "beit"])
def test_without_positions_there_is_no_similarity(kind):
    found = inside.tokens(VITS[kind](), networks.picture())
    assert found.positions is None and found.similarity is None
    assert found.embedding.shape[0] == found.grid_hw[0] * found.grid_hw[1]


def test_attention_is_the_mean_over_heads_within_half_a_step():
    net = VITS["vit"]()
    found = inside.tokens(net, networks.picture())
    true = []
    tensor, _ = net.preprocessing.prepare(networks.picture().rgb)
    with torch.inference_mode(), recorder.recording(lambda _layer, matrix: true.append(matrix[0].mean(0))):
        net.module(tensor)
    values = found.attention * (found.scale[..., None] / 255)
    assert (np.abs(values - torch.stack(true).numpy()) <= found.scale[..., None] * (0.5 / 255 + 1e-6)).all()


def test_cosine_of_a_row_of_zeros_is_nothing():
    assert np.array_equal(inside.cosine(np.array([[0, 0], [3, 4]], np.float32)), [[0, 0], [0, 1]])


def test_the_wrong_kind_of_net_is_a_sentence():
    with pytest.raises(UserError) as caught:
        inside.layers(VITS["patches"](), networks.picture())
    assert caught.value.key == "inside.no_cnn"
    for net in (networks.net("resnet18", "cnn"), networks.net("swin_tiny_patch4_window7_224", "vit")):
        with pytest.raises(UserError) as caught:
            inside.tokens(net, networks.picture())
        assert caught.value.key == "inside.no_tokens"


def test_two_visitors_at_once_hear_their_own_tokens():
    from concurrent.futures import ThreadPoolExecutor

    net = VITS["patches"]()
    pictures = [networks.picture(seed) for seed in range(8)]
    alone = [inside.tokens(net, one).lens for one in pictures]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda one: inside.tokens(net, one).lens, pictures))
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))
