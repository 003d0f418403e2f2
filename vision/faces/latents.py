"""Places in latent space from outside: seeds and sliders as text, checked."""

from __future__ import annotations

import json
import re

from vision.core.errors import UserError
from vision.core.results_generate import Place, Term
from vision.faces.arguments import TEXT_LENGTH, number, whole

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


def place(value: object, labels: int) -> Place:
    """Return a checked place of a widget's {terms: [[seed, index, weight]], label, other, share, truncation, sliders}."""
    given = value if isinstance(value, dict) else {}
    drawn = given.get("terms")
    if not isinstance(drawn, list) or not 1 <= len(drawn) <= 3 or not all(isinstance(term, list) and len(term) == 3 for term in drawn):
        raise UserError("generate.bad_seeds")
    steps = given.get("sliders", [])
    if not isinstance(steps, list):
        raise UserError("generate.bad_sliders", count=SLIDERS, low=-SIGMAS, high=SIGMAS)
    return Place(
        terms=tuple((whole("seed", s, 0, SEED), whole("index", i, 0, INDEX), number("weight", w, -2, 2)) for s, i, w in drawn),
        label=whole("label", given.get("label", 0), 0, labels - 1),
        other=whole("other", given.get("other", 0), 0, labels - 1),
        share=number("share", given.get("share", 0.0), 0, 1),
        truncation=number("truncation", given.get("truncation", 1.0), 0, 2),
        sliders=sliders(json.dumps(steps)[:TEXT_LENGTH]),
    )
