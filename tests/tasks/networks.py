"""Small timm networks with random weights as leases, and drawn pictures; no weights are read, no network is used."""

from types import SimpleNamespace

import numpy as np
import timm
import torch

from vision.core.results import PictureFacts

LABELS = tuple(f"thing {i}, alias {i}" for i in range(1000))


class Squash:
    """Preprocessing that resizes the whole picture to the net's input and sees all of it."""

    def __init__(self, height=224, width=224):
        self.size = (height, width)

    def prepare(self, rgb):
        tensor = torch.from_numpy(rgb).permute(2, 0, 1)[None].float() / 255
        tensor = torch.nn.functional.interpolate(tensor, self.size, mode="bilinear", antialias=True)
        return (tensor - 0.45) / 0.225, (0.0, 0.0, float(rgb.shape[1]), float(rgb.shape[0]))


def net(arch, family="vit", seed=0, size=(224, 224), **options):
    """Return what a lease of a loaded model gives; gradients of parameters off, as the loader does."""
    torch.manual_seed(seed)
    module = timm.create_model(arch, pretrained=False, **options).eval().requires_grad_(False)
    if family == "vit":
        from vision.models import recorder

        recorder.attach(module)
    card = SimpleNamespace(key=arch, revision="random", family=family, name=arch)
    return SimpleNamespace(card=card, module=module, labels=LABELS, device="cpu", preprocessing=Squash(*size))


def picture(seed=0, height=120, width=160):
    """Return a drawn picture: smooth colours with a bright disc, different for each seed."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    waves = np.stack([np.sin(x / random.uniform(9, 30) + random.uniform(0, 6)) + np.cos(y / random.uniform(9, 30)) for _ in range(3)], -1)
    rgb = (waves * 50 + 120).astype(np.uint8)
    rgb[(y - random.uniform(0, height)) ** 2 + (x - random.uniform(0, width)) ** 2 < 400] = (250, 240, 60)
    return SimpleNamespace(rgb=rgb, name="drawn", digest=f"{seed}-{height}-{width}", facts=PictureFacts(width, height, f"{seed}"))
