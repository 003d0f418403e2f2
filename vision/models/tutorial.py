"""Small classifiers written out to be read: the tutorials' three-conv CNN, a residual CNN, a vision transformer on raw patches.

Sources: TensorFlow's and Keras' CIFAR-10 tutorials (the three-conv CNN); He et al. 2016 (residual blocks); Dosovitskiy et al. 2021 (ViT);
Vaswani et al. 2017 (sine positions); Xiao et al. 2021 (convolutional stem).
"""

import math

import torch
from timm.layers.attention import Attention
from torch import Tensor, nn
from torch.nn import functional

from vision.models.preprocessing import Preprocessing

HALF = (0.5, 0.5, 0.5)


class ThreeConv(nn.Module):
    """Three 3 x 3 convolutions with a pool after each, a hidden layer, the names."""

    def __init__(self, classes: int = 10, channels: tuple[int, int, int] = (32, 64, 128), side: int = 32, dropout: float = 0.3) -> None:
        super().__init__()
        self.preprocessing = Preprocessing((side, side), HALF, HALF, "bicubic", 1.0)
        self.convs = nn.ModuleList([nn.Conv2d(a, b, 3, padding=1) for a, b in zip((3, *channels), channels, strict=False)])
        self.hidden = nn.Linear(channels[-1] * (side // 8) ** 2, 128)
        self.drop = nn.Dropout(dropout)
        self.names = nn.Linear(128, classes)

    def forward_features(self, x: Tensor) -> Tensor:
        """Return the last convolution's map [n, c, side / 4, side / 4], after the rectifier and before the last pool."""
        for conv in self.convs[:-1]:
            x = functional.max_pool2d(functional.relu(conv(x)), 2)
        return functional.relu(self.convs[-1](x))

    def forward_head(self, features: Tensor) -> Tensor:
        """Return logits [n, classes]."""
        x = functional.max_pool2d(features, 2).flatten(1)
        return self.names(self.drop(functional.relu(self.hidden(self.drop(x)))))  # type: ignore[no-any-return]

    def forward(self, x: Tensor) -> Tensor:
        return self.forward_head(self.forward_features(x))


class Residual(nn.Module):
    """Two convolutions whose output is added to what came in."""

    def __init__(self, wide_in: int, wide: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(wide_in, wide, 3, stride, 1, bias=False)
        self.second = nn.Conv2d(wide, wide, 3, 1, 1, bias=False)
        self.norms = nn.ModuleList([nn.BatchNorm2d(wide), nn.BatchNorm2d(wide)])
        self.same = nn.Identity() if wide_in == wide and stride == 1 else nn.Conv2d(wide_in, wide, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        inside = functional.relu(self.norms[0](self.first(x)))
        return functional.relu(self.norms[1](self.second(inside)) + self.same(x))


class ResidualCNN(nn.Module):
    """A stem and six residual blocks at three sizes, the mean over places, the names."""

    def __init__(self, classes: int = 10, width: int = 32, side: int = 32) -> None:
        super().__init__()
        self.preprocessing = Preprocessing((side, side), HALF, HALF, "bicubic", 1.0)
        self.stem = nn.Conv2d(3, width, 3, 1, 1)
        plan = [(width, width, 1), (width, width, 1), (width, 2 * width, 2), (2 * width, 2 * width, 1)]
        plan += [(2 * width, 4 * width, 2), (4 * width, 4 * width, 1)]
        self.layers = nn.ModuleList([Residual(*one) for one in plan])
        self.names = nn.Linear(4 * width, classes)

    def forward_features(self, x: Tensor) -> Tensor:
        """Return the last map [n, c, side / 4, side / 4]."""
        x = functional.relu(self.stem(x))
        for block in self.layers:
            x = block(x)
        return x

    def forward_head(self, features: Tensor) -> Tensor:
        """Return logits [n, classes]."""
        return self.names(features.mean((2, 3)))  # type: ignore[no-any-return]

    def forward(self, x: Tensor) -> Tensor:
        return self.forward_head(self.forward_features(x))


class Layer(nn.Module):
    """One encoder block: tokens look at each other, then each is worked on alone; both steps are added to what was there."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = Attention(width, heads, qkv_bias=True, proj_drop=dropout)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Dropout(dropout), nn.Linear(4 * width, width), nn.Dropout(dropout)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


def sines(places: int, width: int) -> Tensor:
    """Return sine and cosine positions [1, places, width] (Vaswani et al. 2017, section 3.5)."""
    at = torch.arange(places)[:, None] * torch.exp(torch.arange(0, width, 2) * (-math.log(10_000) / width))
    return torch.stack([at.sin(), at.cos()], 2).flatten(1)[None, :, :width]


class PatchViT(nn.Module):
    """A vision transformer on raw patches: cut, project, add positions and a class token, attend, name.

    positions  "learned" or "sine"; stem: three convolutions instead of one projection
    """

    num_prefix_tokens = 1
    global_pool = "token"

    def __init__(
        self,
        classes: int = 10,
        side: int = 32,
        patch: int = 4,
        width: int = 128,
        depth: int = 6,
        heads: int = 4,
        positions: str = "learned",
        stem: bool = False,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.preprocessing = Preprocessing((side, side), HALF, HALF, "bicubic", 1.0)
        self.grid_size = (side // patch, side // patch)
        places = self.grid_size[0] * self.grid_size[1]
        self.project: nn.Module = nn.Conv2d(3, width, patch, patch)
        if stem:
            half = width // 2
            first, second = nn.Conv2d(3, half, 3, 2, 1), nn.Conv2d(half, half, 3, 1, 1)
            self.project = nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), nn.Conv2d(half, width, patch // 2, patch // 2))
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        if positions == "learned":
            self.pos_embed: Tensor = nn.Parameter(torch.randn(1, places + 1, width) * 0.02)
        else:
            self.register_buffer("pos_embed", sines(places + 1, width))
        self.blocks = nn.ModuleList([Layer(width, heads, dropout) for _ in range(depth)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes)

    def forward_features(self, x: Tensor) -> Tensor:
        """Return tokens [n, 1 + places, width], class token first."""
        x = self.project(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], 1) + self.pos_embed
        for block in self.blocks:
            x = block(x)
        return self.norm(x)  # type: ignore[no-any-return]

    def forward_head(self, tokens: Tensor) -> Tensor:
        """Return logits [n, classes], read from the class token."""
        return self.head(tokens[:, 0])  # type: ignore[no-any-return]

    def forward(self, x: Tensor) -> Tensor:
        return self.forward_head(self.forward_features(x))
