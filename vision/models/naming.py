"""Which classes of a set a person means by a word: a folder's name, a category of somebody's own truth."""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path

from vision.core.words import LANGUAGES
from vision.models import labels
from vision.models.labels import Label, spellings

GROUPS = Path(__file__).with_name("groups.toml")
LENGTH = 200  # of a word; what is longer is the name of nothing
NEAR = 3  # names told where none fits


def plain(word: str) -> str:
    """Return a word as it is compared: case folded, widths and dashes made equal.

    >>> plain(" Granny_Smith "), plain("n02123045")
    ('granny smith', 'n02123045')
    """
    return " ".join(re.sub(r"[\s_\-]+", " ", unicodedata.normalize("NFKC", word[:LENGTH])).casefold().split())


def meant(names: str, word: str) -> frozenset[int]:
    """Return the indices of the classes of a set that a word means, empty where it means none.

    First of these that fits: a class's own name in any language, its number, its WordNet id; a synonym that no other class has; an
    everyday word for several (groups.toml).
    """
    known = labels.read(names)
    if word in known:  # as it is written: to ImageNet a Cardigan is a dog, a cardigan a jacket
        return frozenset({known.index(word)})
    if word.isascii() and word.isdigit():
        return frozenset({int(word)} if len(word) < 9 and int(word) < len(known) else ())
    return next((table[plain(word)] for table in tables(names) if plain(word) in table), frozenset())


def near(names: str, word: str) -> list[Label]:
    """Return up to NEAR classes whose names are close to a word that means none: those that hold it, then those spelt alike."""
    known, sought = labels.read(names), plain(word)
    inside = [label for label in known if sought and sought in plain(label).split()]
    alike = difflib.get_close_matches(sought, own := [plain(label) for label in known], NEAR)
    return list(dict.fromkeys([*inside, *(known[own.index(one)] for one in alike)]))[:NEAR]


@cache
def tables(names: str) -> tuple[dict[str, frozenset[int]], ...]:
    """Return what words mean in a set, the table that goes first before the others."""
    known = labels.read(names)
    own: dict[str, set[int]] = {}
    synonyms: dict[str, set[int]] = {}
    for at, label in enumerate(known):
        for spelling in spellings(label):
            own.setdefault(plain(spelling), set()).add(at)
    for at, synset, words in lemmas(names):
        own.setdefault(synset, set()).add(at)
        for word in words.split(","):
            synonyms.setdefault(plain(word), set()).add(at)
    single = {word: classes for word, classes in synonyms.items() if len(classes) == 1}
    return tuple({word: frozenset(classes) for word, classes in table.items()} for table in (own, single, groups(names)))


def lemmas(names: str) -> list[tuple[int, str, str]]:
    """Return (index, WordNet id, synonyms with commas) of each class that is one of ImageNet's."""
    if "imagenet-1k" not in (names, labels.PART_OF.get(names)):
        return []
    place = {label: at for at, label in enumerate(labels.read(names))}
    rows = zip(labels.read("imagenet-1k"), labels.synsets(), strict=True)
    return [(place[label], synset, words) for label, (synset, words) in rows if label in place]


def groups(names: str) -> dict[str, set[int]]:
    """Return the everyday words of a set, in every language."""
    runs = tomllib.loads(GROUPS.read_text("utf-8")).get(names, {})
    found: dict[str, set[int]] = {}
    for word, pairs in runs.items():
        classes = {at for first, last in pairs for at in range(first, last + 1)}
        for lang in LANGUAGES:
            found[plain(Label(word, "names").say(lang))] = classes
    return found
