"""One forward pass of a classifier, kept whole, and the best classes of it."""

from __future__ import annotations

import difflib
import time
from typing import TYPE_CHECKING

import numpy as np

from vision.core.errors import UserError
from vision.core.results import Classification, Forward, Guess
from vision.core.results_whatif import WhatIf
from vision.core.words import said
from vision.models import recorder
from vision.models.labels import spellings

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from vision.core.picture import Picture
    from vision.models.net import Net


def forward(net: Net, picture: Picture, *, maps: bool = True) -> Forward:
    """Run a classifier once and keep what its answers and maps are made of.

    A CNN keeps its last feature map before the pool; a vision transformer the attention of all layers and heads. Without `maps` the same
    logits alone.
    """
    import torch

    start = time.perf_counter()
    assert net.preprocessing is not None  # every classifier has one
    tensor, seen = net.preprocessing.prepare(picture.rgb)
    tensor = tensor.to(net.device)  # [1, 3, h, w]
    input_hw = (int(tensor.shape[2]), int(tensor.shape[3]))
    features = attention = scale = None
    layout = recorder.layout(net.module, input_hw) if maps and net.card.family == "vit" else None
    with torch.inference_mode():
        if maps and net.card.family == "cnn":
            logits, features = _convolve(net.module, tensor)
        elif layout is not None:
            logits, attention, scale = _attend(net.module, tensor, layout)
        else:
            logits = net.module(tensor)
    return Forward(
        model=net.card.key,
        revision=net.card.revision,
        device=str(net.device),
        ms=(time.perf_counter() - start) * 1e3,
        picture=picture.facts,
        seen=picture.whole(seen),
        input_hw=input_hw,
        logits=_array(logits[0]),
        features=features,
        attention=attention,
        scale=scale,
        prefix=layout.prefix if layout else 0,
        reads=layout.reads if layout else (0, 1),
        grid_hw=layout.grid_hw if layout else features.shape[1:] if features is not None else (0, 0),  # type: ignore[arg-type]
    )


def _convolve(module: torch.nn.Module, tensor: torch.Tensor) -> tuple[torch.Tensor, NDArray[np.float32]]:
    """Return logits [1, classes] and the last map before the pool [channels, h, w]; the head alone is run again for a gradient."""
    features = module.forward_features(tensor)  # type: ignore[operator]
    kept = _array(features[0])  # before the head, whose first step may write in place
    return module.forward_head(features), kept  # type: ignore[operator]


def _attend(
    module: torch.nn.Module, tensor: torch.Tensor, layout: recorder.Layout
) -> tuple[torch.Tensor, NDArray[np.uint8] | None, NDArray[np.float32] | None]:
    """Return logits [1, classes], attention [layers, heads, tokens, tokens] in 256 steps per row, and what a row's 255 stands for."""
    import torch

    tokens = layout.prefix + layout.grid_hw[0] * layout.grid_hw[1]
    rows: list[torch.Tensor] = []
    tops: list[torch.Tensor] = []

    def take(_layer: int, attention: torch.Tensor) -> None:
        top = attention[0].amax(-1, keepdim=True)  # [heads, tokens, 1], > 0: a softmax row sums to 1
        rows.append((attention[0] * (255 / top)).add_(0.5).to(torch.uint8))  # truncation of v + 0.5: to the nearest step
        tops.append(top[..., 0])

    with recorder.recording(take):
        logits = module(tensor)
    if len(rows) != layout.layers or any(one.shape[1:] != (tokens, tokens) for one in rows):
        return logits, None, None  # not one matrix over all places per layer: no map rather than a wrong one
    return logits, torch.stack(rows).cpu().numpy(), _array(torch.stack(tops))


def _array(tensor: torch.Tensor) -> NDArray[np.float32]:
    return tensor.float().cpu().numpy()  # type: ignore[no-any-return]


def best(kept: Forward, labels: tuple[str, ...], top: int) -> Classification:
    """Return the `top` best classes, softmax over all classes, sorted; equal scores: smaller index first."""
    share = kept.scores
    order = np.argsort(-share, kind="stable")[:top]
    return Classification(
        model=kept.model,
        revision=kept.revision,
        device=kept.device,
        ms=kept.ms,
        picture=kept.picture,
        top=tuple(Guess(labels[i], int(i), float(share[i])) for i in order),
        seen=kept.seen,
    )


def against(then: Forward, now: Forward, labels: tuple[str, ...], top: int = 3) -> WhatIf:
    """Return what a second pass has left of the first one's best class, and its own `top` best."""
    first, found = best(then, labels, 1).top[0], best(now, labels, top)
    return WhatIf(
        model=now.model,
        revision=now.revision,
        device=now.device,
        ms=now.ms,
        picture=now.picture,
        first=Guess(first.label, first.index, float(now.scores[first.index])),
        before=first.score,
        top=found.top,
    )


def named(kept: Forward, labels: tuple[str, ...], text: str) -> Guess:
    """Return the class that a text means: empty the best one, a whole number its index, else its label or a synonym inside it.

    Labels such as "tabby, tabby cat" hold synonyms between commas; case does not matter, nor the language. UserError where none or
    several fit.
    """
    share = kept.scores
    wanted = text.strip().casefold()
    if not wanted:
        fits = [int(np.argmax(share))]
    elif wanted.isascii() and wanted.isdigit():
        fits = [int(wanted)] if len(wanted) < 9 and int(wanted) < len(share) else []
    else:
        fits = [i for i, label in enumerate(labels) if wanted in spellings(label)]
        fits = fits or [i for i, label in enumerate(labels) if wanted in (part.strip() for part in label.casefold().split(","))]
    if len(fits) != 1:
        raise UserError(
            "explain.several_targets" if fits else "explain.unknown_target", target=text[:80], close=_close(wanted, labels, fits)
        )
    return Guess(labels[fits[0]], fits[0], float(share[fits[0]]))


def _close(wanted: str, labels: tuple[str, ...], fits: list[int]) -> str:
    """Return up to five labels to choose from instead, each with its index."""
    named = [(part.strip(), i) for i, label in enumerate(labels) for name in spellings(label) for part in name.split(",")]
    parts = dict(reversed(named))
    near = fits or [parts[name] for name in difflib.get_close_matches(wanted, parts, 5, 0.5)] or range(min(3, len(labels)))
    return "; ".join(f"{said(labels[i])} ({i})" for i in list(dict.fromkeys(near))[:5])
