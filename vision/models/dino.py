"""DINOv2 with the linear head that its authors trained on ImageNet; the features were learnt without any label.

Source: Oquab et al. 2023 (DINOv2, arXiv 2304.07193); timm's weights of it have no head.
"""

from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, cat, nn

from vision.models.preprocessing import Preprocessing


class DinoV2(VisionTransformer):
    """The small one (ViT-S/14); its head reads the class token beside the mean of the places.

    side  pixels of the square that is seen; with `dynamic_img_size` pictures of other sides are taken as well
    """

    def __init__(self, side: int = 224, classes: int = 1000, crop_pct: float = 0.875, dynamic_img_size: bool = False) -> None:
        super().__init__(
            img_size=side,
            patch_size=14,
            embed_dim=384,
            depth=12,
            num_heads=6,
            init_values=1e-5,
            num_classes=0,
            dynamic_img_size=dynamic_img_size,
        )
        self.head = nn.Linear(2 * self.embed_dim, classes)
        self.preprocessing = Preprocessing((side, side), crop_pct=crop_pct)

    def forward_head(self, x: Tensor, pre_logits: bool = False) -> Tensor:
        """Return logits [n, classes] from the tokens [n, 1 + places, width]."""
        pooled = cat([x[:, 0], x[:, 1:].mean(1)], 1)  # [n, 2 * width]
        return pooled if pre_logits else self.head(pooled)
