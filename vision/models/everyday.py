"""Faster R-CNN for everyday things, small enough for a CPU: EfficientNet-Lite0 with a feature pyramid under torchvision's two stages.

Sources: Ren et al. 2015 (Faster R-CNN, arXiv 1506.01497); Lin et al. 2017 (feature pyramids, arXiv 1612.03144); torchvision's FasterRCNN.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Self

import timm
from torch import Tensor, nn
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.rpn import RPNHead
from torchvision.ops import FeaturePyramidNetwork, MultiScaleRoIAlign

HALF = [0.5, 0.5, 0.5]
LEVELS = ("0", "1", "2")  # at 8, 16 and 32 pixels a place
SIZES = ((16, 32), (64, 96), (128, 256))  # pixels of the anchors' sides, per level


class Pyramid(nn.Module):
    """EfficientNet-Lite0's maps at three sizes, brought to one width, the coarse ones added to the finer."""

    def __init__(self, width: int) -> None:
        super().__init__()
        body: Any = timm.create_model("tf_efficientnet_lite0", features_only=True, out_indices=(2, 3, 4))
        self.body = body
        self.out_channels = width
        self.fpn = FeaturePyramidNetwork(body.feature_info.channels(), width)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return self.fpn(OrderedDict(zip(LEVELS, self.body(x), strict=True)))  # type: ignore[no-any-return]

    def train(self, mode: bool = True) -> Self:
        """Switch training on or off; batch normalisation keeps ImageNet's statistics, as batches of a few pictures have no good ones."""
        super().train(mode)
        for layer in self.body.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.eval()
        return self


class Proposer(RPNHead):
    """torchvision's head of the first stage; its numbers become boxes, which bfloat16 would round to whole pixels and to no width."""

    def forward(self, x: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        logits, deltas = super().forward(x)
        return [one.float() for one in logits], [one.float() for one in deltas]


class Predictor(FastRCNNPredictor):
    """torchvision's last layer of the second stage, likewise in float32."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        logits, deltas = super().forward(x)
        return logits.float(), deltas.float()


class EverydayRCNN(FasterRCNN):
    """The detector; classes without the background, which is 0."""

    def __init__(self, classes: int = 20, side: int = 320, width: int = 96) -> None:
        anchors = AnchorGenerator(SIZES, ((0.5, 1.0, 2.0),) * len(SIZES))
        pool = MultiScaleRoIAlign(list(LEVELS), output_size=7, sampling_ratio=2)
        super().__init__(
            Pyramid(width),
            min_size=side,
            max_size=side,
            image_mean=HALF,
            image_std=HALF,
            rpn_anchor_generator=anchors,
            rpn_head=Proposer(width, anchors.num_anchors_per_location()[0]),
            rpn_pre_nms_top_n_test=600,
            rpn_post_nms_top_n_test=200,
            rpn_post_nms_top_n_train=200,
            rpn_pre_nms_top_n_train=1000,
            box_roi_pool=pool,
            box_head=TwoMLPHead(width * 49, 384),
            box_predictor=Predictor(384, classes + 1),
            box_batch_size_per_image=64,
        )

    def begin(self, state: Mapping[str, Tensor]) -> None:
        """Take the weights of a trained EfficientNet-Lite0 for the backbone; RuntimeError where one is missing."""
        body: Any = self.backbone.body
        body.load_state_dict({name: state[name] for name in body.state_dict()})

    def freeze(self, stages: int) -> None:
        """Keep the stem and the first `stages` of the backbone's seven stages as they are."""
        body: Any = self.backbone.body
        for part in (body.conv_stem, body.bn1, *body.blocks[:stages]):
            part.requires_grad_(False)
