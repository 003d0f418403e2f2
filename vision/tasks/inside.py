"""A classifier from inside: the maps of a CNN's layers, and a vision transformer's tokens through its depth."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vision.core.errors import UserError
from vision.core.results_inside import Kernels, Layer, Layers, Tokens
from vision.models import recorder

if TYPE_CHECKING:
    import torch
    from torch import nn

    from vision.core.picture import Picture
    from vision.models.net import Net

KEPT = 128  # maps of a layer at most, the strongest
POOL = 2  # side of the window of every pool that is followed by hand
Floats = NDArray[np.float32]
Field = tuple[int, int, int]
PIXEL: Field = (1, 1, 0)


def layers(net: Net, picture: Picture) -> Layers:
    """Return the maps of a CNN's layers for a picture.

    The first convolution comes with its filters, and so does every other one of the tutorials' three-conv CNN; of the rest only the maps.
    """
    import torch

    start = time.perf_counter()
    if net.card.family != "cnn":
        raise UserError("inside.no_cnn", model=net.card.name)
    assert net.preprocessing is not None  # every classifier has one
    tensor, seen = net.preprocessing.prepare(picture.rgb)
    pixels, _ = net.preprocessing.crop(picture.rgb)
    with torch.inference_mode():
        made = (_plain if hasattr(net.module, "convs") else _staged)(net.module, tensor.to(net.device))
        found = tuple(made)
    return Layers(
        **_about(net, picture, start),
        seen=picture.whole(seen),
        input_hw=net.preprocessing.input_hw,
        mean=net.preprocessing.mean,
        std=net.preprocessing.std,
        pixels=pixels,
        layers=found,
    )


def _plain(module: nn.Module, x: torch.Tensor) -> Iterator[Layer]:
    """Yield convolution, activation and pool, one after the other, of the tutorials' three-conv CNN."""
    from torch.nn import functional

    field = PIXEL
    for number, conv in enumerate(module.convs, 1):  # type: ignore[union-attr, arg-type]
        kernels, x = _convolved(conv, None, x)
        field = _seen_by(field, conv.kernel_size[0], conv.stride[0], kernels.pad[0])
        whole = kernels.weight.shape[1] <= KEPT  # else some of its inputs are not kept
        yield _layer("conv", number, x, field=field, kernels=kernels if whole else None)
        yield _act(number, x, (0.0, None), field)
        x = functional.max_pool2d(functional.relu(x), POOL)
        field = _seen_by(field, POOL, POOL, 0)
        yield _layer("pool", number, x, field=field)


def _staged(module: nn.Module, x: torch.Tensor) -> Iterator[Layer]:
    """Yield the first convolution and its activation of a timm CNN, the ends of its stages, and its last map."""
    conv, norm, act = _stem(module)
    kernels, made = _convolved(conv, norm, x)
    field = _seen_by(PIXEL, conv.kernel_size[0], conv.stride[0], kernels.pad[0])
    yield _layer("conv", 1, made, field=field, kernels=kernels)
    shown = made
    limits = _limits(act)
    if limits is not None:
        shown = made.clamp(*limits)
        yield _act(1, made, limits, field)
    last, ends = module.forward_intermediates(x) if hasattr(module, "forward_intermediates") else (module.forward_features(x), [])  # type: ignore[operator]
    ends = [end for end in ends if end.shape != shown.shape or not (end - shown).abs().max() < 1e-4]
    for number, end in enumerate(ends, 1):
        yield _layer("stage", number, end)
    if not ends or last.shape != ends[-1].shape:
        yield _layer("last", 1, last)


def _stem(module: nn.Module) -> tuple[Any, Any, Any]:
    """Return a CNN's first convolution, the batch normalisation right behind it or None, and the activation behind that or None."""
    from torch import nn

    parts = [part for part in module.modules() if not list(part.children()) or isinstance(part, nn.BatchNorm2d)]
    at = next(i for i, part in enumerate(parts) if isinstance(part, nn.Conv2d))
    norm = parts[at + 1] if isinstance(parts[at + 1], nn.BatchNorm2d) else None
    behind = [part for part in parts[at + 1 : at + 5] if part is not norm and not isinstance(part, nn.Identity)]
    return parts[at], norm, behind[0] if behind else None


def _limits(act: Any) -> tuple[float, float | None] | None:
    """Return between which values an activation leaves a number as it is, or None for another kind of activation."""
    from torch import nn

    return {nn.ReLU: (0.0, None), nn.ReLU6: (0.0, 6.0)}.get(type(act))


def _convolved(conv: Any, norm: Any, x: torch.Tensor) -> tuple[Kernels, torch.Tensor]:
    """Return a convolution's filters and its output [1, channels, h, w] after the normalisation, before the activation."""
    import torch
    from torch.nn import functional

    from vision.models import folding

    made = folding.plain(conv, x)
    scale, shift = torch.ones(made.shape[1]), torch.zeros(made.shape[1])
    if norm is not None:
        made = functional.batch_norm(made, norm.running_mean, norm.running_var, norm.weight, norm.bias, False, 0.0, norm.eps)
        scale = norm.weight / (norm.running_var + norm.eps).sqrt()
        shift = norm.bias - norm.running_mean * scale
    bias = torch.zeros(made.shape[1]) if conv.bias is None else conv.bias
    stride, pad = tuple(conv.stride), _pad(conv, x.shape[2:])
    return Kernels(_array(conv.weight), _array(bias), _array(scale), _array(shift), stride, pad), made


