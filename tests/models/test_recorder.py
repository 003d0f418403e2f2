"""What is recorded is the softmax that was used: recomputed outputs and timm's fused path as oracles; everything else is refused."""

import copy
import threading

import pytest
import torch
from torch.nn import functional as F

from tests import networks
from vision.models import recorder

# arch, options, prefix, reads, grid of the default input
RECORDED = {
    "vit_tiny_patch16_224": ({"depth": 2}, 1, (0, 1), (14, 14)),
    "vit_small_patch32_224": ({"depth": 2, "img_size": (160, 224)}, 1, (0, 1), (5, 7)),
    "deit_tiny_distilled_patch16_224": ({"depth": 2}, 2, (0, 2), (14, 14)),
    "deit3_small_patch16_224": ({"depth": 2, "qk_norm": True}, 1, (0, 1), (14, 14)),
    "vit_small_patch14_dinov2": ({"depth": 2, "img_size": 224}, 1, (0, 1), (16, 16)),
    "vit_small_patch14_reg4_dinov2": ({"depth": 2, "img_size": 224}, 5, (0, 1), (16, 16)),
    "vit_medium_patch16_reg4_gap_256": ({"depth": 2}, 4, (4, 260), (16, 16)),
    "vit_base_patch16_siglip_224": ({"depth": 2}, 0, (0, 196), (14, 14)),
    "vit_small_r26_s32_224": ({"depth": 2}, 1, (0, 1), (7, 7)),
    "vit_relpos_small_patch16_224": ({"depth": 2}, 0, (0, 196), (14, 14)),
    "beit_base_patch16_224": ({"depth": 2}, 1, (1, 197), (14, 14)),
    "eva02_tiny_patch14_224": ({"depth": 2}, 1, (1, 257), (16, 16)),
    "vit_small_patch16_dinov3": ({"depth": 2, "img_size": 224}, 5, (5, 201), (14, 14)),
    "vit_small_patch16_rope_mixed_224": ({"depth": 2}, 1, (0, 1), (14, 14)),
}
REFUSED = [
    "swin_tiny_patch4_window7_224",
    "swinv2_tiny_window8_256",
    "cait_xxs24_224",
    "xcit_nano_12_p16_224",
    "levit_128s",
    "mobilevit_xxs",
    "convit_tiny",
    "crossvit_tiny_240",
    "pit_ti_224",
    "twins_svt_small",
    "tnt_s_patch16_224",
    "volo_d1_224",
    "maxvit_tiny_tf_224",
    "davit_tiny",
    "coat_tiny",
    "nest_tiny",
    "efficientformer_l1",
    "fastvit_t8",
    "tiny_vit_5m_224",
    "vit_small_patch16_18x2_224",
    "resnet18",
    "tf_efficientnet_lite0",
    "convnext_atto",
]


def values_of(attention, x):
    """The value vectors [heads, tokens, width] of an attention module, from its own weights."""
    if getattr(attention, "qkv", None) is None:
        flat = attention.v_proj(x)
    else:
        bias = attention.qkv.bias
        if getattr(attention, "q_bias", None) is not None:
            bias = torch.cat((attention.q_bias, attention.k_bias, attention.v_bias))
        flat = F.linear(x, attention.qkv.weight, bias).chunk(3, -1)[2]
    return flat[0].unflatten(-1, (attention.num_heads, -1)).transpose(0, 1)


def output_of(attention, matrix, x):
    """What an attention module gives for a softmax matrix [heads, tokens, tokens]."""
    mixed = (matrix @ values_of(attention, x)).transpose(0, 1).flatten(1)
    return attention.proj(attention.norm(mixed) if hasattr(attention, "norm") else mixed)


@pytest.mark.parametrize("arch", RECORDED)
def test_the_recorded_matrix_is_the_one_that_was_used(arch):
    options, prefix, reads, grid_hw = RECORDED[arch]
    module = networks.module(arch, **options)
    fused = copy.deepcopy(module)
    assert recorder.attach(module)
    matrices, inputs, outputs = [], [], []
    for block in module.blocks:
        block.attn.register_forward_hook(lambda _m, x, y: inputs.append(x[0]))
        block.attn.register_forward_hook(lambda _m, x, y: outputs.append(y[0]))
    size = module.patch_embed.img_size
    tensor = torch.randn(1, 3, *size, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode(), recorder.recording(lambda _layer, matrix: matrices.append(matrix[0])):
        logits = module(tensor)
    with torch.inference_mode():
        assert all(block.attn.fused_attn for block in fused.blocks)
        scale = fused(tensor).abs().max().clamp(min=1)
        assert (logits - fused(tensor)).abs().max() / scale <= 1e-5
        for block, matrix, x, y in zip(module.blocks, matrices, inputs, outputs, strict=True):
            assert (matrix.sum(-1) - 1).abs().max() <= 1e-5
            assert matrix.std() > 1e-3  # not the flat matrix of weights that do nothing
            assert (output_of(block.attn, matrix, x) - y).abs().max() <= 1e-4 * y.abs().max()
    layout = recorder.layout(module, size)
    assert layout == recorder.Layout(2, prefix, reads, grid_hw)
    assert matrices[0].shape[-1] == prefix + grid_hw[0] * grid_hw[1]


@pytest.mark.parametrize("arch", REFUSED)
def test_attention_that_is_not_over_all_places_is_refused(arch):
    with torch.device("meta"):
        module = networks.timm.create_model(arch, pretrained=False)
    assert not recorder.attach(module)
    assert recorder.layout(module, (224, 224)) is None


def test_hooks_are_put_on_once_and_do_nothing_when_nobody_records():
    module = networks.module("vit_tiny_patch16_224", depth=2)
    recorder.attach(module)
    recorder.attach(module)
    assert [len(block.attn.attn_drop._forward_pre_hooks) for block in module.blocks] == [1, 1]
    seen = []
    with recorder.recording(lambda layer, _matrix: seen.append(layer)):
        module(torch.zeros(1, 3, 224, 224))
    module(torch.zeros(1, 3, 224, 224))
    assert seen == [0, 1]


def test_recording_ends_when_the_forward_fails():
    module = networks.module("vit_tiny_patch16_224", depth=2)
    recorder.attach(module)
    seen = []
    with pytest.raises(AssertionError), recorder.recording(lambda layer, _matrix: seen.append(layer)):
        module(torch.zeros(1, 3, 99, 99))
    module(torch.zeros(1, 3, 224, 224))
    assert seen == []


def test_each_thread_records_its_own():
    module = networks.module("vit_tiny_patch16_224", depth=2)
    recorder.attach(module)
    inside, told = threading.Barrier(2), {}

    def work(name, level):
        seen = []
        with torch.inference_mode(), recorder.recording(lambda _layer, matrix: (inside.wait(20), seen.append(matrix))[1]):
            module(torch.full((1, 3, 224, 224), level))
        told[name] = seen

    threads = [threading.Thread(target=work, args=(i, float(i))) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [len(told[i]) for i in range(2)] == [2, 2]
    assert not torch.equal(told[0][0], told[1][0])


def test_a_grid_of_dynamic_size_is_the_models_own():
    module = networks.module("vit_tiny_patch16_224", depth=1, dynamic_img_size=True)
    assert recorder.layout(module, (96, 160)).grid_hw == (6, 10)
    assert recorder.layout(module, (224, 224)).grid_hw == (14, 14)
