"""The names of classes, in the order of a net's outputs, and what the catalogue's texts are called in other languages; no torch.

`imagenet-1k` comes from the tables inside timm (read as files: importing timm would import torch); every other set is a text file
assets/models/labels/<set>.txt with a name a line. Other languages: <language>.toml beside this module.
"""

from __future__ import annotations

import importlib.util
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path

from vision.core.words import LANGUAGES, Spoken, said, spoken

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "models" / "labels"
# ImageNet has two classes of each of these names; WordNet's own synonyms do not part them
SAME_NAME = {134: "crane (bird)", 517: "crane (machine)"}

PART_OF = {"tiny200": "imagenet-1k"}  # sets whose names are some of another's, so that languages keep them once


class Label(Spoken):
    """A name or text of the catalogue: English, as programs know it, wherever a text is wanted.

    table  where languages keep it: the set of a class's name, or "catalogue"
    """

    table: str

    def __new__(cls, text: str, table: str = "") -> Label:
        """Return a text of a table."""
        made = super().__new__(cls, text)
        made.table = table
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str, str], dict[str, object]]:
        """Say how to copy and pickle it."""
        return (str(self), self.table), {}

    def say(self, lang: str = "") -> str:
        """Return the text in a language, empty: the one that is spoken; in English where that language has none."""
        own = tables(lang or spoken.get())
        return own.get(self.table, {}).get(self) or own.get("names", {}).get(self) or str(self)


@cache
def tables(lang: str) -> dict[str, dict[str, str]]:
    """Return what a language calls the catalogue's texts: a table for each set, and "names" for every set without its own."""
    path = Path(__file__).with_name(f"{lang}.toml")
    return tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}


def spellings(label: str) -> list[str]:
    """Return a name as people may type it: case folded, in every language, the English one first.

    >>> spellings("Granny Smith")
    ['granny smith']
    """
    return list(dict.fromkeys(said(label, lang).casefold() for lang in LANGUAGES))


@cache
def read(names: str) -> tuple[Label, ...]:
    """Return the names of a set, () for the empty one; each name occurs once. An unknown set is FileNotFoundError."""
    if not names:
        return ()
    texts = _imagenet() if names == "imagenet-1k" else tuple((FOLDER / f"{names}.txt").read_text("utf-8").splitlines())
    return tuple(Label(text, PART_OF.get(names, names)) for text in texts)


def synsets() -> list[tuple[str, str]]:
    """Return WordNet's id and synonyms (with commas) of each of ImageNet's classes, in the order of its numbers."""
    spec = importlib.util.find_spec("timm")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("timm, which carries the names of ImageNet's classes, is not installed")
    folder = Path(spec.submodule_search_locations[0]) / "data" / "_info"
    lemmas = dict(line.split("\t") for line in (folder / "imagenet_synset_to_lemma.txt").read_text("utf-8").splitlines())
    return [(synset, lemmas[synset]) for synset in (folder / "imagenet_synsets.txt").read_text("utf-8").splitlines()]


def _imagenet() -> tuple[str, ...]:
    full = [words for _, words in synsets()]
    short = [text.split(",")[0].strip() for text in full]
    count = Counter(short)
    return tuple(SAME_NAME.get(i) or (name if count[name] == 1 else full[i]) for i, name in enumerate(short))
