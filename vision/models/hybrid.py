"""A hybrid vision transformer: its tokens are the places of a CNN's last feature map.

Source: Dosovitskiy et al. 2021 (An image is worth 16x16 words, arXiv 2010.11929), section 3.1, "Hybrid architecture".
"""

from typing import Any

import torch
from timm.models.vision_transformer import Block
from torch import Tensor, nn

from vision.models.preprocessing import Preprocessing

HALF = (0.5, 0.5, 0.5)
STRIDE = 32  # pixels between two places of the map


class HybridViT(nn.Module):
    """Attention blocks over the last map of a frozen timm CNN, for the CNN's own names.

    The CNN is shared, never trained here and no part of the saved state: left and right of a comparison then see the same features.
    """

    mean: Tensor
    std: Tensor
    num_prefix_tokens = 1
    global_pool = "token"

    def __init__(
        self,
        trunk: Any,
        width: int = 320,
        depth: int = 4,
        heads: int = 5,
        mlp_ratio: float = 2.0,
        classes: int = 1000,
        side: int = 320,
        dropout: float = 0.0,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        self.trunk = (trunk,)  # in a tuple it is no submodule: not saved, not counted, not trained
        self.grid_size = (side // STRIDE, side // STRIDE)
        self.preprocessing = Preprocessing((side, side), HALF, HALF, "bicubic", 0.875)
        channels, places = int(trunk.num_features), self.grid_size[0] * self.grid_size[1]
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("std", torch.ones(channels))
        self.embed = nn.Linear(channels, width)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.randn(1, places + 1, width) * 0.02)
        rates = [drop_path * block / max(depth - 1, 1) for block in range(depth)]
        self.blocks = nn.ModuleList(
            [Block(width, heads, mlp_ratio, qkv_bias=True, init_values=0.1, proj_drop=dropout, drop_path=rate) for rate in rates]
        )
        self.norm = nn.LayerNorm(width)
        self.head_drop = nn.Dropout(dropout)
        self.head = nn.Linear(width, classes)

    def places(self, x: Tensor) -> Tensor:
        """Return the CNN's last map as a row of places: [n, 3, side, side] -> [n, places, channels], row by row."""
        with torch.no_grad():
            return self.trunk[0].forward_features(x).flatten(2).transpose(1, 2)

    def attend(self, places: Tensor, at: Tensor | None = None) -> Tensor:
        """Return the tokens after the last block, class token first: [n, 1 + k, width].

        places  float32 [n, k, channels]
        at      int64 [n, k]  where on the grid they are, row by row; None: all of them, in order
        """
        position = self.pos_embed[:, 1:] if at is None else self.pos_embed[0, 1:][at]
        x = self.embed((places - self.mean) / self.std) + position
        first = (self.cls_token + self.pos_embed[:, :1]).expand(len(x), -1, -1)
        x = torch.cat([first, x], 1)
        for block in self.blocks:
            x = block(x)
        return self.norm(x)  # type: ignore[no-any-return]

    def forward_features(self, x: Tensor) -> Tensor:
        """Return the tokens of a picture: [n, 3, side, side] -> [n, 1 + places, width]."""
        return self.attend(self.places(x))

    def forward_head(self, tokens: Tensor) -> Tensor:
        """Return logits [n, classes], read from the class token alone."""
        return self.head(self.head_drop(tokens[:, 0]))  # type: ignore[no-any-return]

    def forward(self, x: Tensor) -> Tensor:
        return self.forward_head(self.forward_features(x))
