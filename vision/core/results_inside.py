"""What looking inside a classifier returns: the maps of a CNN's layers, the tokens of a vision transformer through its depth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.core.results import Answer, PictureFacts, raw

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Kernels:
    """The filters of a convolution, so that it can be followed by hand: (window times weight, summed, + bias) times scale + shift.

    weight        float32 [channels, inputs, k, k]
    bias          float32 [channels]
    scale, shift  float32 [channels]  batch normalisation with what it learnt in training; 1 and 0 where there is none
    stride        places from one window to the next; pad: rows and columns of zeros before the first (top, left)
    Source: Ioffe and Szegedy 2015, Batch Normalization, algorithm 2.
    """

    weight: Floats = raw()
    bias: Floats = raw()
    scale: Floats = raw()
    shift: Floats = raw()
    stride: tuple[int, int] = (1, 1)
    pad: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Layer:
    """What a CNN holds after one of its steps.

    kind      conv: after a convolution (and its normalisation), before the activation; act: after the activation;
              pool: after a maximum over 2 x 2; stage: after several layers at once; last: the last map before the mean over places
    number    counted from 1 within its kind
    size      channels, rows, columns
    channels  the kept ones: all, or the strongest (mean of |value|), in the net's order
    values    float32 [kept, rows, columns]; None for act: the values of the layer before, cut to `limits`
    limits    of an activation: below the first it gives the first, above the second the second (None: no end)
    field     (pixels, step, first) where it is known: the place in row r sees pixels first + r * step up to pixels more; alike for columns
    kernels   of a convolution whose input is at hand: the layer before, or the picture itself
    """

    kind: str
    number: int
    size: tuple[int, int, int]
    channels: tuple[int, ...]
    values: Floats | None = raw()
    limits: tuple[float, float | None] | None = None
    field: tuple[int, int, int] | None = None
    kernels: Kernels | None = None


@dataclass(frozen=True, kw_only=True)
class Layers(Answer):
    """A CNN from inside.

    seen       the part of the picture the net saw, xyxy
    pixels     uint8 [h, w, 3]  the net's input before it is normalised: (value / 255 - mean) / std, by channel
    layers     shallow first
    """

    picture: PictureFacts
    seen: tuple[float, float, float, float]
    input_hw: tuple[int, int]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    layers: tuple[Layer, ...]
    pixels: NDArray[np.uint8] = raw()


@dataclass(frozen=True, kw_only=True)
class Tokens(Answer):
    """A vision transformer from inside.

    seen        the part of the picture the net saw, xyxy
    pixels      uint8 [h, w, 3]  the net's input before it is normalised
    cut         True: a token is a patch of pixels; False: a place of a CNN's map, which saw far more than its own patch
    prefix      tokens before the places (class token, registers)
    reads       tokens the class head reads, first and one past the last
    grid_hw     places, rows and columns; row by row everywhere
    embedding   float32 [places, width]  what a place becomes before it is told where it is
    positions   float32 [places, width]  what is added to tell it; None where positions enter elsewhere
    similarity  float32 [places, places]  cosine of two positions, as in figure 7 of Dosovitskiy et al. 2021; None as above
    attention   uint8 [layers, tokens, tokens]  mean over heads, each row scaled by its own maximum
    scale       float32 [layers, tokens]  what 255 stands for in each row
    lens        float32 [1 + layers, classes]  logits read before the first block and after each: the last row is the net's own answer
    Source of the lens: nostalgebraist 2020, interpreting GPT: the logit lens; for vision transformers Vilas et al. 2023, arXiv 2310.18969.
    """

    picture: PictureFacts
    seen: tuple[float, float, float, float]
    input_hw: tuple[int, int]
    cut: bool
    prefix: int
    reads: tuple[int, int]
    grid_hw: tuple[int, int]
    pixels: NDArray[np.uint8] = raw()
    embedding: Floats = raw()
    positions: Floats | None = raw()
    similarity: Floats | None = raw()
    attention: NDArray[np.uint8] = raw()
    scale: Floats = raw()
    lens: Floats = raw()
