"""A pyramid that learns the maps of a detector which has seen many more pictures, beside its own losses.

Maps of two nets differ in scale and offset, so what counts is how far each channel rises and falls with the teacher's: Pearson's
correlation over all places. Source: Cao et al. 2022 (PKD, arXiv 2207.02039).
"""

import logging
import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from accelerate import Accelerator
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from vision.models import loaders
from vision.models.catalog import Catalog
from vision.models.darknet import SIDE
from vision.train import report
from vision.train.examples import Target
from vision.train.marked import Marked

log = logging.getLogger("glassbox")
STRIDES = {"0": 8, "1": 16, "2": 32}  # pixels a place of the pyramid's levels
FOLLOWS = {"0": "fine", "1": "fine", "2": "coarse"}  # whose map each level learns: the teacher's two are at 16 and 32 pixels
HEADS = ("fine", "coarse")
TEACHER = "yolov4-tiny"


def harvest(pictures: Marked, rows: NDArray[np.int64], out: Path, accelerator: Accelerator) -> dict[str, NDArray[np.float16]]:
    """Return the teacher's last maps before its answers, {"fine" [n, 256, 26, 26], "coarse" [n, 512, 13, 13]}, kept in `out`.

    What is kept there serves again where it has as many pictures or more: a `--limit` takes the first of them.
    """
    paths = {name: out / f"{TEACHER}-{name}.npy" for name in HEADS}
    if not all(path.exists() and len(np.load(path, mmap_mode="r")) >= len(rows) for path in paths.values()):
        partial = {name: path.with_suffix(".partial") for name, path in paths.items()}
        if accelerator.is_main_process:
            out.mkdir(parents=True, exist_ok=True)
            for name, shape in (("fine", (256, SIDE // 16, SIDE // 16)), ("coarse", (512, SIDE // 32, SIDE // 32))):
                open_memmap(partial[name], "w+", np.float16, (len(rows), *shape))
        accelerator.wait_for_everyone()
        _fill({name: np.load(path, mmap_mode="r+") for name, path in partial.items()}, pictures, rows, accelerator)
        accelerator.wait_for_everyone()
        if accelerator.is_main_process:
            for name, path in partial.items():
                path.rename(paths[name])
        accelerator.wait_for_everyone()
    return {name: np.load(path, mmap_mode="r") for name, path in paths.items()}


@torch.inference_mode()
def _fill(maps: dict[str, Any], pictures: Marked, rows: NDArray[np.int64], accelerator: Accelerator) -> None:
    """Each process looks at its share of the pictures, squashed to a square as darknet does."""
    net: Any = loaders.load(Catalog.read()[TEACHER], "cpu", {}).module.to(accelerator.device)
    found: dict[str, Tensor] = {}
    for name in HEADS:
        getattr(net, name)[0].register_forward_hook(lambda _module, _given, made, name=name: found.update({name: made}))
    mine = range(accelerator.process_index, len(rows), accelerator.num_processes)
    log.info(f"{TEACHER} looks at {len(rows)} pictures")
    for at in report.bar(mine, len(mine), TEACHER, accelerator.is_main_process):
        square = cv2.resize(np.asarray(pictures.image(int(rows[at]))), (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
        net((torch.from_numpy(square).permute(2, 0, 1)[None].float() / 255).to(accelerator.device))
        for name, made in found.items():
            maps[name][at] = made[0].cpu().numpy()


def sampled(whole: Tensor, view: Tensor, across: Tensor, down: Tensor) -> Tensor:
    """Return a map [c, h, w] of a whole picture at places of a view of it, [rows, columns, c].

    view          float32 [4]  xyxy of the view's corners in 0..1 of the picture; from right to left where it is mirrored
    across, down  float32 [columns], [rows]  in 0..1 of the view
    """
    x, y = view[0] + (view[2] - view[0]) * across, view[1] + (view[3] - view[1]) * down
    grid = torch.stack(torch.meshgrid(y, x, indexing="ij")[::-1], -1)[None] * 2 - 1
    return functional.grid_sample(whole[None], grid, padding_mode="border", align_corners=False)[0].permute(1, 2, 0)


def unlike(mine: Tensor, wanted: Tensor) -> Tensor:
    """Return 1 - Pearson's correlation of two tables [places, channels], mean over the channels: 0 alike, 1 unrelated, 2 opposed."""
    one, other = ((table - table.mean(0)) / (table.std(0, correction=0) + 1e-4) for table in (mine.float(), wanted.float()))
    return 1 - (one * other).mean()


class Imitating(nn.Module):
    """A detector in training that also says how unlike its maps are to the teacher's: the same call, one loss more.

    net     Faster R-CNN with a pyramid of the levels of FOLLOWS
    maps    of `harvest`, by the number in a target's "picture"; its "view" says which part of the picture is seen
    weight  of this loss beside the others
    """

    def __init__(self, net: Any, maps: dict[str, NDArray[np.float16]], weight: float) -> None:
        super().__init__()
        self.net, self.maps, self.weight = net, maps, weight
        wide = net.backbone.out_channels
        self.follow = nn.ModuleDict({level: nn.Conv2d(wide, maps[name].shape[1], 1) for level, name in FOLLOWS.items()})
        self.seen: dict[str, Any] = {}
        net.transform.register_forward_hook(lambda _module, _given, made: self.seen.update(sizes=made[0].image_sizes))
        net.backbone.register_forward_hook(lambda _module, _given, made: self.seen.update(levels=made))

    def forward(self, pictures: list[Tensor], targets: list[Target]) -> dict[str, Tensor]:
        """Return the detector's losses and `loss_imitation`."""
        losses = self.net(pictures, targets)
        apart = [unlike(*self._pair(level, targets)) for level in FOLLOWS]
        return {**losses, "loss_imitation": self.weight * torch.stack(apart).mean()}

    def _pair(self, level: str, targets: list[Target]) -> tuple[Tensor, Tensor]:
        """Return a level's places in all pictures and the teacher's at the same places, [places, channels] each."""
        made, stride = self.follow[level](self.seen["levels"][level]), STRIDES[level]
        mine, wanted = [], []
        for one, target, (height, width) in zip(made, targets, self.seen["sizes"], strict=True):
            rows, columns = math.ceil(height / stride - 0.5), math.ceil(width / stride - 0.5)  # places whose middle the picture has
            down = (torch.arange(rows, device=made.device) + 0.5) * stride / height
            across = (torch.arange(columns, device=made.device) + 0.5) * stride / width
            mine.append(one[:, :rows, :columns].flatten(1).T)
            wanted.append(self._wanted(FOLLOWS[level], target, across, down))
        return torch.cat(mine), torch.cat(wanted)

    def _wanted(self, name: str, target: Target, across: Tensor, down: Tensor) -> Tensor:
        """Return the teacher's map at the places of a picture, each part of it from where it was taken, [places, channels]."""
        found = torch.empty(len(down), len(across), self.maps[name].shape[1], device=down.device)
        for number, view, (x0, y0, x1, y1) in zip(target["picture"].tolist(), target["view"], target["place"].tolist(), strict=True):
            rows = (down >= y0) & (down < y1)
            columns = (across >= x0) & (across < x1)
            whole = torch.from_numpy(np.asarray(self.maps[name][number], np.float32)).to(down.device)
            part = sampled(whole, view, (across[columns] - x0) / (x1 - x0), (down[rows] - y0) / (y1 - y0))
            found[rows.nonzero(), columns.nonzero().T] = part
        return found.flatten(0, 1)
