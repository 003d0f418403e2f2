"""Write tests/train/files/hybrid.npz and patch.npz: maps of a few val pictures (numbers, no pictures) and what the shipped ViTs say.

python -m tests.train.make_sample hybrid HARVEST
python -m tests.train.make_sample patch RUN    (the folder of the tail room's training: its val maps)
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from vision.models import loaders
from vision.models.catalog import Catalog
from vision.models.hybrid import HybridViT
from vision.train.checkpoint import NAME
from vision.train.data import Packed
from vision.train.distil import LastMap
from vision.train.harvest import Pass, cnn
from vision.train.tail import Tail

COUNT = 8
HERE = Path(__file__).parent
SHIPPED = HERE.parents[1] / "assets" / "models" / "vit-hybrid"


def write(harvest: Path) -> None:
    """Write the sample from the val pass of a harvest."""
    val = Pass.read(sorted(harvest.glob("val.*.safetensors")))
    rows = torch.linspace(0, len(val.maps) - 1, COUNT).long()
    net = HybridViT(cnn("efficientnet-lite0"))
    net.load_state_dict(load_file(SHIPPED / "model.safetensors"))
    with torch.inference_mode():
        logits = net.eval().forward_head(net.attend(LastMap(net.trunk[0])(val.maps[rows])))
    values, best = logits.topk(5, 1)
    (HERE / "files").mkdir(exist_ok=True)
    np.savez_compressed(
        HERE / "files" / "hybrid.npz",
        maps=val.maps[rows].numpy(),
        labels=val.labels[rows].numpy(),
        best=best[:, 0].numpy(),
        logits=values.numpy(),
        top1=(best[:, 0] == val.labels[rows]).float().mean().numpy(),
        sha256=json.loads((SHIPPED / "card.json").read_text())["sha256"],
    )


def write_patch(run: Path) -> None:
    """Write the sample from the val maps that a training of vit-patch kept."""
    settings = torch.load(run / NAME, weights_only=True, map_location="cpu")["config"]
    pictures = Packed(Path(settings["data"]), settings["name"])
    every = np.load(run / "val0.npy", mmap_mode="r")
    rows = np.linspace(0, len(every) - 1, COUNT).round().astype(int)
    truth = np.array([pictures.label(int(index)) for index in pictures.split("val")[rows]])
    card = Catalog.read()["vit-patch"]
    maps = every[rows].copy()
    with torch.inference_mode():
        logits = Tail(loaders.load(card, "cpu", {}).module, settings["frozen"]).eval()(torch.from_numpy(maps).float())
    values, best = logits.topk(5, 1)
    right = (best[:, 0].numpy() == truth).mean()
    about = {"frozen": settings["frozen"], "top1": right, "sha256": card.sha256}
    np.savez_compressed(HERE / "files" / "patch.npz", maps=maps, labels=truth, best=best[:, 0].numpy(), logits=values.numpy(), **about)


if __name__ == "__main__":
    {"hybrid": write, "patch": write_patch}[sys.argv[1]](Path(sys.argv[2]))
