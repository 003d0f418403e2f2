"""A trained classifier whose answers another one learns beside the true names (Hinton et al. 2015, arXiv 1503.02531)."""

import torch
from torch import Tensor
from torch.nn import functional

from vision.models import labels, loaders
from vision.models.catalog import Catalog


class Teacher:
    """A classifier that is asked for its answers to the crops that are learnt."""

    def __init__(self, key: str, names: str) -> None:
        net = loaders.load(Catalog.read()[key], "cpu", {})
        assert net.preprocessing is not None
        self.net, self.how = net.module.to(memory_format=torch.channels_last), net.preprocessing
        self.rows = [net.labels.index(name) for name in labels.read(names)]

    def __call__(self, pixels: Tensor) -> Tensor:
        """Return probabilities [n, names] for pictures [n, 3, side, side] in 0..1, its other names left out."""
        mean, std = (torch.tensor(values).view(3, 1, 1) for values in (self.how.mean, self.how.std))
        x = functional.interpolate(pixels, self.how.input_hw, mode="bicubic", antialias=True, align_corners=False)
        logits = self.net(((x - mean) / std).contiguous(memory_format=torch.channels_last))
        return logits[:, self.rows].float().softmax(1)
