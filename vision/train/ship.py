"""From a finished training to what ships: model.safetensors in float16, card.json with the facts, card.md to read."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import save
from torch import nn

MODELS = Path(__file__).parents[2] / "assets" / "models"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a person says of a model; the rest of card.json is counted or measured."""

    key: str
    task: str
    licence: str
    origin: str
    paper: str
    data: str
    command: str
    hardware: str
    hours: float
    weak_at: str


def ship(facts: Facts, module: nn.Module, folder: Path = MODELS) -> dict:
    """Write the folder of a model and return its card; figures are empty until `evaluate --write` measures them."""
    half = {name: (one.half() if one.is_floating_point() else one).contiguous() for name, one in module.state_dict().items()}
    if bad := [name for name, one in half.items() if not torch.isfinite(one).all()]:
        raise ValueError(f"These weights do not fit in float16: {bad}")
    content = save(half, {"format": "pt"})
    digest = hashlib.sha256(content).hexdigest()
    home = folder / facts.key
    home.mkdir(parents=True, exist_ok=True)
    (home / "model.safetensors").write_bytes(content)
    counted = {"revision": digest[:12], "sha256": digest, "bytes": len(content), "params": sum(one.numel() for one in module.parameters())}
    known = asdict(facts)
    card = {"key": known.pop("key"), "task": known.pop("task"), **counted, **known}
    card = {**{name: value for name, value in card.items() if name != "weak_at"}, "figures": {}, "weak_at": facts.weak_at}
    write(home, card)
    return card


def write(home: Path, card: Mapping) -> None:
    """Write card.json and the card.md that tells the same."""
    (home / "card.json").write_text(json.dumps(card, indent=1) + "\n", "utf-8")
    figures = "\n".join(f"| {name} | {value:.4g} |" for name, value in card["figures"].items())
    (home / "card.md").write_text(
        f"# {card['key']}\n\n"
        f"{card['params'] / 1e6:.2f} million parameters, {card['bytes'] / 1e6:.1f} MB, float16. Licence: {card['licence']}.\n\n"
        f"From: {card['origin']}\n\nPaper: {card['paper']}\n\n"
        f"Trained on: {card['data']}\n\n    {card['command']}\n\n{card['hardware']}, {card['hours']:g} hours.\n\n"
        f"Weak at: {card['weak_at']}\n\n"
        f"Measured by `python -m vision evaluate {card['key']} --data DIR`:\n\n| figure | |\n|---|---|\n{figures}\n",
        "utf-8",
    )


def measured(key: str, figures: Mapping[str, float], folder: Path = MODELS) -> None:
    """Put measured figures into a card; `pictures` among them says that not the whole set was asked."""
    home = folder / key
    card = json.loads((home / "card.json").read_text("utf-8"))
    kept = {name: value for name, value in card["figures"].items() if name != "pictures"}
    card["figures"] = {**kept, **figures}
    write(home, card)
