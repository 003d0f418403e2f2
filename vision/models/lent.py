"""A GPU that is lent for one call at a time: what is done in the process that has it, and what stays in the one that has not.

So it is on ZeroGPU, the shared GPUs of Hugging Face Spaces. Here CUDA is only imitated, in the main thread alone; models put on it before
the page opens wait on the disk. A call forks this process, the fork has the GPU and those models, and stays for a while for further calls;
what goes in and comes back is pickled.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakValueDictionary

from vision.core.errors import UserError
from vision.models.catalog import Card, Catalog
from vision.models.devices import CPU_SHARE, available_bytes, setting_bytes

if TYPE_CHECKING:
    from vision.models.cache import Door
    from vision.models.net import Net

T = TypeVar("T")
Compute = Callable[[Card, str, "Callable[[Net], Any]"], tuple[Any, UserError | None]]

_held: WeakValueDictionary[str, Net] = WeakValueDictionary()  # nets of this process; a fork finds what was held when it began
_brought: dict[str, Net] = {}  # nets that came into memory after the fork, loaded there once more


def compute(card: Card, device: str, work: Callable[[Net], T]) -> tuple[T | None, UserError | None]:
    """Return what `work` makes of a card's net on a device, or the person's mistake it ended in; the function that is lent a GPU.

    The mistake is returned, because the errors of a fork arrive as their names only.
    """
    net = _held.get(card.key) or _brought.get(card.key)
    if net is None:
        net = _brought[card.key] = _load(card)
    if net.device != device:
        net.module.to(device)
        net = replace(net, device=device)
    try:
        return work(net), None
    except UserError as error:
        return None, error


def _load(card: Card) -> Net:
    from vision.models import loaders

    catalog = Catalog.read()
    return loaders.load(card, "cpu", {key: _load(catalog[key]) for key in card.needs})


def door(lent: Compute, device: Callable[[], str]) -> Door:
    """Return the way of a cache's work to the lent function; `device`: where the net is wanted there."""

    def call(net: Net, work: Callable[[Net], Any]) -> Any:
        _held[net.card.key] = net
        answer, mistake = lent(net.card, device(), work)
        if mistake is not None:
            raise mistake
        return answer

    return call


def load(card: Card, device: str, needs: Mapping[str, Net]) -> Net:
    """Load a card where it can wait for the GPU: on the imitated device in the main thread, else on the CPU."""
    from vision.models import loaders

    return loaders.load(card, device if threading.current_thread() is threading.main_thread() else "cpu", needs)


class Lent:
    """The machine of ZeroGPU: nets wait in this process's memory and compute on a GPU elsewhere, which lines the calls up itself."""

    one_at_a_time = False

    @property
    def device(self) -> str:
        """Torch's name of the lent device: VISION_DEVICE, else CUDA's first."""
        return os.environ.get("VISION_DEVICE") or "cuda:0"

    @cached_property
    def budget_bytes(self) -> int:
        """Memory for models: VISION_CACHE_GB, else a share of the ordinary memory, where they wait."""
        wanted = os.environ.get("VISION_CACHE_GB", "")
        return setting_bytes(wanted) if wanted else int(available_bytes() * CPU_SHARE)

    def measure(self, net: Net, needs: Mapping[str, Net]) -> int:
        """Return parameters and buffers: a forward pass takes no memory here."""
        from vision.models import footprint

        return footprint.held(net.module, [other.module for other in needs.values()])

    def enter(self) -> None:
        """Nothing computes in this process."""

    def out_of_memory(self, error: BaseException) -> bool:
        """Return False: a fork's errors arrive as their names, and a second call would be a second fork as small as the first."""
        return False

    def empty(self) -> None:
        """Nothing is held on a GPU between two calls."""
