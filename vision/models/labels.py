"""The names of classes, in the order of a net's outputs; no torch.

`imagenet-1k` comes from the tables inside timm (read as files: importing timm would import torch); every other set is a text file
assets/models/labels/<set>.txt with a name a line.
"""

from __future__ import annotations

import importlib.util
from collections import Counter
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "models" / "labels"
# ImageNet has two classes of each of these names; WordNet's own synonyms do not part them
SAME_NAME = {134: "crane (bird)", 517: "crane (machine)"}


@cache
def read(names: str) -> tuple[str, ...]:
    """Return the names of a set, () for the empty one; each name occurs once. An unknown set is FileNotFoundError."""
    if not names:
        return ()
    if names == "imagenet-1k":
        return _imagenet()
    return tuple((FOLDER / f"{names}.txt").read_text("utf-8").splitlines())


def _imagenet() -> tuple[str, ...]:
    spec = importlib.util.find_spec("timm")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("timm, which carries the names of ImageNet's classes, is not installed")
    folder = Path(spec.submodule_search_locations[0]) / "data" / "_info"
    lemmas = dict(line.split("\t") for line in (folder / "imagenet_synset_to_lemma.txt").read_text("utf-8").splitlines())
    full = [lemmas[synset] for synset in (folder / "imagenet_synsets.txt").read_text("utf-8").splitlines()]
    short = [text.split(",")[0].strip() for text in full]
    count = Counter(short)
    return tuple(SAME_NAME.get(i) or (name if count[name] == 1 else full[i]) for i, name in enumerate(short))
