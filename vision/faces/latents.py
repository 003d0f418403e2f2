"""Places in latent space from outside: seeds and sliders as text, checked."""

from __future__ import annotations

import json
import re

from vision.core.errors import UserError
from vision.core.results_generate import Term
from vision.faces.arguments import TEXT_LENGTH, number

SEED = 2**31 - 1
INDEX = 999
STOPS = 12
SLIDERS = 8
SIGMAS = 6.0  # standard deviations a slider may go


def terms(seeds: object) -> tuple[Term, ...]:
    """Return the draws of "0,1,2:5": seed, or seed:index, with commas between them."""
    if not isinstance(seeds, str) or len(seeds) > TEXT_LENGTH:
        raise UserError("generate.bad_seeds")
    found = []
    for part in seeds.split(","):
        match = re.fullmatch(r"\s*(\d{1,10})(?::(\d{1,3}))?\s*", part, re.ASCII)
        if match is None or int(match[1]) > SEED:
            raise UserError("generate.bad_seeds")
        found.append((int(match[1]), int(match[2] or 0), 1.0))
    if len(found) > STOPS:
        raise UserError("generate.bad_seeds")
    return tuple(found)


def sliders(text: object) -> tuple[float, ...]:
    """Return a JSON list of standard deviations, at most SLIDERS of them; an empty text is none."""
    wrong = UserError("generate.bad_sliders", count=SLIDERS, low=-SIGMAS, high=SIGMAS)
    if not isinstance(text, str) or len(text) > TEXT_LENGTH:
        raise wrong
    try:
        values = json.loads(text) if text.strip() else []
    except (ValueError, RecursionError):
        raise wrong from None
    if not isinstance(values, list) or len(values) > SLIDERS:
        raise wrong
    return tuple(number("sliders", value, -SIGMAS, SIGMAS) for value in values)
