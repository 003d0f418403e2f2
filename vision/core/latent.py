"""Latent space on paper: drawing, walking, truncating, and where typical latents lie. float64 throughout."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

FLAT = 1e-6  # sines below this: the two directions are as good as parallel, and dividing by it would only make noise


def draw(seed: int, index: int, size: int) -> Floats:
    """Return a standard normal latent, float64 [size], the same on every machine and whatever else is drawn.

    One stream per (seed, index): picture 5 of a series is picture 5 alone.

    >>> draw(1, 5, 4).tolist() == draw(1, 5, 4).tolist() != draw(1, 6, 4).tolist()
    True
    """
    return np.random.Generator(np.random.PCG64([seed, index])).standard_normal(size)


def slerp(a: ArrayLike, b: ArrayLike, t: float) -> Floats:
    """Walk along the great circle from a (t = 0) to b (t = 1), both float64 [n]; the ends are exact.

    Where there is no such circle (parallel, opposite, zero) the walk is straight.
    Source: Shoemake 1985; White 2016, Sampling Generative Networks, section 2.1, for latents.

    >>> slerp([1.0, 0.0], [0.0, 1.0], 0.5).round(4).tolist()
    [0.7071, 0.7071]
    """
    one, other = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if t in (0, 1):
        return (other if t else one).copy()
    long = float(np.linalg.norm(one) * np.linalg.norm(other))
    cosine = float(one @ other) / long if long > 0 else 1.0
    angle = math.acos(min(1.0, max(-1.0, cosine)))
    if math.sin(angle) < FLAT:
        return (1 - t) * one + t * other
    return (math.sin((1 - t) * angle) * one + math.sin(t * angle) * other) / math.sin(angle)


def shell(size: int) -> tuple[float, float]:
    """Return mean and standard deviation of a standard normal latent's norm: the chi distribution with `size` degrees of freedom.

    >>> [round(value, 3) for value in shell(64)]
    [7.969, 0.706]
    """
    mean = math.sqrt(2) * math.exp(math.lgamma((size + 1) / 2) - math.lgamma(size / 2))
    return mean, math.sqrt(size - mean * mean)


def truncate(z: ArrayLike, share: float) -> Floats:
    """Pull a latent towards the centre of all: 1 leaves it, 0 gives the centre, which is the origin.

    Source: Marchesi 2017; Karras et al. 2019 (StyleGAN), section B, with the origin as the mean latent.
    """
    return share * np.asarray(z, np.float64)


def slide(z: ArrayLike, directions: ArrayLike, sliders: Sequence[float]) -> Floats:
    """Move a latent [n] along unit directions [k, n] by standard deviations; missing sliders are 0.

    Source: Härkönen et al. 2020, GANSpace, equation 2.
    """
    ways = np.asarray(directions, np.float64)
    steps = np.zeros(len(ways))
    steps[: len(sliders)] = sliders
    return np.asarray(z, np.float64) + steps @ ways


def path(stops: Sequence[ArrayLike], frames: int) -> list[Floats]:
    """Return `frames` latents along the stops: spherical between neighbours, every stop met, first and last exactly."""
    if len(stops) == 1:
        return [np.asarray(stops[0], np.float64).copy() for _ in range(frames)]
    found = []
    for place in np.linspace(0, len(stops) - 1, frames).tolist():
        at = min(int(place), len(stops) - 2)
        found.append(slerp(stops[at], stops[at + 1], place - at))
    return found
