"""Arguments from outside: each is what it should be, or one sentence says what it should be."""

from __future__ import annotations

import math
import re

from vision.core.errors import UserError

HALF = re.compile("[\ud800-\udfff]")
TEXT_LENGTH = 2000  # long enough for a list of sliders, short enough to be harmless


def text(name: str, value: object, choices: tuple[str, ...] = ()) -> str:
    """Return a text; with `choices` only one of them or the empty text; half of a surrogate pair is none, as no answer could repeat it."""
    if not isinstance(value, str) or len(value) > TEXT_LENGTH or HALF.search(value) or (choices and value and value not in choices):
        if choices:
            raise UserError("server.bad_choice", name=name, choices=", ".join(choices))
        raise UserError("server.bad_text", name=name, length=TEXT_LENGTH)
    return value


def whole(name: str, value: object, low: int, high: int) -> int:
    """Return a whole number from `low` to `high`, both included; 5.0 is 5, True and NaN are none."""
    exact = isinstance(value, int) or (isinstance(value, float) and math.isfinite(value) and value.is_integer())
    if isinstance(value, bool) or not exact or not low <= value <= high:  # type: ignore[operator]
        raise UserError("server.bad_whole", name=name, low=low, high=high)
    return int(value)  # type: ignore[call-overload]


def number(name: str, value: object, low: float, high: float) -> float:
    """Return a number from `low` to `high`, both included; True, NaN and infinities are none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise UserError("server.bad_number", name=name, low=f"{low:g}", high=f"{high:g}")
    return float(value)


def flag(name: str, value: object) -> bool:
    """Return true or false; a number or a text is neither."""
    if not isinstance(value, bool):
        raise UserError("server.bad_flag", name=name)
    return value
