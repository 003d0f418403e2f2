"""Is a map about what the net learned? Its weights are made random part by part from the top, and the map is drawn each time.

Source: Adebayo et al. 2018 (Sanity Checks for Saliency Maps, arXiv 1810.03292), section 3, cascading randomization.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vision.core import agreement, heat
from vision.core.measures import ssim
from vision.core.results_whatif import Randomised

if TYPE_CHECKING:
    import torch
    from torch import nn

    from vision.core.heat import Floats
    from vision.core.results import Explanation, Fact
    from vision.models.net import Net

POINTS = 64  # a side of the raster on which two maps are compared as pictures: a window of SSIM then spans about one place
CHANGED, SAME = 0.3, 0.6  # a rank correlation below: the map is another one; above: it is the same, whatever the net knows


@dataclass(frozen=True)
class Part:
    """One piece of a net, whose weights become random together."""

    name: str
    weights: tuple[torch.Tensor, ...]


def parts(module: nn.Module) -> list[Part]:
    """Return a net in pieces, from the top (nearest to the answer) to the bottom, each weight once.

    A container of blocks counts block by block, and what follows without blocks of its own (a norm, an embedding) piece by piece; weights
    that belong to the net itself (class token, positions) come with the lowest of its pieces. Under a transformer on a CNN's map comes
    that CNN, without the head that the transformer has no use for.
    """
    pieces = [Part(name, tuple(child.parameters())) for name, child in _pieces(module)]
    lowest = Part(pieces[0].name, (*pieces[0].weights, *module.parameters(recurse=False)))
    whole = [lowest, *pieces[1:]]
    for trunk in getattr(module, "trunk", ()):  # in a tuple: it is lent by another model
        head = {id(weight) for weight in trunk.get_classifier().parameters()}
        below = [Part(f"trunk.{one.name}", one.weights) for one in reversed(parts(trunk)) if id(one.weights[0]) not in head]
        whole = [*below, *whole]
    return whole[::-1]


def names(net: Net) -> tuple[str, ...]:
    """Return what the parts of a net are called, from the top."""
    return tuple(part.name for part in parts(net.module))


def _pieces(module: nn.Module) -> list[tuple[str, nn.Module]]:
    """Return the children with weights in the order of the way up; lists and sequences of them opened once."""
    from torch import nn

    found: list[tuple[str, nn.Module]] = []
    for name, child in module.named_children():
        opened = child.named_children() if isinstance(child, nn.Sequential | nn.ModuleList) else [("", child)]
        found += [(f"{name}.{inner}".rstrip("."), one) for inner, one in opened]
    return [(name, one) for name, one in found if next(one.parameters(), None) is not None]


def forgetful(net: Net, count: int, seed: int) -> Net:
    """Return a copy of a net whose topmost parts, `count` of them, have forgotten; the same seed, the same weights."""
    from vision.models import folding

    copy = replace(net, module=deepcopy(net.module))
    for module in (copy.module, *getattr(copy.module, "trunk", ())):
        folding.unfold(module)  # a weight and what is folded from it would no longer belong together
    for number, part in enumerate(parts(copy.module)[:count]):
        forget(part, 1000 * seed + number)
    return copy


def forget(part: Part, seed: int) -> None:
    """Draw every weight of a part anew, in place, from a normal distribution with the mean and the spread that its tensor had.

    What a tensor's values are stays, what they say goes; running means of normalisation are no weights and stay.
    """
    import torch

    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in part.weights:
            spread = float(weight.float().std(correction=0))
            drawn = torch.randn(weight.shape, generator=random) * spread + float(weight.float().mean())
            weight.copy_(drawn.to(weight.dtype))


def compared(first: Explanation, now: Explanation, part: str, step: int, steps: int) -> Randomised:
    """Return the map after a step beside the one of the trained net."""
    rank, similar = alike(first.grid, now.grid)
    return Randomised(
        model=now.model,
        revision=now.revision,
        device=now.device,
        ms=now.ms,
        picture=now.picture,
        method=now.method,
        target=now.target,
        part=part,
        step=step,
        steps=steps,
        grid=now.grid,
        range=now.range,
        seen=now.seen,
        rank=rank,
        ssim=similar,
        facts=said_of(rank, similar) if step == steps else (),
    )


def alike(a: Floats, b: Floats) -> tuple[float | None, float]:
    """Return how alike two maps of one shape are, float64 [h, w] in 0..1: rank correlation (None where one is even), and SSIM as drawn."""
    steps = (np.arange(POINTS, dtype=np.float64) + 0.5) / POINTS
    drawn = [heat.index(heat.sample(grid, (0.0, 0.0, 1.0, 1.0), steps, steps)) for grid in (a, b)]
    return agreement.correlate(a, b), float(ssim(*drawn) or 0.0)


def said_of(rank: float | None, similar: float) -> tuple[Fact, ...]:
    """Return what the last comparison means, when nothing learned is left."""
    if rank is None:
        return (("randomise.empty", {}),)
    key = "same" if rank > SAME else "changed" if rank < CHANGED else "between"
    return ((f"randomise.{key}", {"rank": agreement.decimals(rank), "ssim": agreement.decimals(similar)}),)
