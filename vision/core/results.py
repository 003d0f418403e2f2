"""What the engine returns: frozen dataclasses of numbers, tuples and numpy arrays; no tensors, no toolkit.

JSON keys are the field names (`wire.py`). Fields marked `raw` are material for the browser and stay out of the API's JSON.
Boxes are xyxy, float64, half-open, in pixels of the upright picture.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision.core.words import say

Fact = tuple[str, dict[str, str]]  # a words key and the values of its holes


def raw() -> Any:
    """Mark a field as material for the widgets, left out of the API's JSON."""
    return field(metadata={"raw": True}, repr=False)


@dataclass(frozen=True)
class PictureFacts:
    """What the answer says of the picture that came in: upright size in pixels, digest, notes of the decoder."""

    width: int
    height: int
    digest: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What every answer carries; `ms` is the time of the computation in milliseconds, without queueing."""

    model: str
    revision: str
    device: str
    ms: float


@dataclass(frozen=True)
class Guess:
    """One class with its softmax score over all classes of the model."""

    label: str
    index: int
    score: float


@dataclass(frozen=True, kw_only=True)
class Forward(Answer):
    """One forward pass of a classifier, kept, so that every map of it costs no second pass.

    seen       the part of the picture the net saw, xyxy
    input_hw   pixels of the net's input, height and width
    logits     float32 [classes]
    features   float32 [channels, h, w]  last map before the pool (CNN), else None
    attention  uint8 [layers, heads, tokens, tokens]  softmax rows, each scaled by its own maximum (ViT), else None
    scale      float32 [layers, heads, tokens]  what 255 stands for in each row
    prefix     tokens before the places (class token, registers)
    reads      tokens the class head reads, first and one past the last: the class token, or all places where there is none
    grid_hw    places of the map, rows and columns
    """

    picture: PictureFacts
    seen: tuple[float, float, float, float]
    input_hw: tuple[int, int]
    logits: NDArray[np.float32] = raw()
    features: NDArray[np.float32] | None = raw()
    attention: NDArray[np.uint8] | None = raw()
    scale: NDArray[np.float32] | None = raw()
    prefix: int = 0
    reads: tuple[int, int] = (0, 1)
    grid_hw: tuple[int, int] = (0, 0)

    @property
    def scores(self) -> NDArray[np.float64]:
        """The softmax over all classes, float64 [classes]."""
        grown = np.exp(self.logits.astype(np.float64) - float(self.logits.max()))
        return grown / grown.sum()  # type: ignore[no-any-return]


@dataclass(frozen=True, kw_only=True)
class Classification(Answer):
    """The best classes, sorted; `seen` is the part of the picture the net saw."""

    picture: PictureFacts
    top: tuple[Guess, ...]
    seen: tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class Explanation(Answer):
    """A map of one method for one class: `grid` float64 [h, w] in 0..1 over `seen`; `range`: the true numbers of 0 and 1.

    against  the class whose evidence was taken away (class A minus class B), or None
    """

    picture: PictureFacts
    method: str
    target: Guess
    grid: NDArray[np.float64]
    range: tuple[float, float]
    seen: tuple[float, float, float, float]
    against: Guess | None = None
    facts: tuple[Fact, ...] = field(default=(), metadata={"raw": True})

    @property
    def words(self) -> tuple[str, ...]:
        """The computed sentences, in the language that is spoken."""
        return tuple(say(key, **values) for key, values in self.facts)


@dataclass(frozen=True, kw_only=True)
class Deletion(Answer):
    """How the score of a class falls while places are greyed, the map's strongest first, and beside it in random order.

    shares  of the places that are grey, from 0 to 1, `steps` of them once it is done; map, random: the score at each share
    """

    label: str
    shares: tuple[float, ...]
    map: tuple[float, ...]
    random: tuple[float, ...]
    steps: int
    done: bool


@dataclass(frozen=True, kw_only=True)
class CardStatus:
    """One row of the Models panel: facts of the card, and what the cache knows of it now (bytes, counts)."""

    key: str
    task: str
    name: str
    source: str
    licence: str
    paper: str
    params: int
    bytes: int
    local: bool
    resident: bool
    leases: int
    device: str
    hits: int
    loads: int
    evictions: int
    note: str
