"""The catalogue: every model as a block of catalog.toml, checked, in order of preference; no torch."""

from __future__ import annotations

import importlib.util
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from vision.core.errors import ModelError
from vision.models import labels

FILE = Path(__file__).with_name("catalog.toml")
ASSETS = Path(__file__).resolve().parents[2] / "assets" / "models"
TASKS = ("classify", "detect", "generate")
SOURCES = ("package", "bundled", "hub", "torchvision", "random")
FAMILIES = {"classify": ("cnn", "vit")}
REQUIRED = ("task", "family", "name", "source", "arch", "revision", "params", "licence", "origin", "paper", "weak_at")


@dataclass(frozen=True, kw_only=True)
class Card:
    """One model of the catalogue.

    source    package: inside an installed package; bundled: assets/models/<key>/; hub: huggingface_hub; torchvision: its own download;
              random: seeded random weights, for tests
    arch      timm's architecture with its tag, or "module:Class" of vision.models
    sha256    of the file of weights; empty: not known beforehand (the hub's own sum is checked then)
    bytes     of that file; 0: unknown until the hub is asked
    input_hw  pixels of the net's input where the row and not timm says it
    names     the set of labels: see `vision.models.labels`
    methods   explain methods, the best first
    needs     keys of models whose modules this one uses
    options   what only this row's loader reads
    """

    key: str
    task: str
    family: str
    name: str
    source: str
    arch: str
    revision: str = ""
    sha256: str = ""
    bytes: int = 0
    params: int = 0
    input_hw: tuple[int, ...] = ()
    names: str = ""
    licence: str = ""
    origin: str = ""
    paper: str = ""
    weak_at: str = ""
    methods: tuple[str, ...] = ()
    note: str = ""
    package: str = ""
    repo: str = ""
    file: str = "model.safetensors"
    layout: str = ""
    needs: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of its classes, in the order of its outputs."""
        return labels.read(self.names)


class Catalog:
    """The cards in order of preference; looking up an unknown key is a ModelError."""

    def __init__(self, cards: Iterable[Card]) -> None:
        self.cards = tuple(cards)
        self._by_key = {card.key: card for card in self.cards}
        if len(self._by_key) != len(self.cards):
            raise ValueError("two cards have the same key")
        for card in self.cards:
            check(card)
            for key in card.needs:
                if key not in self._by_key or self._by_key[key].needs:
                    raise ValueError(f"{card.key} needs {key}, which the catalogue lacks or which needs others itself")

    @classmethod
    def read(cls, path: Path = FILE) -> Catalog:
        """Read and check a catalogue; a mistake in the file is a ValueError that names the row."""
        return cls(_card(key, block) for key, block in tomllib.loads(path.read_text("utf-8")).items())

    def __getitem__(self, key: str) -> Card:
        try:
            return self._by_key[key]
        except KeyError:
            raise ModelError("error.unknown_model", key=key) from None

    def local(self, card: Card) -> bool:
        """Say whether the weights of a card, and of those it needs, are on this machine; looks at files only."""
        return weights(card) is not None and all(self.local(self[key]) for key in card.needs)


def weights(card: Card) -> Path | None:
    """Return the file of a card's weights on this machine, or None; a random model has the folder of the catalogue."""
    if card.source == "random":
        return ASSETS
    if card.source == "package":
        return _existing(_package_folder(card.package), card.file)
    if card.source == "bundled":
        return _existing(ASSETS / card.key, card.file)
    if card.source in ("hub", "torchvision"):
        from vision.models import downloads

        return downloads.kept(card)
    return None


def _existing(folder: Path | None, file: str) -> Path | None:
    path = folder / file if folder else None
    return path if path and path.is_file() else None


def _package_folder(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)  # a top-level name: finds the folder without importing the package
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


def _card(key: str, block: dict[str, Any]) -> Card:
    known = {item.name for item in fields(Card)}
    if unknown := set(block) - known:
        raise ValueError(f"{key}: unknown {sorted(unknown)}")
    if missing := [name for name in REQUIRED if name not in block]:
        raise ValueError(f"{key}: lacks {missing}")
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in block.items()}
    return Card(key=key, **values)


def check(card: Card) -> None:
    """Raise ValueError where a card contradicts itself."""
    if card.task not in TASKS or card.source not in SOURCES or card.family not in FAMILIES.get(card.task, (card.family,)):
        raise ValueError(f"{card.key}: unknown task, source or family: {card.task}, {card.source}, {card.family}")
    if card.sha256 and len(card.sha256) != 64:
        raise ValueError(f"{card.key}: a sha256 has 64 digits")
    if card.source == "package" and not (card.package and card.sha256):
        raise ValueError(f"{card.key}: a package row names its package and the sha256 of its file")
    if not card.file.endswith(".safetensors") and not card.sha256 and card.source != "torchvision":  # its sum begins in the file's name
        raise ValueError(f"{card.key}: weights other than safetensors are taken only with a known sha256")
