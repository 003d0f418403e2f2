"""The figures of a model, measured the way the product uses it: the catalogue's net and preprocessing, a packed set's val pictures."""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vision.core.errors import UserError
from vision.models.cache import ModelCache
from vision.models.catalog import Catalog
from vision.models.net import Net
from vision.train.data import Packed

SETS = {"imagenet-1k": "imagenet_sharp", "tiny200": "tinyimagenet", "cifar10": "cifar10"}  # names of a card: the set that knows them
DETECTION_SET = "coco_mini"
BATCH = 16
log = logging.getLogger("glassbox")


def evaluate(key: str, data: Path, limit: int = 0, out: Path | None = None) -> dict[str, float]:
    """Return the figures of a model of the catalogue; `limit` > 0: on that many pictures spread over the set.

    out  folder for what a detector has beside them: every class, and precision over recall as a picture
    """
    catalog = Catalog.read()
    card = catalog[key]
    with ModelCache.of(catalog).lease(key) as net:
        if card.task == "classify":
            return classify(net, data, limit)
        if card.task == "detect":
            from vision.train.evaluate_detector import evaluate_detector, looker, written

            found = evaluate_detector(looker(net), Packed(data, DETECTION_SET), names=card.labels, pictures=limit or None)
            if out:
                written(found, out)
            found["ap50_person"] = found["classes"]["person"]
            return {name: round(found[name], 4) for name in ("ap50", "ap", "recall", "ap50_person")}
        from vision.train.samples import generate

        return generate(net, data, limit)


def chosen(pictures: Packed, limit: int) -> np.ndarray:
    """Return the val indices, or `limit` of them evenly spread."""
    val = pictures.split("val")
    return val if not limit or limit >= len(val) else val[np.linspace(0, len(val) - 1, limit).round().astype(int)]


def classify(net: Net, data: Path, limit: int = 0) -> dict[str, float]:
    """Return top-1 and top-5 shares of a classifier."""
    if net.card.names not in SETS:
        raise UserError("train.no_set", key=net.card.key, names=net.card.names)
    pictures = Packed(data, SETS[net.card.names])
    indices = chosen(pictures, limit)
    truth = torch.tensor([pictures.label(int(index)) for index in indices])
    logits = torch.cat(list(answers(net, (np.asarray(pictures.image(int(index))) for index in indices))))
    hits = logits.topk(5, 1).indices.cpu() == truth[:, None]
    return {"top1": round(hits[:, 0].float().mean().item(), 4), "top5": round(hits.any(1).float().mean().item(), 4)}


@torch.inference_mode()
def answers(net: Net, pictures: Iterable[np.ndarray]) -> Iterator[Tensor]:
    """Yield logits [n, classes] of photos uint8 [H, W, 3], a batch at a time."""
    assert net.preprocessing is not None  # every classifier has one
    batch: list[Tensor] = []
    for rgb in pictures:
        batch.append(net.preprocessing.prepare(rgb)[0])
        if len(batch) == BATCH:
            yield net.module(torch.cat(batch).to(net.device))
            batch = []
    if batch:
        yield net.module(torch.cat(batch).to(net.device))
