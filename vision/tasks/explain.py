"""Maps of where a network looked: Grad-CAM, attention, rollout, relevance, all from one kept forward pass where that is possible."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vision.core import heat, rollout
from vision.core.errors import UserError
from vision.core.results import Explanation, Fact, Forward, Guess
from vision.models import recorder

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from vision.core.picture import Picture
    from vision.models.net import Net

NETLESS = ("attention", "rollout")  # their material is in the Forward: no network is needed


@dataclass(frozen=True)
class Choice:
    """What is to be explained and how: the class, and the one to take away from it; layer and head -1: fused."""

    method: str
    target: Guess
    against: Guess | None = None
    layer: int = -1
    head: int = -1
    fusion: str = "mean"
    discard: float = 0.0


def gradcam(net: Net, kept: Forward, choice: Choice) -> NDArray[np.float64]:
    """Return the Grad-CAM of a class, float64 [h, w] >= 0, in units of the logit; with `against`, of the difference of two logits.

    Only the head is run, with gradient to its input; no parameter gets a gradient.
    Source: Selvaraju et al. 2017, equations 1 and 2.
    """
    import torch

    if kept.features is None:
        raise UserError("explain.no_features", model=kept.model)
    weight = next(net.module.parameters())
    features = torch.from_numpy(kept.features).to(weight.device, weight.dtype)[None].requires_grad_(True)  # [1, c, h, w]
    with torch.enable_grad():
        score = _score(net.module.forward_head(features.clone()), choice)  # type: ignore[operator]  # a head may write in place
    (slope,) = torch.autograd.grad(score, features)
    with torch.no_grad():
        cam = (slope.mean((2, 3), keepdim=True) * features).sum(1).relu()  # [1, h, w]
    return cam[0].double().cpu().numpy()  # type: ignore[no-any-return]


def relevance(net: Net, picture: Picture, kept: Forward, choice: Choice) -> NDArray[np.float64]:
    """Return the relevance of places for a class, float64 [h, w] >= 0.

    Each block adds the positive part of attention times its gradient, mean over heads, to the identity; the product over all blocks.
    Source: Chefer et al. 2021 (arXiv 2103.15679), equations 5 and 6.
    """
    import torch

    matrices: list[torch.Tensor] = []

    def take(_layer: int, attention: torch.Tensor) -> torch.Tensor:
        matrices.append(attention if attention.requires_grad else attention.detach().requires_grad_(True))
        return matrices[-1]

    assert net.preprocessing is not None  # every classifier has one
    tensor, _ = net.preprocessing.prepare(picture.rgb)
    with torch.enable_grad(), recorder.recording(take):
        score = _score(net.module(tensor.to(net.device)), choice)
    slopes = torch.autograd.grad(score, matrices)
    vector = rollout.begin(matrices[0].shape[-1], kept.reads)
    first = vector.copy()
    for matrix, slope in zip(reversed(matrices), reversed(slopes), strict=True):
        added = (matrix.detach() * slope).clamp_(min=0).mean(1)[0].double().cpu().numpy()  # [tokens, tokens]
        vector = vector + vector @ added
    return (vector - first)[kept.prefix :].reshape(kept.grid_hw)  # type: ignore[no-any-return]  # what flowed, not where it began


def _score(logits: torch.Tensor, choice: Choice) -> torch.Tensor:
    score = logits[0, choice.target.index]
    return score if choice.against is None else score - logits[0, choice.against.index]


def attention(kept: Forward, choice: Choice) -> NDArray[np.float64]:
    """Return what the class head's tokens attend to, float64 [h, w], shares of 1 that the places get."""
    matrices, scale = _chosen(kept, choice)
    tokens = matrices.shape[-1]
    row = rollout.gaze(matrices.reshape(-1, tokens, tokens), scale.reshape(-1, tokens), kept.reads, choice.fusion)
    return row[kept.prefix :].reshape(kept.grid_hw)


def rolled(kept: Forward, choice: Choice) -> NDArray[np.float64]:
    """Return the attention rollout of the class head's tokens, float64 [h, w]; with a layer, the rollout of all up to it.

    Source: Abnar & Zuidema 2020, section 3.
    """
    matrices, scale = _chosen(kept, choice, upto=True)
    mixed = [
        rollout.mix(rollout.prune(rollout.fuse(one, steps, choice.fusion), choice.discard, kept.prefix))
        for one, steps in zip(matrices, scale, strict=True)
    ]
    row = rollout.flow(mixed, rollout.begin(matrices.shape[-1], kept.reads))
    return row[kept.prefix :].reshape(kept.grid_hw)


def _chosen(kept: Forward, choice: Choice, upto: bool = False) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return attention [layers, heads, tokens, tokens] and scale of the chosen layer (or all up to it) and head."""
    if kept.attention is None or kept.scale is None:
        raise UserError("explain.no_attention", model=kept.model)
    layers, heads = kept.attention.shape[:2]
    if not -1 <= choice.layer < layers:
        raise UserError("explain.no_layer", layer=choice.layer, last=layers - 1)
    if not -1 <= choice.head < heads:
        raise UserError("explain.no_head", head=choice.head, last=heads - 1)
    rows = slice(0 if upto or choice.layer < 0 else choice.layer, layers if choice.layer < 0 else choice.layer + 1)
    columns = slice(None) if choice.head < 0 else slice(choice.head, choice.head + 1)
    return kept.attention[rows, columns], kept.scale[rows, columns]


def _map(net: Net | None, picture: Picture, kept: Forward, choice: Choice) -> NDArray[np.float64]:
    if choice.method == "attention":
        return attention(kept, choice)
    if choice.method == "rollout":
        return rolled(kept, choice)
    assert net is not None  # the caller leases one for every other method
    return gradcam(net, kept, choice) if choice.method == "gradcam" else relevance(net, picture, kept, choice)


def explain(net: Net | None, picture: Picture, kept: Forward, choice: Choice) -> Explanation:
    """Return the map as an answer: stretched to 0..1 with its true range, and what can be said of it.

    net  None for a method of NETLESS, whose material is in `kept`
    """
    start = time.perf_counter()
    values = _map(net, picture, kept, choice)
    evidence = choice.method in ("gradcam", "relevance")  # zero means something: no evidence for the class
    low, high = (0.0 if evidence else float(values.min())), float(values.max())
    facts: tuple[Fact, ...] = ()
    return Explanation(
        model=kept.model,
        revision=kept.revision,
        device=kept.device,
        ms=(time.perf_counter() - start) * 1e3,
        picture=kept.picture,
        method=choice.method,
        target=choice.target,
        against=choice.against,
        grid=heat.spread(values, low, high),
        range=(low, high),
        seen=kept.seen,
        facts=facts,
    )
