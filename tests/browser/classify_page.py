"""The whole page over real nets that need no download: EfficientNet-Lite0, and networks with random weights.

`python tests/browser/classify_page.py` prints its address and stays.
"""

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

VITS = ("attention", "rollout", "relevance")


PLAIN = {
    "task": "classify",
    "source": "random",
    "revision": "1",
    "licence": "none",
    "origin": "random",
    "paper": "none",
    "weak_at": "everything",
    "params": 5_717_416,
    "names": "imagenet-1k",
}


def row(key: str, family: str, arch: str, name: str, methods: tuple[str, ...], **more) -> Card:
    return Card(key=key, family=family, arch=arch, name=name, methods=methods, **{**PLAIN, **more})


def catalog() -> Catalog:
    real = next(card for card in Catalog.read().cards if card.key == "efficientnet-lite0")
    return Catalog([
        real,
        row("cnn-random", "cnn", "mobilenetv3_small_100", "Random MobileNet", ("gradcam",)),
        row("vit-random", "vit", "vit_tiny_patch16_224", "Random ViT-Tiny", VITS),
        row("vit-pooled", "vit", "vit_relpos_small_patch16_224", "Random relative ViT", VITS),
        row("swin-random", "vit", "swin_tiny_patch4_window7_224", "Random Swin", ()),
        row("far", "vit", "vit_small_patch16_224", "Far ViT", VITS, source="hub", repo="nobody/nowhere", bytes=88_000_000),
    ])  # fmt: skip


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    home = Home()
    blocks = page.build(Engine(catalog()), home)
    launch(blocks, home, Warmup([]))
    print(blocks.local_url, flush=True)
    blocks.block_thread()


if __name__ == "__main__":
    main()
