"""Latent places -> pictures: samples, walks, what the stages make, what the critic thinks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vision.core import latent
from vision.core.errors import ModelError, UserError
from vision.core.latent import Floats
from vision.core.place import resized
from vision.core.results_generate import Judgement, Place, Samples, Stages, Term
from vision.core.words import said
from vision.models.labels import spellings

if TYPE_CHECKING:
    import torch

    from vision.core.picture import Picture
    from vision.models.net import Net

BATCH = 16  # pictures a forward pass
CHANNELS = 16  # maps shown per stage, the strongest first
Bytes = NDArray[np.uint8]


def u8(x: torch.Tensor) -> Bytes:
    """Return tanh pictures float [n, 3, h, w] as uint8 [n, h, w, 3]: (x + 1) / 2, clamped, rounded; never stretched per picture."""
    scaled = ((x.float() + 1) / 2).clamp(0, 1).mul(255).round()
    return scaled.byte().permute(0, 2, 3, 1).cpu().numpy()


def labels(net: Net) -> tuple[str, ...]:
    """Return the names of a generator's classes; numbers from 1 where it has no names."""
    count = int(_gan(net).generator.classes)
    return net.labels if len(net.labels) == count else tuple(str(index + 1) for index in range(count))


def label(net: Net, name: str) -> int:
    """Return the index of a class by name, in any language, or index; UserError that lists them where there is none."""
    known = labels(net)
    fits = [i for i, one in enumerate(known) if name.casefold() in spellings(one)]
    if fits:
        return fits[0]
    if name.isdecimal() and int(name) < len(known):
        return int(name)
    raise UserError("generate.unknown_label", label=name, labels=", ".join(map(said, known)))


def places(net: Net, seed: int, count: int, name: str, truncation: float = 1.0, sliders: Sequence[float] = ()) -> tuple[Place, ...]:
    """Return `count` places of a seed; of one class, or of all in turn where `name` is empty."""
    classes = len(labels(net))
    fixed = label(net, name) if name else None
    return tuple(
        Place(((seed, index, 1.0),), index % classes if fixed is None else fixed, truncation=truncation, sliders=tuple(sliders))
        for index in range(count)
    )


def draw(net: Net, seed: int, count: int, name: str, **place: Any) -> Samples:
    """Return `count` pictures of a seed; of one class, or of all in turn where `name` is empty; `place`: truncation and sliders."""
    return sample(net, places(net, seed, count, name, **place), name)


def stops(net: Net, terms: Sequence[Term], name: str) -> tuple[Place, ...]:
    """Return a place per draw, of one class, or of the classes in turn where `name` is empty."""
    classes = len(labels(net))
    fixed = label(net, name) if name else None
    return tuple(Place((term,), order % classes if fixed is None else fixed) for order, term in enumerate(terms))


def _gan(net: Net) -> Any:
    if not hasattr(net.module, "generator"):
        raise ModelError("generate.no_generator", name=net.card.key)
    return net.module


def _inputs(net: Net, zs: Sequence[Floats], shares: Sequence[NDArray[np.float32]]) -> tuple[torch.Tensor, torch.Tensor]:
    import torch

    z = torch.from_numpy(np.stack(zs).astype(np.float32)).to(net.device)  # [n, latent]
    return z, torch.from_numpy(np.stack(shares)).to(net.device)  # [n, classes]


def paint(net: Net, zs: Sequence[Floats], shares: Sequence[NDArray[np.float32]], *, judged: bool = True) -> tuple[Bytes, tuple[float, ...]]:
    """Return pictures uint8 [n, h, w, 3] of latents [latent] and class shares [classes], a batch at a time, and the critic's scores.

    Without `judged`, or without a critic, there are no scores.
    """
    import torch

    gan = _gan(net)
    pictures, scores = [], []
    with torch.inference_mode():
        for start in range(0, len(zs), BATCH):
            z, share = _inputs(net, zs[start : start + BATCH], shares[start : start + BATCH])
            made = gan.generator(z, share)
            pictures.append(u8(made))
            if judged and getattr(gan, "critic", None) is not None:
                scores.extend(gan.critic(made, share).tolist())
    return np.concatenate(pictures), tuple(scores)


