"""Is a map honest? The strongest places are greyed step by step and the network is asked again, beside a random order.

Source: the deletion metric of Petsiuk et al. 2018 (RISE, arXiv 1806.07421), section 4.2; grey is the mean colour the network was
trained around, 0 after normalisation.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from vision.core.errors import UserError
from vision.core.results import Deletion

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from vision.core.picture import Picture
    from vision.core.results import Explanation, Forward
    from vision.models.net import Net

MOST_STEPS = 101


class Trial:
    """One trial, step by step: `take(ask(net))` asks the network once, `now()` tells what is known so far."""

    def __init__(self, picture: Picture, kept: Forward, found: Explanation, steps: int, seed: int) -> None:
        if not 2 <= steps <= MOST_STEPS:
            raise UserError("explain.no_steps", steps=steps, most=MOST_STEPS)
        self.picture, self.kept, self.found, self.steps = picture, kept, found, steps
        self.orders = orders(found.grid, seed)
        whole = float(kept.scores[found.target.index])  # nothing is grey yet: the kept pass knows the score
        self.scores: list[tuple[float, float]] = [(whole, whole)]
        self.ms = 0.0
        self._tensor: torch.Tensor | None = None

    @property
    def done(self) -> bool:
        """Whether every step is made."""
        return len(self.scores) == self.steps

    def ask(self, net: Net) -> tuple[float, float, float]:
        """Return the scores with one more share of the places grey in both orders, and the milliseconds; perhaps in another process."""
        import torch

        start = time.perf_counter()
        if self._tensor is None:
            assert net.preprocessing is not None  # every classifier has one
            self._tensor = net.preprocessing.prepare(self.picture.rgb)[0]  # [1, 3, h, w]
        count = places(len(self.scores), self.steps, self.found.grid.size)
        both = torch.cat([grey(self._tensor, order[:count], self.found.grid.shape) for order in self.orders])
        with torch.inference_mode():
            scores = net.module(both.to(net.device)).double().softmax(1)[:, self.found.target.index]
        return float(scores[0]), float(scores[1]), (time.perf_counter() - start) * 1e3

    def take(self, answer: tuple[float, float, float]) -> None:
        """Add the answer to one step to the curves."""
        self.scores.append(answer[:2])
        self.ms += answer[2]

    def now(self) -> Deletion:
        """Return the curves as far as they are known."""
        known = range(len(self.scores))
        return Deletion(
            model=self.kept.model,
            revision=self.kept.revision,
            device=self.kept.device,
            ms=self.ms,
            label=self.found.target.label,
            shares=tuple(places(i, self.steps, self.found.grid.size) / self.found.grid.size for i in known),
            map=tuple(score for score, _ in self.scores),
            random=tuple(score for _, score in self.scores),
            steps=self.steps,
            done=self.done,
        )


def places(step: int, steps: int, total: int) -> int:
    """Return how many places are grey at a step, 0 at the first and all at the last.

    >>> [places(step, 5, 49) for step in range(5)]
    [0, 12, 25, 37, 49]
    """
    return int(total * step / (steps - 1) + 0.5)


def orders(grid: NDArray[np.float64], seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the places by index, strongest first (equal ones shuffled), and all of them shuffled."""
    random = np.random.default_rng(seed)
    ties, shuffled = random.permutation(grid.size), random.permutation(grid.size)
    return ties[np.argsort(-grid.ravel()[ties], kind="stable")], shuffled


def grey(tensor: torch.Tensor, cells: NDArray[np.int64], grid_hw: tuple[int, ...]) -> torch.Tensor:
    """Return the normalised input [1, 3, h, w] with the pixels of some places (indices, row by row) at 0, the mean colour."""
    import torch

    kept = np.ones(grid_hw[0] * grid_hw[1], bool)
    kept[cells] = False
    height, width = tensor.shape[2:]
    rows, columns = (np.arange(size) * count // size for size, count in ((height, grid_hw[0]), (width, grid_hw[1])))
    mask = kept.reshape(grid_hw)[rows[:, None], columns[None]]
    return tensor * torch.from_numpy(mask)
