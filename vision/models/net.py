"""What a lease gives: a loaded module with everything needed to use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vision.models.catalog import Card
from vision.models.preprocessing import Preprocessing

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Net:
    """A resident model; the module is shared by every user, in eval mode and without gradients: nobody changes it.

    device         torch's name, such as "cpu" or "cuda:0"
    preprocessing  of a classifier, else None
    """

    card: Card
    module: nn.Module
    labels: tuple[str, ...]
    device: str
    preprocessing: Preprocessing | None
