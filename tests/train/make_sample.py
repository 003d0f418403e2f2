"""Write tests/train/files/*.npz: maps of a few val pictures (numbers, no pictures) and what the shipped nets say of them.

python -m tests.train.make_sample hybrid HARVEST
python -m tests.train.make_sample patch RUN    (the folder of the tail room's training: its val maps)
python -m tests.train.make_sample cnns DATA
python -m tests.train.make_sample detector DATA
python -m tests.train.make_sample gan DATA     (paints what it keeps: any folder will do)
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

from tests.train.shipped import halved, sampled_detector, sampled_gan
from vision.models import loaders, rcnn
from vision.models.catalog import Catalog
from vision.models.hybrid import HybridViT
from vision.train.checkpoint import NAME
from vision.train.data import Packed
from vision.train.distil import LastMap
from vision.train.evaluate import chosen
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


def write_cnns(data: Path) -> None:
    """Write the samples of the two CNNs that were trained here: the maps that their last layers look at."""
    for key, name, side, count in (("cnn-cifar10", "cifar10", 32, 32), ("cnn-tiny200", "tinyimagenet", 160, 12)):
        pictures = Packed(data, name)
        rows = chosen(pictures, count)
        truth = np.array([pictures.label(int(row)) for row in rows])
        first, second = halved(key)
        views = [np.asarray(pictures.image(int(row)).resize((side, side), Image.Resampling.BICUBIC)) for row in rows]
        with torch.inference_mode():
            maps = first(torch.from_numpy(np.stack(views)).permute(0, 3, 1, 2).float() / 127.5 - 1).half()
            values, best = second(maps.float()).topk(5, 1)
        right = (best[:, 0].numpy() == truth).mean()
        about = {"top1": right, "sha256": Catalog.read()[key].sha256}
        np.savez_compressed(
            HERE / "files" / f"{key}.npz", maps=maps.numpy(), labels=truth, best=best[:, 0].numpy(), logits=values.numpy(), **about
        )


def write_detector(data: Path) -> None:
    """Write the sample of the R-CNN: the pyramid's maps of val pictures with several things, and its figures on them."""
    pictures, card = Packed(data, "coco_mini"), Catalog.read()["rcnn-everyday"]
    net = loaders.load(card, "cpu", {})
    found: dict = {"names": np.array(pictures.names)}
    for at, row in enumerate([int(row) for row in pictures.split("val") if len(pictures.boxes(row).labels) == 6][:2]):
        rgb = np.asarray(pictures.image(row))
        with torch.inference_mode():
            _, maps, _ = rcnn.features(net.module, rgb, "cpu")
        marked = pictures.boxes(row)
        found |= {f"map{at}.{level}": one[0].half().numpy() for level, one in maps.items()}
        found |= {f"size{at}": rgb.shape[:2], f"boxes{at}": marked.xyxy, f"labels{at}": marked.labels, f"flags{at}": marked.flags}
    figures = sampled_detector(found, net.module, net.labels)
    kept = {name: figures[name] for name in ("ap50", "ap", "recall")}
    np.savez_compressed(HERE / "files" / "rcnn-everyday.npz", **found, **kept, sha256=card.sha256)


def write_gan(_data: Path) -> None:
    """Write the sample of the GAN: its first picture of each fruit in 4 x 4 means, and the critic's scores."""
    card = Catalog.read()["gan-fruits"]
    means, scores = sampled_gan(loaders.load(card, "cpu", {}).module)
    np.savez_compressed(HERE / "files" / "gan-fruits.npz", means=means, scores=scores, sha256=card.sha256)


WRITERS = {"hybrid": write, "patch": write_patch, "cnns": write_cnns, "detector": write_detector, "gan": write_gan}
if __name__ == "__main__":
    WRITERS[sys.argv[1]](Path(sys.argv[2]))
