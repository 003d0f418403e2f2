"""Attention and tokens of one forward pass, safe for concurrent users of one shared network.

Hooks are put on once, when a network is loaded, and hand the softmax matrices, and the tokens between the blocks, to whoever records
in the present context; when nobody does, they do nothing. Fused attention never forms that matrix, so the recorded modules are
switched to the written-out path; the dropout after the softmax is where the matrix really used passes by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from torch import nn

Take = Callable[[int, "torch.Tensor"], "torch.Tensor | None"]

Hear = Callable[[int, "torch.Tensor"], None]

_taking: ContextVar[Take | None] = ContextVar("taking", default=None)
_hearing: ContextVar[Hear | None] = ContextVar("hearing", default=None)


@dataclass(frozen=True)
class Layout:
    """How the tokens of a vision transformer lie.

    layers   blocks that are recorded
    prefix   tokens before the places (class token, registers)
    reads    tokens the class head reads, first and one past the last
    grid_hw  places, rows and columns; the tokens after the prefix, row by row
    """

    layers: int
    prefix: int
    reads: tuple[int, int]
    grid_hw: tuple[int, int]


@contextmanager
def recording(take: Take) -> Iterator[None]:
    """Give `take(layer, attention)` every attention of the forward passes made inside, in this thread's context only.

    attention  [1, heads, tokens, tokens]  softmax rows; a tensor that `take` returns is used in its place
    """
    token = _taking.set(take)
    try:
        yield
    finally:
        _taking.reset(token)


@contextmanager
def following(hear: Hear) -> Iterator[None]:
    """Give `hear(depth, tokens)` the tokens before the first block (depth 0) and after each, of passes made inside, as `recording` does.

    tokens  [1, tokens, width], not to be changed
    """
    token = _hearing.set(hear)
    try:
        yield
    finally:
        _hearing.reset(token)


class _Ear:
    """The hook between two blocks; depth 0 stands before the first and hears its inputs."""

    def __init__(self, depth: int) -> None:
        self.depth = depth

    def __call__(self, _module: nn.Module, inputs: tuple[Any, ...], output: Any = None) -> None:
        hear = _hearing.get()
        if hear is not None:
            hear(self.depth, inputs[0] if self.depth == 0 else output)


class _Tap:
    """The hook of one layer; a class of its own, so that a second `attach` sees it is there."""

    def __init__(self, layer: int) -> None:
        self.layer = layer

    def __call__(self, _module: nn.Module, inputs: tuple[Any, ...]) -> Any:
        take = _taking.get()
        return None if take is None else take(self.layer, inputs[0])


def attach(module: nn.Module) -> bool:
    """Prepare a freshly loaded network for recording, once; return whether it has attention over places that can be recorded."""
    found = _attentions(module)
    for layer, attention in enumerate(found):
        taps = attention.attn_drop._forward_pre_hooks.values()
        if not any(isinstance(tap, _Tap) for tap in taps):
            attention.fused_attn = False
            attention.attn_drop.register_forward_pre_hook(_Tap(layer))
            module.blocks[layer].register_forward_hook(_Ear(layer + 1))  # type: ignore[index, union-attr]
            if layer == 0:
                module.blocks[0].register_forward_pre_hook(_Ear(0))  # type: ignore[index, union-attr]
    return bool(found)


def layout(module: nn.Module, input_hw: tuple[int, int]) -> Layout | None:
    """Return how the tokens lie for an input of `input_hw` pixels, or None where there is no attention over places."""
    found = _attentions(module)
    grid_hw = _grid(module, input_hw)
    if not found or grid_hw is None:
        return None
    prefix = int(getattr(module, "num_prefix_tokens", 0))
    return Layout(len(found), prefix, _reads(module, prefix, grid_hw[0] * grid_hw[1]), grid_hw)


def _kinds() -> tuple[type, ...]:
    """Return the attention classes whose `attn_drop` sees one softmax matrix over all tokens, read in timm's source one by one."""
    from timm.layers.attention import Attention, AttentionRope
    from timm.models.beit import Attention as BeitAttention
    from timm.models.eva import EvaAttention
    from timm.models.vision_transformer_relpos import RelPosAttention

    return Attention, AttentionRope, BeitAttention, EvaAttention, RelPosAttention


def _attentions(module: nn.Module) -> list[Any]:
    """Return the attention module of every block, in order; empty where any block has another kind (windows, channels, talking heads)."""
    blocks = getattr(module, "blocks", None)
    if blocks is None or not len(blocks):
        return []
    found = [getattr(block, "attn", None) for block in blocks]
    kinds = _kinds()
    return found if all(type(one) in kinds for one in found) else []


def _grid(module: nn.Module, input_hw: tuple[int, int]) -> tuple[int, int] | None:
    """Return rows and columns of places from the model itself: patch size, a trunk's stride and dynamic sizes are its affair."""
    embed = getattr(module, "patch_embed", None)
    if embed is not None and hasattr(embed, "dynamic_feat_size") and tuple(getattr(embed, "img_size", None) or ()) != tuple(input_hw):
        rows, columns = embed.dynamic_feat_size(tuple(input_hw))
    else:
        size = getattr(embed, "grid_size", None) or getattr(module, "grid_size", None)
        if size is None:
            return None
        rows, columns = size
    return int(rows), int(columns)


def _reads(module: nn.Module, prefix: int, places: int) -> tuple[int, int]:
    """Return the tokens the class head reads: class token, class and distillation token, or every place where places are pooled."""
    if getattr(module, "head_dist", None) is not None:
        return 0, 2
    pool = getattr(module, "global_pool", "token" if prefix else "avg")
    return (0, 1) if pool == "token" and prefix else (prefix, prefix + places)
