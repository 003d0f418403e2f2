"""Small timm networks with random weights as leases, and drawn pictures; no weights are read, nothing is downloaded."""

from types import SimpleNamespace

import numpy as np
import timm
import torch

from vision.core.picture import read
from vision.models import recorder
from vision.models.net import Net
from vision.models.preprocessing import Preprocessing

torch.set_num_threads(1)  # for nets as small as these a second thread costs more than it brings, most of all beside other work

LABELS = tuple(f"thing {i}, alias {i}" for i in range(1000))


def card(key, family):
    return SimpleNamespace(key=key, revision="random", family=family, name=key, task="classify", methods=())


def module(arch, seed=0, **options):
    """Return a network whose random weights matter: sharp attention, relative positions that differ, residual branches that count."""
    torch.manual_seed(seed)
    made = timm.create_model(arch, pretrained=False, **options).eval().requires_grad_(False)
    for name, parameter in made.named_parameters():
        if "gamma" in name or name.endswith(("ls1.gamma", "ls2.gamma")):
            parameter.fill_(0.5)  # layer scale begins at 1e-5: without it no block would do anything
        elif any(part in name for part in ("qkv.weight", "q_proj.weight", "k_proj.weight")):
            parameter.normal_(std=4 * parameter.shape[1] ** -0.5)
        elif any(part in name for part in ("bias_table", "rel_pos", "q_bias", "v_bias")) or name.endswith(".bias"):
            parameter.normal_(std=0.3)
    return made


def net(arch, family="vit", seed=0, input_hw=(224, 224), crop_mode="squash", **options):
    """Return what a lease of a loaded model gives."""
    made = module(arch, seed, **options)
    recorder.attach(made)
    return Net(card(arch, family), made, LABELS, "cpu", Preprocessing(input_hw, crop_pct=1.0, crop_mode=crop_mode))


def picture(seed=0, height=120, width=160):
    """Return a drawn picture: smooth colours with a bright disc, different for each seed."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    waves = np.stack([np.sin(x / random.uniform(9, 30) + random.uniform(0, 6)) + np.cos(y / random.uniform(9, 30)) for _ in range(3)], -1)
    rgb = (waves * 50 + 120).astype(np.uint8)
    rgb[(y - random.uniform(0, height)) ** 2 + (x - random.uniform(0, width)) ** 2 < 400] = (250, 240, 60)
    return read(rgb, f"drawn {seed}")
