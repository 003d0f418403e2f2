"""How many bytes a module holds, and how many more one forward pass takes at its height."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from torch import nn

    from vision.models.net import Net


def held(module: nn.Module, without: Iterable[nn.Module] = ()) -> int:
    """Return the bytes of a module's parameters and buffers, shared ones once, those of the modules in `without` not at all."""
    elsewhere = {storage.data_ptr() for other in without for storage in _storages(other)}
    own = {storage.data_ptr(): storage.nbytes() for storage in _storages(module)}
    return sum(size for pointer, size in own.items() if pointer not in elsewhere)


def _storages(module: nn.Module) -> Iterator[torch.UntypedStorage]:
    for tensors in (module.parameters(), module.buffers()):
        for tensor in tensors:
            yield tensor.untyped_storage()


def example(net: Net) -> tuple[Any, ...] | None:
    """Return inputs of one forward pass: the module's own (`example()`), else an empty photo of the card's size, else None."""
    import torch

    own = getattr(net.module, "example", None)
    if callable(own):
        return tuple(value.to(net.device) for value in own())
    input_hw = net.preprocessing.input_hw if net.preprocessing else net.card.input_hw
    return (torch.zeros(1, 3, *input_hw, device=net.device),) if input_hw else None


def peak(net: Net) -> int:
    """Return the most bytes that one forward pass holds at once beside the module; 0 where no input is known.

    On CUDA by the allocator's own count; elsewhere by following every tensor that the pass makes, so scratch memory inside a kernel is not
    counted.
    """
    import torch

    inputs = example(net)
    if inputs is None:
        return 0
    with torch.inference_mode():
        if net.device.startswith("cuda"):
            torch.cuda.synchronize(net.device)
            before = torch.cuda.memory_allocated(net.device)
            torch.cuda.reset_peak_memory_stats(net.device)
            net.module(*inputs)
            torch.cuda.synchronize(net.device)
            return max(0, torch.cuda.max_memory_allocated(net.device) - before)
        return _followed(net.module, inputs)


def _followed(module: nn.Module, inputs: tuple[Any, ...]) -> int:
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils._pytree import tree_leaves

    own = {storage._cdata for storage in _storages(module)}  # a transposed weight is no new memory
    alive: dict[int, int] = {}
    most = 0

    def follow(value: Any) -> None:
        nonlocal most
        if not isinstance(value, torch.Tensor):
            return
        storage = value.untyped_storage()
        name = storage._cdata
        if name not in alive and name not in own:
            alive[name] = storage.nbytes()
            weakref.finalize(storage, alive.pop, name, None)
            most = max(most, sum(alive.values()))

    class Follow(TorchDispatchMode):
        def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            out = function(*args, **(kwargs or {}))
            for value in tree_leaves(out):
                follow(value)
            return out

    with Follow():
        module(*inputs)
    return most
