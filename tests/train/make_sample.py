"""Write tests/train/files/hybrid.npz: maps of a few val pictures (numbers, no pictures) and what the shipped hybrid ViT says of them.

python -m tests.train.make_sample HARVEST
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from vision.models.hybrid import HybridViT
from vision.train.distil import LastMap
from vision.train.harvest import Pass, cnn

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


if __name__ == "__main__":
    write(Path(sys.argv[1]))
