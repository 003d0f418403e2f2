"""What looking inside costs: predictions with all maps against bare forward passes, and a large photo from bytes to both maps.

    python bench/classify.py [--rounds 15] [--threads 2]

resnet50 and vit_small_patch16_224 with random weights at 224 px, batch 1. All ways are warmed, then run one after the other in every
round; a ratio is the median over the rounds of the ratio within a round, so that only what happens within seconds can disturb it.
The last line is JSON: {"name", "value", "goal", "met"}.
"""

from __future__ import annotations

import argparse
import copy
import io
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

GOAL = 1.25
CNN, VIT = "resnet50", "vit_small_patch16_224"
Way = Callable[[], Any]


class Ready:
    """A preprocessing that was done before: the clock runs for the networks only."""

    def __init__(self, tensor: Any) -> None:
        self.tensor = tensor

    def prepare(self, rgb: np.ndarray) -> tuple[Any, tuple[float, float, float, float]]:
        """Return the input that was made beforehand."""
        return self.tensor, (0.0, 0.0, float(rgb.shape[1]), float(rgb.shape[0]))


def nets() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return both networks as timm builds them, and as leases of ours with the recorder's hooks."""
    import timm
    import torch

    from vision.models import recorder
    from vision.models.net import Net
    from vision.models.preprocessing import Preprocessing

    torch.manual_seed(0)
    bare = {name: timm.create_model(name, pretrained=False).eval().requires_grad_(False) for name in (CNN, VIT)}
    ours = {}
    for name, module in bare.items():
        kept = copy.deepcopy(module)
        recorder.attach(kept)
        card: Any = SimpleNamespace(key=name, revision="random", family="cnn" if name == CNN else "vit")
        ours[name] = Net(card, kept, tuple(map(str, range(1000))), "cpu", Preprocessing((224, 224)))
    return bare, ours


def seen_through(net: Any, picture: Any, method: str) -> tuple[Any, Any]:
    """Return prediction and map of one network, as the engine makes them."""
    from vision.tasks import classify, explain

    kept = classify.forward(net, picture)
    best = classify.best(kept, net.labels, 5).top[0]
    return kept, explain.explain(net, picture, kept, explain.Choice(method, best))


def by_library(bare: dict[str, Any], tensor: Any) -> Way:
    """Return the usual way: pytorch-grad-cam, and a rollout of the attention that hooks keep (vit-explain's recipe)."""
    import torch
    from pytorch_grad_cam import GradCAM

    vit = copy.deepcopy(bare[VIT])
    cnn = copy.deepcopy(bare[CNN]).requires_grad_(True)
    cam = GradCAM(cnn, [cnn.layer4[-1]])
    kept: list[Any] = []
    for block in vit.blocks:
        block.attn.fused_attn = False
        block.attn.attn_drop.register_forward_hook(lambda _module, _inputs, output: kept.append(output))

    def way() -> None:
        kept.clear()
        cam(tensor, None)
        with torch.inference_mode():
            vit(tensor).softmax(1)
            whole = torch.eye(197)
            for one in kept:
                mixed = one.mean(1)[0] + torch.eye(197)
                whole = mixed / mixed.sum(-1, keepdim=True) @ whole

    return way


def measure(ways: dict[str, Way], rounds: int) -> dict[str, list[float]]:
    """Return seconds of every way, one entry a round; two rounds before the first are thrown away."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 2):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            if turn >= 2:
                times[name].append(time.perf_counter() - start)
    return times


def ratio(times: dict[str, list[float]], name: str, base: str) -> float:
    """Return the median over the rounds of one way's time over another's."""
    return statistics.median(a / b for a, b in zip(times[name], times[base], strict=True))


def table(title: str, times: dict[str, list[float]], base: str) -> None:
    """Print the median time of every way and its ratio to `base`."""
    print(title)
    for name, seconds in times.items():
        print(f"  {name:58} {statistics.median(seconds) * 1e3:8.1f} ms   x {ratio(times, name, base):5.2f}")


def looking(bare: dict[str, Any], ours: dict[str, Any], rounds: int) -> float:
    """Measure predictions with all maps against two bare passes; return the ratio."""
    import torch

    from vision.core.picture import read

    picture = read(np.random.default_rng(0).integers(0, 256, (224, 224, 3)).astype(np.uint8))
    tensor = ours[CNN].preprocessing.prepare(picture.rgb)[0]
    ready = {name: SimpleNamespace(**{**vars(net), "preprocessing": Ready(tensor)}) for name, net in ours.items()}

    def forwards() -> None:
        with torch.inference_mode():
            for module in bare.values():
                module(tensor)

    def maps() -> None:
        seen_through(ready[CNN], picture, "gradcam")
        seen_through(ready[VIT], picture, "rollout")

    base, name = "two bare forward passes", "predictions, Grad-CAM, all attention, rollout, words"
    ways = {base: forwards, name: maps, "pytorch-grad-cam, attention by hooks, rollout": by_library(bare, tensor)}
    times = measure(ways, rounds)
    table(f"{CNN} and {VIT}, 224 px, {torch.get_num_threads()} threads, {rounds} rounds", times, base)
    return ratio(times, name, base)


def dropping(bare: dict[str, Any], ours: dict[str, Any], rounds: int) -> float:
    """Measure a 12-megapixel JPEG from its bytes to both maps painted at its own size; return the ratio to decoding and two passes."""
    import torch
    from PIL import Image

    from vision.core import paint
    from vision.core.picture import read

    content = photo()
    tensor = ours[CNN].preprocessing.prepare(read(content).rgb)[0]

    def least() -> None:
        np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
        with torch.inference_mode():
            for module in bare.values():
                module(tensor)

    def painted(**reduce: int) -> None:
        picture = read(content, **reduce)
        for name, method in ((CNN, "gradcam"), (VIT, "rollout")):
            paint.explanation(picture.rgb, seen_through(ours[name], picture, method)[1])

    base, name = "decoding by Pillow and two bare forward passes", "bytes to both maps painted at 4000 x 3000"
    ways = {base: least, name: painted, "bytes to both maps painted at 1600 x 1200": lambda: painted(at_most_px=1600)}
    times = measure(ways, max(3, rounds // 2))
    table(f"a JPEG of 12 megapixels, {len(content) / 1e6:.1f} MB", times, base)
    return ratio(times, name, base)


def photo() -> bytes:
    """Return a JPEG of 4000 x 3000 pixels with the detail of a photo: smooth shapes, edges and noise."""
    import cv2

    random = np.random.default_rng(0)
    rough = random.integers(0, 256, (75, 100, 3)).astype(np.uint8)
    smooth = cv2.resize(rough, (4000, 3000), interpolation=cv2.INTER_CUBIC).astype(np.int16)
    noisy = np.clip(smooth + random.normal(0, 6, smooth.shape), 0, 255).astype(np.uint8)
    return cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()


def main() -> None:
    """Measure and print; the last line is the claim as JSON."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--threads", type=int, default=0, help="of torch; 0: its own choice")
    chosen = options.parse_args()
    import torch

    if chosen.threads:
        torch.set_num_threads(chosen.threads)
    bare, ours = nets()
    value = looking(bare, ours, chosen.rounds)
    drop = dropping(bare, ours, chosen.rounds)
    print(json.dumps({"name": "12 megapixels to both maps / (decode + two forwards)", "value": round(drop, 2)}))
    print(json.dumps({"name": "all maps / two bare forwards", "value": round(value, 3), "goal": GOAL, "met": value <= GOAL}))


if __name__ == "__main__":
    main()
