"""Weights under the names that other people gave them, renamed to those of the module that takes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

State = dict[str, Any]


def as_it_is(source: State, module: Any) -> State:
    """Return the weights unchanged."""
    return source


def efficientnet_pytorch(source: State, module: Any) -> State:
    """Rename EfficientNet-Lite in the layout of lukemelas/EfficientNet-PyTorch to timm's, where blocks are numbered by stage."""
    flat = [(stage, block) for stage, blocks in enumerate(module.blocks) for block in range(len(blocks))]
    return {_efficientnet_name(key, flat): value for key, value in source.items()}


# In the first stage a block has no expansion, so its norms count from the depthwise convolution on.
STEM = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"}
FIRST_STAGE = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
LATER_STAGES = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}


def _efficientnet_name(key: str, flat: list[tuple[int, int]]) -> str:
    inside = re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(.+)", key)
    if inside is None:
        part, rest = key.split(".", 1)
        return f"{STEM[part]}.{rest}"
    stage, block = flat[int(inside[1])]
    part = (LATER_STAGES if stage else FIRST_STAGE)[inside[2]]
    return f"blocks.{stage}.{block}.{part}.{inside[3]}"


DINO = {
    "dinov2.embeddings.cls_token": "cls_token",
    "dinov2.embeddings.position_embeddings": "pos_embed",
    "dinov2.embeddings.patch_embeddings.projection": "patch_embed.proj",
    "dinov2.layernorm": "norm",
    "classifier": "head",
}
DINO_LAYER = {
    "attention.output.dense": "attn.proj",
    "layer_scale1.lambda1": "ls1.gamma",
    "layer_scale2.lambda1": "ls2.gamma",
    "norm1": "norm1",
    "norm2": "norm2",
    "mlp.fc1": "mlp.fc1",
    "mlp.fc2": "mlp.fc2",
}


def dinov2_transformers(source: State, module: Any) -> State:
    """Rename the DINOv2 classifier of `transformers` to timm's: query, key and value in one matrix, positions for the module's grid."""
    import torch

    out: State = {}
    for key, value in source.items():
        layer = re.fullmatch(r"dinov2\.encoder\.layer\.(\d+)\.(.+)", key)
        if layer is not None:
            if ".query." in key:
                whole = [source[key.replace(".query.", f".{part}.")] for part in ("query", "key", "value")]
                out[f"blocks.{layer[1]}.attn.qkv.{key.rsplit('.', 1)[1]}"] = torch.cat(whole)
            elif ".key." not in key and ".value." not in key:
                out[f"blocks.{layer[1]}.{_renamed(layer[2], DINO_LAYER)}"] = value
        elif key != "dinov2.embeddings.mask_token":  # used in its training only
            out[_renamed(key, DINO)] = value
    out["pos_embed"] = _positions(out["pos_embed"], module.patch_embed.grid_size)
    return out


def _renamed(key: str, names: dict[str, str]) -> str:
    if key in names:
        return names[key]
    stem, last = key.rsplit(".", 1)
    return f"{names[stem]}.{last}"


def _positions(embedded: Any, grid_hw: tuple[int, int]) -> Any:
    """Resample [1, 1 + places, width] from its square grid to another as `transformers` does: bicubic, no smoothing."""
    import torch

    first, rest = embedded[:, :1], embedded[:, 1:]
    side = round(rest.shape[1] ** 0.5)
    square = rest.reshape(1, side, side, -1).permute(0, 3, 1, 2)
    resized = torch.nn.functional.interpolate(square, grid_hw, mode="bicubic", align_corners=False)
    return torch.cat([first, resized.permute(0, 2, 3, 1).flatten(1, 2)], 1)


def detr(source: State, module: Any) -> State:
    """Rename DETR's weights of the hub, which are older than the names in `transformers` 5."""
    from vision.models.detr import renamed

    return renamed(source)


def omniart(source: State, module: Any) -> State:
    """Rename the generator of the package omniart-eye-generator, and find its latent directions."""
    from vision.models import eyes

    return eyes.renamed(source, module)


LAYOUTS: dict[str, Callable[[State, Any], State]] = {
    "": as_it_is,
    "efficientnet-pytorch": efficientnet_pytorch,
    "dinov2-transformers": dinov2_transformers,
    "detr": detr,
    "omniart": omniart,
}
