"""A card as a module: the only place that builds architectures and reads files of weights.

Nothing here downloads unless `load` is called for a card of the hub, and only the cache calls that.
"""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vision.core.errors import ModelError
from vision.models import layouts
from vision.models.catalog import Card, weights
from vision.models.net import Net
from vision.models.preprocessing import Preprocessing

if TYPE_CHECKING:
    from torch import nn

Needs = Mapping[str, Net]
State = dict[str, Any]
PICKLES = ("package", "torchvision")  # read with weights_only=True, and their sums are known before


def load(card: Card, device: str, needs: Needs) -> Net:
    """Return a card as a resident net with its weights; downloads those of the hub if they are not kept; ModelError if it cannot be had."""
    module = build(card, needs)
    if card.source != "random":
        module.load_state_dict(state(card, module))
    return finish(card, module, device)


def build(card: Card, needs: Needs | None = None) -> nn.Module:
    """Return a card's architecture with random weights.

    "module:Class" of vision.models is called with the modules of the card's needs, in order, and the card's options by name; any other
    architecture is torchvision's for that source, else timm's.
    """
    if ":" in card.arch:
        module, name = card.arch.split(":")
        made = getattr(importlib.import_module(f"vision.models.{module}"), name)
        return made(*[(needs or {})[key].module for key in card.needs], **card.options)
    if card.source == "torchvision":
        import torchvision

        return torchvision.models.get_model(card.arch, weights=None, weights_backbone=None, **card.options)
    import timm
    import torch

    if card.source == "random":
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return timm.create_model(card.arch, **card.options)
    return timm.create_model(card.arch, **card.options)


def finish(card: Card, module: nn.Module, device: str) -> Net:
    """Return a built module as a net: eval mode, no gradients, on its device, the recorder's hooks in place."""
    from vision.models import recorder

    module.requires_grad_(False)
    module.eval()
    module.to(device)
    if card.task == "classify":
        recorder.attach(module)
    return Net(card, module, card.labels, device, preprocessing(card, module))


def preprocessing(card: Card, module: nn.Module) -> Preprocessing | None:
    """Return how a classifier wants its photo: the module's own attribute `preprocessing`, else timm's config; None for other tasks."""
    if card.task != "classify":
        return None
    own = getattr(module, "preprocessing", None)
    if isinstance(own, Preprocessing):
        return own
    from timm.data.config import resolve_model_data_config

    return Preprocessing.of(resolve_model_data_config(module))


def state(card: Card, module: nn.Module) -> State:
    """Return the checked weights of a card, named as `module` names them."""
    path = weights(card)
    if path is None and card.source in ("hub", "torchvision"):
        from vision.models import downloads

        path = downloads.fetch(card)
    if path is None:
        raise ModelError("model.missing", name=card.name)
    return layouts.LAYOUTS[card.layout](read(card, path), module)


def read(card: Card, path: Path) -> State:
    """Return the tensors of a file; its sum must be the known one. Pickles are read without their code and from two named sources only."""
    if path.name.endswith(".incomplete") or not digest(path).startswith(_wanted_sum(card, path)):
        raise ModelError("model.damaged", name=card.name)
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    if card.source not in PICKLES:
        raise ModelError("model.pickle", name=card.name)
    import torch

    return torch.load(path, map_location="cpu", weights_only=True)


def digest(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _wanted_sum(card: Card, path: Path) -> str:
    if card.source in ("hub", "torchvision"):
        from vision.models import downloads

        return downloads.known_sum(card, path)
    beside = path.with_name("card.json")
    if not card.sha256 and card.source == "bundled" and beside.is_file():
        return json.loads(beside.read_text("utf-8")).get("sha256", "")
    return card.sha256
