"""Maps against independent oracles: pytorch-grad-cam, numpy on saved tensors; placing through the real preprocessing."""

import copy
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

from tests import networks
from vision.core import heat
from vision.core.errors import UserError
from vision.core.results import Guess
from vision.core.words import say
from vision.models.preprocessing import Preprocessing
from vision.tasks import classify, explain

# The last map before the pool: a convolution or norm may follow the last block, or (MobileNetV3) come after the pool only.
TARGETS = {
    "resnet50": lambda m: m.layer4[-1],
    "efficientnet_lite0": lambda m: m.bn2,
    "convnext_tiny": lambda m: m.stages[-1],
    "mobilenetv3_small_100": lambda m: m.blocks[-1],
    "densenet121": lambda m: m.features.norm5,
    "regnety_002": lambda m: m.final_conv,
}


def choice(method, target=7, against=None, **view):
    other = None if against is None else Guess(networks.LABELS[against], against, 0.0)
    return explain.Choice(method, Guess(networks.LABELS[target], target, 0.0), other, **view)


@pytest.mark.parametrize("arch", TARGETS)
def test_gradcam_is_pytorch_grad_cams(arch):
    net = networks.net(arch, "cnn")
    picture = networks.picture()
    kept = classify.forward(net, picture)
    tensor, _ = net.preprocessing.prepare(picture.rgb)
    for target in np.argsort(kept.logits)[[-1, -2, 500]].tolist():  # with random weights an unlikely class has an empty map
        values = explain.gradcam(net, kept, choice("gradcam", target))
        module = copy.deepcopy(net.module).requires_grad_(True)
        layer = TARGETS[arch](module)
        with GradCAM(module, [layer]) as oracle:
            oracle(tensor, [ClassifierOutputTarget(target)])
            activations, slopes = (
                tape[0].cpu().data.numpy() for tape in (oracle.activations_and_grads.activations, oracle.activations_and_grads.gradients)
            )
            raw = oracle.get_cam_image(tensor, layer, [ClassifierOutputTarget(target)], activations, slopes, False)
        expected = np.maximum(raw, 0)[0]
        assert values.shape == expected.shape == kept.grid_hw
        assert expected.max() > 0 or target != kept.logits.argmax()
        assert np.abs(values - expected).max() <= 1e-5 * min(1.0, expected.max())


def test_class_a_minus_class_b_is_the_map_of_the_difference():
    net = networks.net("resnet18", "cnn")
    kept = classify.forward(net, networks.picture())
    features = torch.from_numpy(kept.features)[None].requires_grad_(True)
    logits = net.module.fc(features.mean((2, 3)))
    (slope,) = torch.autograd.grad(logits[0, 3] - logits[0, 9], features)
    expected = (features * slope.mean((2, 3), keepdim=True)).sum(1).clamp(min=0)[0].detach().numpy()
    values = explain.gradcam(net, kept, choice("gradcam", 3, 9))
    assert np.allclose(values, expected, atol=1e-6)
    assert not explain.gradcam(net, kept, choice("gradcam", 3, 3)).any()


class Keep(torch.nn.Module):
    """In place of a dropout: keeps what passes and its gradient."""

    def forward(self, matrix):
        matrix.retain_grad()
        self.matrix = matrix
        return matrix


def relevance_oracle(module, tensor, target, against, reads):
    """Chefer et al. 2021 on the saved tensors of a copy that runs backward in full."""
    module = copy.deepcopy(module).requires_grad_(True)
    for block in module.blocks:
        block.attn.attn_drop = Keep()
    logits = module(tensor)[0]
    (logits[target] - (0 if against is None else logits[against])).backward()
    kept = [block.attn.attn_drop.matrix for block in module.blocks]
    whole = np.eye(kept[0].shape[-1])
    for one in kept:
        matrix, slope = one.detach().numpy()[0].astype(float), one.grad.numpy()[0].astype(float)
        whole = whole + np.maximum(matrix * slope, 0).mean(0) @ whole
    return (whole - np.eye(len(whole)))[reads[0] : reads[1]].mean(0)


