"""How far a training has come: by steps, or by the clock, so that a run ends well on any machine."""

import math
import time

import torch
from accelerate import Accelerator


class Pace:
    """Progress from 0 to 1, by `minutes` of work where they are given, else by steps; time of earlier runs counts.

    accelerator  of several processes: they go by the mean of their clocks, so that all take the same steps and stop together
    """

    def __init__(self, steps: int, minutes: float = 0.0, spent_s: float = 0.0, accelerator: Accelerator | None = None) -> None:
        self.accelerator = accelerator if accelerator and accelerator.num_processes > 1 else None
        self.steps, self.seconds, self.begin = steps, minutes * 60, time.monotonic() - spent_s

    @property
    def spent_s(self) -> float:
        """Seconds of work so far, earlier runs included."""
        return time.monotonic() - self.begin

    def progress(self, step: int) -> float:
        """Return the share of the run that is done after `step` steps."""
        if not self.seconds:
            return min(1.0, step / self.steps)
        spent_s = self.spent_s
        if self.accelerator:
            spent_s = self.accelerator.reduce(torch.tensor(spent_s, device=self.accelerator.device), "mean").item()
        return min(1.0, spent_s / self.seconds)


def cosine(progress: float, warm: float = 0.05, last: float = 0.01) -> float:
    """Return the share of the highest learning rate: a straight rise, then half a cosine down.

    >>> [round(cosine(p), 3) for p in (0.0, 0.025, 0.05, 0.525, 1.0)]
    [0.0, 0.5, 1.0, 0.505, 0.01]
    """
    if progress < warm:
        return progress / warm
    return last + (1 - last) * 0.5 * (1 + math.cos(math.pi * (progress - warm) / (1 - warm)))
