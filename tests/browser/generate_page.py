"""The whole page over a generator that is drawn by formula: discs whose colour is the class and whose place is the latent."""

import os
import signal
import sys
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
sys.path.insert(0, str(Path(__file__).parents[2]))

from vision.engine import Engine
from vision.faces.warmup import Warmup
from vision.faces.web import page
from vision.faces.web.server import Home, launch
from vision.models.cache import ModelCache
from vision.models.catalog import Card, Catalog
from vision.models.net import Net

CARD = Card(key="discs", task="generate", family="gan", name="Discs", source="random", arch="gan:Gan", revision="1")


class Machine:
    """A machine with room for everything."""

    device = "cpu"
    budget_bytes = 1 << 30
    one_at_a_time = True

    def measure(self, net, needs):
        return 1000

    def enter(self):
        """Nothing to prepare."""

    def out_of_memory(self, error):
        return False

    def empty(self):
        """Nothing is held."""


def discs():
    import torch
    from torch import nn

    class Painter(nn.Module):
        classes, latent = 3, 8

        def maps(self, z, label):
            line = torch.linspace(-1, 1, 64)
            y, x = torch.meshgrid(line, line, indexing="ij")
            across, down, wide = (0.25 * z[:, i, None, None] for i in range(3))
            disc = torch.sigmoid(20 * (0.35 + 0.3 * wide.tanh() - ((x - across) ** 2 + (y - down) ** 2).sqrt()))[:, None]
            tint = 2 * label[:, :, None, None] - 1
            return [nn.functional.avg_pool2d(disc, 8), disc, disc * tint + (1 - disc) * 0.9]

        def forward(self, z, label):
            return self.maps(z, label)[-1]

    class Discs(nn.Module):
        def __init__(self):
            super().__init__()
            self.generator = Painter()
            self.directions = torch.eye(8)

        def critic(self, x, label):
            return x.mean((1, 2, 3)) + label[:, 0]

    return Discs().eval()


def engine() -> Engine:
    catalog = Catalog([CARD])

    def load(card, device, needs):
        return Net(card, discs(), ("red", "green", "blue"), device, None)

    return Engine(catalog, ModelCache(catalog, load, Machine()))


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    home = Home()
    blocks = page.build(engine(), home)
    launch(blocks, home, Warmup([]))
    print(blocks.local_url, flush=True)
    blocks.block_thread()


if __name__ == "__main__":
    main()