def sample(net: Net, wanted: Sequence[Place], name: str = "") -> Samples:
    """Return the pictures of some places, with norms and the critic's scores; `name`: the class asked for, for the record."""
    start = time.perf_counter()
    gan, known = _gan(net), labels(net)
    ways = gan.directions.cpu().numpy()
    zs = [place.z(ways) for place in wanted]
    rgb, scores = paint(net, zs, [place.classes(len(known)) for place in wanted])
    return Samples(
        model=net.card.key,
        revision=net.card.revision,
        device=str(net.device),
        ms=(time.perf_counter() - start) * 1000,
        seeds=tuple(_seed(place) for place in wanted),
        label=name,
        labels=tuple(known[place.label] for place in wanted),
        norms=tuple(float(np.linalg.norm(z)) for z in zs),
        shell=latent.shell(ways.shape[1]),
        critic=scores,
        rgb=rgb,
    )


def _seed(place: Place) -> str:
    parts = [(f"{seed}:{index}", weight) for seed, index, weight in place.terms]
    return parts[0][0] if len(parts) == 1 else " ".join(f"{weight:+g}*{one}" for one, weight in parts)


def walk(net: Net, stops: Sequence[Place], frames: int, start: int = 0) -> Bytes:
    """Return the next pictures of a walk, at most BATCH from frame `start` on: uint8 [n, h, w, 3].

    Latents go spherically and class shares straight from stop to stop; every stop is met.
    """
    ways, classes = _gan(net).directions.cpu().numpy(), len(labels(net))
    zs = latent.path([stop.z(ways) for stop in stops], frames)
    marks = np.stack([stop.classes(classes) for stop in stops])
    at = np.linspace(0, len(stops) - 1, frames)
    shares = np.stack([np.interp(at, np.arange(len(stops)), column) for column in marks.T], axis=1).astype(np.float32)
    return paint(net, zs[start : start + BATCH], list(shares[start : start + BATCH]), judged=False)[0]


def stages(net: Net, place: Place) -> Stages:
    """Return what each stage of the generator makes of a place: its strongest channels, each scaled by its own range."""
    import torch

    start = time.perf_counter()
    gan = _gan(net)
    with torch.inference_mode():
        found = gan.generator.maps(*_inputs(net, [place.z(gan.directions.cpu().numpy())], [place.classes(len(labels(net)))]))[:-1]
    maps = tuple(_channels(one[0].float().cpu().numpy()) for one in found)
    return Stages(
        model=net.card.key, revision=net.card.revision, device=str(net.device), ms=(time.perf_counter() - start) * 1000,
        maps=maps, shapes=tuple((one.shape[1], one.shape[2], one.shape[3]) for one in found),
    )  # fmt: skip


def _channels(values: NDArray[np.float32]) -> Bytes:
    order = np.argsort(-values.std(axis=(1, 2)), kind="stable")[:CHANNELS]
    chosen = values[order]
    low, high = chosen.min(axis=(1, 2), keepdims=True), chosen.max(axis=(1, 2), keepdims=True)
    return np.floor((chosen - low) / np.maximum(high - low, 1e-12) * 255 + 0.5).astype(np.uint8)


def judge(net: Net, picture: Picture) -> Judgement:
    """Return the critic's score of a person's picture for each class: squeezed to the size the critic knows, nothing cut off."""
    import torch

    start = time.perf_counter()
    gan, known = _gan(net), labels(net)
    if getattr(gan, "critic", None) is None:
        raise ModelError("generate.no_critic", name=net.card.key)
    with torch.inference_mode():
        side = int(gan.generator(*_inputs(net, [np.zeros(gan.generator.latent)], [np.eye(len(known), dtype=np.float32)[0]])).shape[-1])
        small = resized(picture.rgb, (side, side)).astype(np.float32) / 127.5 - 1
        x = torch.from_numpy(np.ascontiguousarray(small.transpose(2, 0, 1)))[None].to(net.device)  # [1, 3, side, side]
        scores = gan.critic(x.expand(len(known), -1, -1, -1), torch.eye(len(known), device=net.device)).tolist()
    return Judgement(
        model=net.card.key, revision=net.card.revision, device=str(net.device), ms=(time.perf_counter() - start) * 1000,
        picture=picture.facts, labels=known, scores=tuple(scores),
    )  # fmt: skip
