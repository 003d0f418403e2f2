"""The whole page over an engine whose answers are made up: `python tests/faces/fake_page.py` prints its address and stays."""

import os
import signal
import sys
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
sys.path.insert(0, str(Path(__file__).parents[2]))

from vision.core.errors import ModelError
from vision.core.results import Classification, Guess, PictureFacts
from vision.engine import Engine
from vision.faces.web import page
from vision.faces.web.server import Home, launch
from vision.faces.web.warmup import Warmup

SECRET = "hf_secretTOKEN /home/teacher/.cache"


class FakeEngine(Engine):
    """Answers without any net; the model "broken" fails as a bug would, "unknown" as a person's mistake."""

    def classify(self, picture, model="", *, top=5):
        if model == "broken":
            raise RuntimeError(SECRET)
        if model == "unknown":
            raise ModelError("error.unknown_model", key=model)
        facts = PictureFacts(picture.width, picture.height, picture.digest)
        guesses = tuple(Guess(f"label {index}", index, 1 / top) for index in range(top))
        return Classification(model="fake", revision="1", device="cpu", ms=1.0, picture=facts, top=guesses, seen=(0.0, 0.0, 1.0, 1.0))


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    home = Home()
    blocks = page.build(FakeEngine(), home)
    launch(blocks, home, Warmup([]))
    print(blocks.local_url, flush=True)
    blocks.block_thread()


if __name__ == "__main__":
    main()
