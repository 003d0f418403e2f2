"""The whole page over the catalogue with a small generator of random weights behind it, its tools open: prints its address and stays."""

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
from vision.models.catalog import Card, Catalog

GENERATOR = Card(
    key="tiny-gan", task="generate", family="gan", name="Tiny", source="random", arch="gan:Gan", revision="1",
    options={"classes": 3, "latent": 16, "width": 8, "directions": 4},
)  # fmt: skip


def main() -> None:
    signal.signal(signal.SIGTERM, page.stop)
    home, engine = Home(), Engine(Catalog([*Catalog.read().cards, GENERATOR]))
    blocks = page.build(engine, home)
    launch(blocks, home, Warmup([]), page.tools(engine, home, blocks))
    print(blocks.local_url, flush=True)
    blocks.block_thread()


if __name__ == "__main__":
    main()
