"""Stopping and going on: everything a training needs to continue as if it had not stopped, in one file."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

NAME = "checkpoint.pt"


def keep(out: Path, parts: dict[str, Any], numbers: dict[str, float], config: Any) -> None:
    """Write the state of nets and optimizers, the random generator and a few numbers; a broken write leaves the older file."""
    state = {name: part.state_dict() for name, part in parts.items()}
    settings = {name: str(value) if isinstance(value, Path) else value for name, value in asdict(config).items()}
    partial = out / f"{NAME}.partial"
    torch.save({"parts": state, "numbers": numbers, "random": torch.get_rng_state(), "config": settings}, partial)
    partial.rename(out / NAME)


def kept(out: Path, parts: dict[str, Any]) -> dict[str, Any]:
    """Bring nets, optimizers and the random generator back to where they were; return the numbers, empty where nothing was kept."""
    path = out / NAME
    if not path.exists():
        return {}
    state = torch.load(path, weights_only=True, map_location="cpu")
    for name, part in parts.items():
        part.load_state_dict(state["parts"][name])
    torch.set_rng_state(state["random"])
    return state["numbers"]
