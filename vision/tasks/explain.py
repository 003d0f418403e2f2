"""Maps of where a network looked: Grad-CAM, attention, rollout, relevance, all from one kept forward pass where that is possible."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vision.core import facts, heat, rollout
from vision.core.errors import UserError
from vision.core.results import Explanation, Fact, Forward, Guess
from vision.models import recorder

if TYPE_CHECKING:
    import torch

    from vision.core.heat import Floats
    from vision.core.picture import Picture
    from vision.models.net import Net

NETLESS = ("attention", "rollout")  # their material is in the Forward: no network is needed
EVIDENCE = ("gradcam", "relevance")  # zero means something here: no evidence for the class


@dataclass(frozen=True)
class Choice:
    """What is to be explained and how.

    target, against     the class, and the one whose evidence is taken away from it
    layer, head         of attention; -1: all fused. Of a rollout: all layers up to this one
    fusion, discard     how matrices are fused; the share of the weakest attention that a rollout leaves out
    query               the place whose attention is asked for, row by row; -1: what the class head reads
    """

    method: str
    target: Guess
    against: Guess | None = None
    layer: int = -1
    head: int = -1
    fusion: str = "mean"
    discard: float = 0.0
    query: int = -1


def explain(net: Net | None, picture: Picture, kept: Forward, choice: Choice) -> Explanation:
    """Return the map as an answer: stretched to 0..1 with its true range, and what can be said of it.

    net  None for a method of NETLESS, whose material is in `kept`
    """
    start = time.perf_counter()
    values = measure(net, picture, kept, choice)
    low, high = (0.0 if choice.method in EVIDENCE else float(values.min())), float(values.max())
    said = said_of(values, kept, choice)
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
        facts=said,
    )


def explain_each(net: Net, picture: Picture, kept: Forward, choices: tuple[Choice, ...]) -> tuple[Explanation, ...]:
    """Return the map of every choice."""
    return tuple(explain(net, picture, kept, choice) for choice in choices)


def measure(net: Net | None, picture: Picture, kept: Forward, choice: Choice) -> Floats:
    """Return the map in its own units, float64 [h, w] >= 0: logits for evidence, shares of 1 for attention."""
    if choice.method in NETLESS:
        return _attention(kept, choice)
    assert net is not None  # the caller leases one for every other method
    return gradcam(net, kept, choice) if choice.method == "gradcam" else relevance(net, picture, kept, choice)


def gradcam(net: Net, kept: Forward, choice: Choice) -> Floats:
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


def relevance(net: Net, picture: Picture, kept: Forward, choice: Choice) -> Floats:
    """Return the relevance of the places for a class, float64 [h, w] >= 0; one more pass, forward and back.

    Each block adds the positive part of attention times its gradient, mean over heads, to the identity; the rows of the class head's
    tokens of the product over all blocks, less the identity they began with.
    Source: Chefer et al. 2021 (arXiv 2103.15679), equations 5 and 6.
    """
    import torch

    if kept.attention is None:
        raise UserError("explain.no_attention", model=kept.model)
    assert net.preprocessing is not None  # every classifier has one
    matrices: list[torch.Tensor] = []

    def take(_layer: int, attention: torch.Tensor) -> torch.Tensor:
        matrices.append(attention if attention.requires_grad else attention.detach().requires_grad_(True))
        return matrices[-1]

    tensor, _ = net.preprocessing.prepare(picture.rgb)
    with torch.enable_grad(), recorder.recording(take):
        score = _score(net.module(tensor.to(net.device)), choice)
    slopes = torch.autograd.grad(score, matrices)
    first = rollout.begin(matrices[0].shape[-1], kept.reads)
    vector = first
    for matrix, slope in zip(reversed(matrices), reversed(slopes), strict=True):
        added = (matrix.detach() * slope).clamp_(min=0).mean(1)[0].double().cpu().numpy()  # [tokens, tokens]
        vector = vector + vector @ added
    return _places(vector - first, kept)


def _score(logits: torch.Tensor, choice: Choice) -> torch.Tensor:
    score = logits[0, choice.target.index]
    return score if choice.against is None else score - logits[0, choice.against.index]


def _attention(kept: Forward, choice: Choice) -> Floats:
    """Return what the class head's tokens attend to, in one layer or through all (rollout), float64 [h, w], shares of 1."""
    if kept.attention is None or kept.scale is None:
        raise UserError("explain.no_attention", model=kept.model)
    layers, heads = kept.attention.shape[:2]
    if not -1 <= choice.layer < layers:
        raise UserError("explain.no_layer", layer=choice.layer, last=layers - 1)
    if not -1 <= choice.head < heads:
        raise UserError("explain.no_head", head=choice.head, last=heads - 1)
    if choice.fusion not in rollout.FUSIONS:
        raise UserError("explain.no_fusion", fusion=choice.fusion[:40], fusions=", ".join(rollout.FUSIONS))
    places = kept.grid_hw[0] * kept.grid_hw[1]
    if not -1 <= choice.query < places:
        raise UserError("explain.no_query", query=choice.query, last=places - 1)
    if not 0 <= choice.discard <= 1:
        raise UserError("explain.no_discard", discard=choice.discard)
    token = kept.prefix + choice.query
    reads = kept.reads if choice.query < 0 else (token, token + 1)
    view: dict[str, Any] = {"layer": choice.layer, "head": choice.head, "fusion": choice.fusion}
    if choice.method == "attention":
        return _places(rollout.attend(kept.attention, kept.scale, reads, **view), kept)
    return _places(rollout.roll(kept.attention, kept.scale, kept.prefix, reads, **view, discard=choice.discard), kept)


def _places(row: Floats, kept: Forward) -> Floats:
    return row[kept.prefix :].reshape(kept.grid_hw)


def said_of(values: Floats, kept: Forward, choice: Choice) -> tuple[Fact, ...]:
    """Return the sentences of a map: where, how concentrated, how far attention reaches, and what the model lacks."""
    names = {"target": choice.target.label, "against": choice.against.label if choice.against else ""}
    said = facts.read(values, kept.seen, kept.picture.width, kept.picture.height)
    if not said and choice.method in EVIDENCE:
        return (("explain.no_evidence_against" if choice.against else "explain.no_evidence", names),)
    if not said:
        return (("explain.no_weight", {}),)
    if float(values.min()) == float(values.max()):
        said = [("explain.same_everywhere", {})]
    if choice.against is not None and choice.method in EVIDENCE:
        said.append(("explain.difference", names))
    if kept.attention is not None and kept.scale is not None and choice.method != "relevance":
        ends = [rollout.fuse(kept.attention[i], kept.scale[i], "mean") for i in (0, -1)]
        said.append(facts.depth(*(facts.reach(one, kept.prefix, kept.grid_hw, kept.input_hw) for one in ends)))
    if kept.attention is not None and kept.reads[0] >= kept.prefix and choice.query < 0:
        said.append(("explain.no_class_token", {}))
    return tuple(said)