def _pad(conv: Any, hw: Any) -> tuple[int, int]:
    """Return the rows and columns of zeros above and before; TensorFlow's "same" padding puts the smaller half there."""
    from timm.layers.conv2d_same import Conv2dSame

    if not isinstance(conv, Conv2dSame):
        return conv.padding[0], conv.padding[1]
    extra = [max((-(-side // step) - 1) * step + k - side, 0) for side, step, k in zip(hw, conv.stride, conv.kernel_size, strict=True)]
    return extra[0] // 2, extra[1] // 2


def _seen_by(field: Field, window: int, stride: int, pad: int) -> Field:
    """Return what of the picture a place sees behind one more window."""
    pixels, step, first = field
    return pixels + (window - 1) * step, step * stride, first - pad * step


def _act(number: int, before: torch.Tensor, limits: tuple[float, float | None], field: Field) -> Layer:
    size, channels = _kept(before)
    return Layer("act", number, size, channels, None, limits, field)


def _layer(kind: str, number: int, x: torch.Tensor, **more: Any) -> Layer:
    size, channels = _kept(x)
    return Layer(kind, number, size, channels, _array(x[0, list(channels)]), **more)


def _kept(x: torch.Tensor) -> tuple[tuple[int, int, int], tuple[int, ...]]:
    """Return channels, rows and columns of a map [1, c, h, w], and which channels are kept."""
    strength = x[0].abs().mean((1, 2))
    order = strength.argsort(descending=True, stable=True)[:KEPT]
    return (x.shape[1], x.shape[2], x.shape[3]), tuple(sorted(order.tolist()))


def tokens(net: Net, picture: Picture) -> Tokens:
    """Return a vision transformer's tokens for a picture: embedded, placed, attending, and what the class head reads after each block."""
    import torch

    start = time.perf_counter()
    assert net.preprocessing is not None  # every classifier has one
    module: Any = net.module
    tensor, seen = net.preprocessing.prepare(picture.rgb)
    pixels, _ = net.preprocessing.crop(picture.rgb)
    layout = recorder.layout(module, net.preprocessing.input_hw)
    if net.card.family != "vit" or layout is None:
        raise UserError("inside.no_tokens", model=net.card.name)
    matrices, depths = _followed(module, tensor.to(net.device))
    with torch.inference_mode():
        lens = torch.cat([module.forward_head(module.norm(depth)) for depth in depths])
        first, positions = _placed(module, depths[0][0, layout.prefix :], layout)
    attention = torch.stack(matrices)
    top = attention.amax(-1, keepdim=True)  # > 0: a softmax row sums to 1
    return Tokens(
        **_about(net, picture, start),
        seen=picture.whole(seen),
        input_hw=net.preprocessing.input_hw,
        pixels=pixels,
        cut=_cuts(module),
        prefix=layout.prefix,
        reads=layout.reads,
        grid_hw=layout.grid_hw,
        embedding=first,
        positions=positions,
        similarity=None if positions is None else cosine(positions),
        attention=(attention * (255 / top)).add_(0.5).to(torch.uint8).cpu().numpy(),
        scale=_array(top[..., 0]),
        lens=_array(lens),
    )


def _followed(module: Any, x: torch.Tensor) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Return each block's attention, mean of its heads, [tokens, tokens]; and the tokens at every depth, [1, tokens, width]."""
    import torch

    matrices: list[torch.Tensor] = []
    depths: list[torch.Tensor] = []

    def take(_layer: int, attention: torch.Tensor) -> None:
        matrices.append(attention[0].mean(0))

    def hear(_depth: int, found: torch.Tensor) -> None:
        depths.append(found.clone())

    with torch.inference_mode(), recorder.recording(take), recorder.following(hear):
        module(x)
    return matrices, depths


def _placed(module: Any, places: torch.Tensor, layout: recorder.Layout) -> tuple[Floats, Floats | None]:
    """Return what the places were before their positions were added, and the positions, each [places, width]; None where none are added."""
    from torch import nn

    positions = getattr(module, "pos_embed", None)
    count = layout.grid_hw[0] * layout.grid_hw[1]
    changed = not isinstance(getattr(module, "norm_pre", nn.Identity()), nn.Identity)  # then the two cannot be told apart
    if positions is None or changed or positions.shape[1] not in (count, count + layout.prefix):
        return _array(places), None
    added = positions[0, -count:]
    return _array(places - added), _array(added)


def _cuts(module: Any) -> bool:
    """Return whether the tokens are cut from the picture itself: by one convolution whose windows do not overlap."""
    from torch import nn

    proj = getattr(getattr(module, "patch_embed", None), "proj", getattr(module, "project", None))
    backbone = hasattr(getattr(module, "patch_embed", None), "backbone")
    return isinstance(proj, nn.Conv2d) and not backbone and proj.kernel_size == proj.stride


def cosine(rows: Floats) -> Floats:
    """Return the cosine of every row with every other, float32 [n, n]; 0 with a row of zeros."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    unit = np.divide(rows, length, out=np.zeros_like(rows), where=length > 0)
    return unit @ unit.T


def _about(net: Net, picture: Picture, start: float) -> dict[str, Any]:
    return {
        "model": net.card.key,
        "revision": net.card.revision,
        "device": str(net.device),
        "ms": (time.perf_counter() - start) * 1e3,
        "picture": picture.facts,
    }


def _array(tensor: torch.Tensor) -> Floats:
    return tensor.float().cpu().numpy()
