"""Claims about making pictures: 16 samples against a bare forward of the generator, strips of the bench, walks.

    python bench/generate.py [KEY]

Interleaved runs on one machine; ratios of the fastest runs are the claims, times are only there to be read. Like is set beside like: 16
pictures of a walk beside a bare forward of the generator, 16 samples with the critic's scores beside a bare forward of both; the claim is
the larger ratio. Without KEY the default generator; where none is on the machine, one of the same size with random weights, and that is
said.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from vision.core.errors import ModelError
from vision.core.results_generate import Place
from vision.engine import Engine
from vision.models.catalog import Card, Catalog
from vision.models.net import Net

RANDOM = Card(key="random", task="generate", family="gan", name="Random weights", source="random", arch="gan:Gan", revision="1")
BARE, BOTH = "bare generator, 16", "bare generator and critic, 16"
SAMPLE, PICTURES, WALK = "engine.sample, 16 with critic", "engine.walk, 16 frames", "engine.walk, 48 frames"
ROUNDS = 15
GOAL = 1.15


def fastest(works: dict[str, Callable[[int], object]]) -> dict[str, float]:
    """Return the least seconds of each work, run in turn; each round gets a new number, so that nothing kept is measured."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for number in range(ROUNDS + 2):
        for name, work in works.items():
            start = time.perf_counter()
            work(number)
            times[name].append(time.perf_counter() - start)
    return {name: min(all_[2:]) for name, all_ in times.items()}  # the first two warm up; the least is what others disturbed least


def works(engine: Engine, key: str, net: Net) -> dict[str, Callable[[int], object]]:
    """Return what is compared, each called with a new number."""
    import torch

    gan = net.module
    label = torch.eye(gan.generator.classes)[torch.arange(16) % gan.generator.classes].to(net.device)

    def bare(number: int) -> Any:
        with torch.inference_mode():
            return gan.generator(torch.randn(16, gan.generator.latent, device=net.device), label)

    def both(number: int) -> None:
        with torch.inference_mode():
            gan.critic(bare(number), label)

    def around(number: int) -> None:
        engine.paint(tuple(Place(((number, 1, 1.0),), sliders=(step / 4,)) for step in range(-12, 13)), key)

    def walk(number: int, label: int, frames: int) -> None:
        list(engine.walk((Place(((number, label, 1.0),)), Place(((number, label + 1, 1.0),))), key, frames=frames))

    return {
        BARE: bare,
        BOTH: both,
        SAMPLE: lambda number: engine.sample(key, seed=1000 + number),
        PICTURES: lambda number: walk(number, 2, 16),
        "engine.paint, one": lambda number: engine.paint((Place(((number, 0, 1.0),)),), key),
        "engine.paint, a strip of 25": around,
        WALK: lambda number: walk(number, 0, 48),
    }


def main(key: str = "") -> None:
    """Measure and print."""
    engine = Engine()
    try:
        key = engine.card("generate", key).key
    except ModelError:
        engine, key = Engine(Catalog([RANDOM])), RANDOM.key
        print("no generator on this machine: random weights of the same size")
    with engine.cache.lease(key) as net:
        found = fastest(works(engine, key, net))
    for name, seconds in found.items():
        print(f"{name:32} {1000 * seconds:8.1f} ms")
    pictures, samples = found[PICTURES] / found[BARE], found[SAMPLE] / found[BOTH]
    print(f"16 pictures / bare generator: {pictures:.2f}; 16 samples with the critic's scores / bare generator and critic: {samples:.2f}")
    print(f"the critic alone is {found[BOTH] / found[BARE] - 1:.2f} of a bare generator")
    print(f"walk: {48 / found[WALK]:.0f} pictures a second")
    value = round(max(pictures, samples), 3)
    print(json.dumps({"name": "16 pictures / bare forward of what makes them", "value": value, "goal": GOAL, "met": value <= GOAL}))


if __name__ == "__main__":
    main(*sys.argv[1:2])
