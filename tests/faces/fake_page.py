"""The whole page over an engine whose answers are made up: `python tests/faces/fake_page.py` prints its address and stays.

FAKE_WARMUP=fails: a model behind the page does not load.
"""

import itertools
import os
import signal
import sys
import time
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.faces.answers import SECRET, broken
from vision.core.errors import ModelError
from vision.core.results import Classification, Guess
from vision.core.words import say
from vision.engine import Engine
from vision.faces.warmup import Warmup
from vision.faces.web import page
from vision.faces.web.server import Home, launch
from vision.models.cache import ModelCache
from vision.models.catalog import Catalog
from vision.models.line import listener, stay
from vision.models.net import Net


class FakeMachine:
    """A machine on which two of the small models fit."""

    device = "cpu"
    budget_bytes = 60_000_000
    one_at_a_time = True

    def measure(self, net, needs):
        return 25_000_000

    def enter(self):
        """Nothing to prepare."""

    def out_of_memory(self, error):
        return False

    def empty(self):
        """Nothing is held."""


def load(card, device, needs):
    """Bring a card: the far one in steps that are told, the endless one to a quarter until it is cancelled, the broken one never."""
    if card.key == "broken-detector":
        raise RuntimeError(SECRET)
    parts = {"far-cnn": range(1, 5), "endless-cnn": itertools.repeat(1)}
    for part in parts.get(card.key, ()):
        listener().progress(part * card.bytes // 4, card.bytes)
        stay()
        time.sleep(0.1)
    return Net(card=card, module=None, labels=(), device=device, preprocessing=None)


class FakeEngine(Engine):
    """Answers without any net; the model "broken" fails as a bug would, "unknown" as a person's mistake, "slow" takes its time."""

    def __init__(self):
        catalog = Catalog.read(Path(__file__).with_name("catalog.toml"))
        super().__init__(catalog, ModelCache(catalog, load, FakeMachine()))

    def classify(self, picture, model="", *, top=5):
        if model == "broken":
            broken()
        if model == "slow":
            time.sleep(0.3)
        if model == "unknown":
            raise ModelError("error.unknown_model", key=model)
        guesses = tuple(Guess(f"label {index}", index, 1 / top) for index in range(top))
        return Classification(
            model="fake", revision="1", device="cpu", ms=1.0, picture=picture.facts, top=guesses, seen=(0.0, 0.0, 1.0, 1.0)
        )


def main() -> None:
    signal.signal(signal.SIGTERM, page.stop)
    home = Home()
    blocks = page.build(FakeEngine(), home)
    warmup = Warmup([(say("page.default_cnn"), broken)] if os.environ.get("FAKE_WARMUP") else [])
    launch(blocks, home, warmup)
    warmup.start()
    print(blocks.local_url, flush=True)
    blocks.block_thread()


if __name__ == "__main__":
    main()