@pytest.mark.parametrize(
    ("arch", "against", "options"),
    [
        ("vit_tiny_patch16_224", None, {"depth": 4}),
        ("vit_tiny_patch16_224", 11, {"depth": 4}),
        ("deit_tiny_distilled_patch16_224", None, {"depth": 3}),
        ("beit_base_patch16_224", None, {"depth": 2}),
        ("eva02_tiny_patch14_224", None, {"depth": 2}),
        ("vit_relpos_small_patch16_224", None, {"depth": 2}),
    ],
)
def test_relevance_is_chefers(arch, against, options):
    net = networks.net(arch, **options)
    picture = networks.picture()
    kept = classify.forward(net, picture)
    tensor, _ = net.preprocessing.prepare(picture.rgb)
    values = explain.relevance(net, picture, kept, choice("relevance", 5, against))
    expected = relevance_oracle(net.module, tensor, 5, against, kept.reads)[kept.prefix :].reshape(kept.grid_hw)
    assert expected.max() > 0
    assert np.abs(values - expected).max() <= 1e-4 * expected.max()


def rollout_oracle(net, tensor):
    """Abnar and Zuidema 2020 on the float matrices, before any quantisation."""
    module = copy.deepcopy(net.module)
    for block in module.blocks:
        block.attn.attn_drop = torch.nn.Identity()
    seen = []
    for block in module.blocks:
        block.attn.attn_drop.register_forward_hook(lambda _m, x, y: seen.append(y[0].double().numpy()))
    with torch.inference_mode():
        module(tensor)
    whole = np.eye(seen[0].shape[-1])
    for matrices in seen:
        mixed = 0.5 * matrices.mean(0) + 0.5 * np.eye(len(whole))
        whole = mixed / mixed.sum(1, keepdims=True) @ whole
    return seen, whole


@pytest.mark.parametrize("arch", ["vit_tiny_patch16_224", "deit_tiny_distilled_patch16_224", "vit_relpos_small_patch16_224"])
def test_attention_and_rollout_from_256_steps_are_close_to_the_float_ones(arch):
    net = networks.net(arch, depth=4)
    picture = networks.picture()
    kept = classify.forward(net, picture)
    seen, whole = rollout_oracle(net, net.preprocessing.prepare(picture.rgb)[0])
    low, high = kept.reads
    rolled = explain.measure(None, picture, kept, choice("rollout")).ravel()
    expected = whole[low:high].mean(0)[kept.prefix :]
    assert np.abs(rolled - expected).max() <= expected.max() * 2 / 255  # four layers of half a step each
    for layer, head in [(0, 1), (3, -1), (-1, 2), (-1, -1)]:
        values = explain.measure(None, picture, kept, choice("attention", layer=layer, head=head)).ravel()
        stack = np.stack(seen)[[layer] if layer >= 0 else slice(None)][:, [head] if head >= 0 else slice(None)]
        rows = stack.mean((0, 1))[low:high].mean(0)[kept.prefix :]
        assert np.abs(values - rows).max() <= rows.max() / 255


def test_a_class_that_nothing_speaks_for_has_an_empty_map_and_a_sentence():
    net = networks.net("resnet18", "cnn")
    net.module.fc.weight[7] = -net.module.fc.weight.abs()[7]  # every feature is >= 0 and speaks against it
    picture = networks.picture()
    kept = classify.forward(net, picture)
    found = explain.explain(net, picture, kept, choice("gradcam", 7))
    assert not found.grid.any()
    assert found.range == (0.0, 0.0)
    assert found.facts == (("explain.no_evidence", {"target": networks.LABELS[7], "against": ""}),)
    against = explain.explain(net, picture, kept, choice("gradcam", 7, 7))
    assert against.facts[0][0] == "explain.no_evidence_against"
    assert all(found.words + against.words)


def test_a_constant_map_is_flat_and_says_so():
    net = networks.net("vit_tiny_patch16_224", depth=1)
    picture = networks.picture()
    kept = classify.forward(net, picture)
    even = SimpleNamespace(**{**vars(kept), "attention": np.full_like(kept.attention, 255), "scale": np.full_like(kept.scale, 1 / 197)})
    found = explain.explain(None, picture, even, choice("attention"))
    assert not found.grid.any()
    assert found.range[0] == found.range[1] == pytest.approx(1 / 197)
    assert found.facts[0] == ("explain.same_everywhere", {})
    gone = explain.explain(None, picture, kept, choice("rollout", discard=1.0))
    assert gone.facts == (("explain.no_weight", {}),)


def test_the_answer_carries_the_true_numbers():
    net = networks.net("vit_tiny_patch16_224", depth=2)
    picture = networks.picture()
    kept = classify.forward(net, picture)
    found = explain.explain(None, picture, kept, choice("attention", layer=1, head=0))
    values = explain.measure(None, picture, kept, choice("attention", layer=1, head=0))
    low, high = found.range
    assert (low, high) == (values.min(), values.max())
    assert (found.grid.min(), found.grid.max()) == (0.0, 1.0)
    assert np.allclose(found.grid * (high - low) + low, values)
    assert {key for key, _ in found.facts} >= {"explain.half"}
    assert any(key.startswith("explain.reach_") for key, _ in found.facts)
    evidence = explain.explain(net, picture, kept, choice("relevance", 5, 6))
    assert evidence.range[0] == 0.0
    assert ("explain.difference", {"target": networks.LABELS[5], "against": networks.LABELS[6]}) in evidence.facts
    assert all(say(key, **values) for key, values in evidence.facts)


