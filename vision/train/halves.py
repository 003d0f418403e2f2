"""A net cut in two: a frozen first half, whose maps are kept, and the last blocks, which learn."""

from torch import Tensor, nn


class Tail(nn.Module):
    """The trained half of a net; `whole` is the net that it and the frozen half share.

    maps  float [n, c, h, w] of a CNN, float [n, tokens, width] of a transformer: what the frozen half gives
    """

    def __init__(self, whole: nn.Module, frozen: int) -> None:
        super().__init__()
        self.blocks = whole.blocks[frozen:]
        convolutional = hasattr(whole, "conv_head")
        self.last = nn.Sequential(whole.conv_head, whole.bn2) if convolutional else whole.norm
        self.names = whole.classifier if convolutional else whole.head
        self._answer = whole.forward_head

    def forward(self, maps: Tensor) -> Tensor:
        """Return logits [n, classes]."""
        return self._answer(self.last(self.blocks(maps)))  # type: ignore[no-any-return]


def frozen_half(whole: nn.Module, frozen: int, x: Tensor) -> Tensor:
    """Return what the first `frozen` blocks make of pictures [n, 3, side, side]."""
    if hasattr(whole, "conv_stem"):
        x = whole.bn1(whole.conv_stem(x))
    else:
        x = whole.norm_pre(whole.patch_drop(whole._pos_embed(whole.patch_embed(x))))
    return whole.blocks[:frozen](x)  # type: ignore[no-any-return]
