"""One kept forward pass: logits of the plain network, attention in 256 steps, names of classes."""

import numpy as np
import pytest
import torch

from tests import networks
from vision.core.errors import UserError
from vision.models import recorder
from vision.tasks import classify

LABELS = networks.LABELS


@pytest.mark.parametrize(
    ("arch", "family"), [("resnet18", "cnn"), ("vit_tiny_patch16_224", "vit"), ("swin_tiny_patch4_window7_224", "vit")]
)
def test_the_pass_gives_the_networks_own_logits(arch, family):
    net = networks.net(arch, family)
    kept = classify.forward(net, networks.picture())
    tensor, seen = net.preprocessing.prepare(networks.picture().rgb)
    with torch.inference_mode():
        logits = net.module(tensor)[0]
    assert np.array_equal(kept.logits, logits.numpy())
    assert (kept.model, kept.seen, kept.input_hw) == (arch, seen, (224, 224))
    found = classify.best(kept, LABELS, 5)
    assert [guess.index for guess in found.top] == logits.topk(5).indices.tolist()
    assert np.allclose([guess.score for guess in found.top], logits.softmax(0).topk(5).values.numpy(), atol=1e-6)
    assert found.top[0].label == LABELS[found.top[0].index]


def test_attention_is_kept_within_half_a_step():
    net = networks.net("vit_tiny_patch16_224", depth=3)
    kept = classify.forward(net, networks.picture())
    tensor, _ = net.preprocessing.prepare(networks.picture().rgb)
    true = []
    with torch.inference_mode(), recorder.recording(lambda _layer, matrix: true.append(matrix[0])):
        net.module(tensor)
    kept_values = kept.attention * (kept.scale[..., None] / 255)
    assert kept.attention.shape == (3, 3, 197, 197)
    assert np.array_equal(kept.scale, torch.stack(true).amax(-1).numpy())
    assert (np.abs(kept_values - torch.stack(true).numpy()) <= kept.scale[..., None] * (0.5 / 255 + 1e-6)).all()
    assert (kept.attention.max(-1) == 255).all()


def test_a_cnn_keeps_the_last_map_before_the_pool_and_no_attention():
    kept = classify.forward(networks.net("resnet18", "cnn"), networks.picture())
    assert kept.features.shape == (512, 7, 7)
    assert kept.grid_hw == (7, 7)
    assert kept.attention is kept.scale is None


def test_a_kept_pass_holds_no_tensor():
    for arch, family in [("resnet18", "cnn"), ("vit_tiny_patch16_224", "vit")]:
        kept = classify.forward(networks.net(arch, family), networks.picture())
        assert not any(isinstance(value, torch.Tensor) for value in vars(kept).values())


def test_input_that_is_not_square_or_one_pixel():
    net = networks.net("vit_small_patch32_224", input_hw=(160, 224), crop_mode="center", depth=1, img_size=(160, 224))
    assert classify.forward(net, networks.picture(height=300, width=100)).grid_hw == (5, 7)
    assert classify.forward(net, networks.picture(height=1, width=1)).grid_hw == (5, 7)


@pytest.fixture(scope="module")
def kept():
    return classify.forward(networks.net("resnet18", "cnn"), networks.picture())


def test_a_class_by_label_synonym_index_or_none(kept):
    best = int(np.argmax(kept.logits))
    assert classify.named(kept, LABELS, "  ").index == best
    assert classify.named(kept, LABELS, "17").label == LABELS[17]
    assert classify.named(kept, LABELS, "THING 17, alias 17").index == 17
    assert classify.named(kept, LABELS, "Alias 17").index == 17
    guess = classify.named(kept, LABELS, "17")
    assert guess.score == pytest.approx(float(torch.tensor(kept.logits).softmax(0)[17]), abs=1e-6)


@pytest.mark.parametrize("target", ["1000", "-1", "99999999999999", "²", "thing 17, alias 18", "<script>", "x" * 5000])
def test_an_unknown_class_is_a_sentence_with_close_ones(kept, target):
    with pytest.raises(UserError) as caught:
        classify.named(kept, LABELS, target)
    assert caught.value.key == "explain.unknown_target"
    assert len(str(caught.value)) < 400


def test_a_close_name_is_offered_and_a_double_one_asked_about(kept):
    labels = ("crane, bird", "crane, machine", "tabby cat", *LABELS[3:])
    with pytest.raises(UserError, match=r"crane, bird \(0\); crane, machine \(1\)"):
        classify.named(kept, labels, "crane")
    with pytest.raises(UserError, match=r"tabby cat \(2\)"):
        classify.named(kept, labels, "tabby kat")