def test_a_model_whose_head_reads_all_places_says_so():
    net = networks.net("beit_base_patch16_224", depth=1)
    kept = classify.forward(net, networks.picture())
    assert ("explain.no_class_token", {}) in explain.explain(None, networks.picture(), kept, choice("rollout")).facts
    values = kept.attention[0].astype(float) * kept.scale[0][..., None] / 255
    mean = values.mean(0)[1:, 1:].mean(0).reshape(14, 14)
    assert np.allclose(explain.measure(None, networks.picture(), kept, choice("attention")), mean)


@pytest.fixture(scope="module")
def nets():
    made = {"vit": networks.net("vit_tiny_patch16_224", depth=2), "cnn": networks.net("resnet10t", "cnn")}
    made["windows"] = networks.net("swin_tiny_patch4_window7_224", depths=(1, 1, 1, 1))
    return {name: (net, classify.forward(net, networks.picture())) for name, net in made.items()}


@pytest.mark.parametrize(
    ("kind", "asked", "key"),
    [
        ("vit", {"method": "gradcam"}, "explain.no_features"),
        ("cnn", {"method": "rollout"}, "explain.no_attention"),
        ("cnn", {"method": "relevance"}, "explain.no_attention"),
        ("windows", {"method": "attention"}, "explain.no_attention"),
        ("vit", {"method": "attention", "layer": 2}, "explain.no_layer"),
        ("vit", {"method": "attention", "head": -2}, "explain.no_head"),
        ("vit", {"method": "attention", "fusion": "sum"}, "explain.no_fusion"),
        ("vit", {"method": "rollout", "discard": float("nan")}, "explain.no_discard"),
    ],
)
def test_what_cannot_be_shown_is_a_sentence(nets, kind, asked, key):
    net, kept = nets[kind]
    with pytest.raises(UserError) as caught:
        explain.explain(net, networks.picture(), kept, choice(**asked))
    assert caught.value.key == key


@pytest.mark.parametrize("crop_mode", ["center", "squash", "border"])
@pytest.mark.parametrize(("height", "width"), [(150, 250), (250, 130), (200, 200)], ids=["landscape", "portrait", "square"])
@pytest.mark.parametrize("crop_pct", [0.875, 1.0])
def test_places_lie_on_the_pixels_that_made_them(crop_mode, height, width, crop_pct):
    y, x = np.mgrid[0:height, 0:width]
    rgb = np.stack([x, y, np.full_like(x, 99)], -1).astype(np.uint8)  # every pixel says where it is
    preprocessing = Preprocessing((224, 224), (0, 0, 0), (1, 1, 1), "bilinear", crop_pct, crop_mode)
    tensor, seen = preprocessing.prepare(rgb)
    patches = tensor[0].unfold(1, 16, 16).unfold(2, 16, 16).mean((-2, -1)).numpy() * 255  # [3, 14, 14]
    checked = 0
    for row, column in np.ndindex(14, 14):
        centre_x = seen[0] + (column + 0.5) / 14 * (seen[2] - seen[0])
        centre_y = seen[1] + (row + 0.5) / 14 * (seen[3] - seen[1])
        margin_x, margin_y = (seen[2] - seen[0]) / 28 + 1, (seen[3] - seen[1]) / 28 + 1
        if not (margin_x < centre_x < width - margin_x and margin_y < centre_y < height - margin_y):
            continue  # touches the padding or the edge
        checked += 1
        assert abs(patches[0, row, column] + 0.5 - centre_x) <= 1
        assert abs(patches[1, row, column] + 0.5 - centre_y) <= 1
        if row in (0, 13) or column in (0, 13):
            continue
        hot = np.zeros((14, 14))
        hot[row, column] = 1.0
        values = heat.place(hot, seen, width, height)
        x0, y0, _, _ = heat.window(seen, width, height)
        peak_y, peak_x = np.argwhere(values == values.max()).mean(0) + 0.5 + np.array([y0, x0])
        assert abs(peak_x - centre_x) <= 1
        assert abs(peak_y - centre_y) <= 1
    assert checked > 60
