"""How strongly a CNN's stages answer to each place of a picture: the l1 norm over channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vision.core.errors import ModelError
from vision.core.place import resized

if TYPE_CHECKING:
    from vision.models.net import Net

SIDE = 320  # long side in pixels of what the net gets
STEP = 32  # sides are multiples of it: the stride of the last stage


def activity(net: Net, rgb: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
    """Return one map per stage, shallow first: float32 [h, w], the l1 norm of the features there.

    rgb  uint8 [H, W, 3]; the net sees all of it, resized without cropping, normalised as it was trained
    ModelError where the net does not give its stages.
    Source: Li, Wu and Kittler 2018, Infrared and Visible Image Fusion using a Deep Learning Framework, equation 6.
    """
    import torch

    if not hasattr(net.module, "forward_intermediates"):
        raise ModelError("fuse.no_stages", name=net.card.key)
    scale = SIDE / max(rgb.shape[:2])
    tall, wide = (max(STEP, int(side * scale / STEP + 0.5) * STEP) for side in rgb.shape[:2])
    module: Any = net.module
    config = module.pretrained_cfg
    pixels = resized(rgb, (wide, tall)).astype(np.float32) / 255
    pixels = (pixels - np.array(config["mean"], np.float32)) / np.array(config["std"], np.float32)
    with torch.inference_mode():
        batch = torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1))[None]).to(net.device)  # [1, 3, h, w]
        stages = module.forward_intermediates(batch, intermediates_only=True)
        return [stage[0].abs().sum(0).float().cpu().numpy() for stage in stages]
