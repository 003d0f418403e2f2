"""The endpoints as docs/api.md has them: arguments with their defaults, and the keys of the answers."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMON = ("model", "revision", "device", "ms")
PICTURE = {"width": None, "height": None, "digest": None, "notes": [None]}


def rows(page: Path = ROOT / "docs" / "api.md") -> dict[str, tuple[str, str]]:
    """Return the cells (arguments, answer) of every endpoint's row."""
    return {name: (asked, told) for name, asked, told in re.findall(r"^\| `?/(\w+)`? \| (.*?) \| (.*?) \|$", page.read_text("utf-8"), re.M)}


def shape(name: str, page: Path = ROOT / "docs" / "api.md", more: str = "") -> object:
    """Return the keys of an endpoint's answer: {key: shape}, [shape], or None for a value; `more`: what comes with an option."""
    asked, told = rows(page)[name]
    told = re.search(r"`([^`]*)`", told)[1]
    if name == "models":
        told = f"[{told.strip('[]')}]"
    if more:
        told = f"{told[:-1]}, {more}}}"
    signs = re.findall(r"\w+|\.\.|[\[\]{}:]", told.replace("...", " .. ").replace("[..]", "[x]").replace("0..1", "x"))
    found = value(signs)
    if isinstance(found, dict) and found.pop("..", 0) is None:
        found = {**dict.fromkeys(COMMON), **({"picture": PICTURE} if re.search("`(picture|a)`", asked) else {}), **found}
    return found


def value(signs: list[str]) -> object:
    """Take one value off the signs of a sketch such as {a, b: [{c}]}."""
    sign = signs.pop(0)
    if sign == "[":
        inner = [value(signs)]
        while signs[0] != "]":
            value(signs)
        signs.pop(0)
        return inner
    if sign != "{":
        return None
    found = {}
    while signs[0] != "}":
        key = signs.pop(0)
        found[key] = None
        if signs[0] == ":":
            signs.pop(0)
            found[key] = value(signs)
    signs.pop(0)
    return found


def same(wanted: object, found: object, place: str = "answer") -> None:
    """Assert that an answer has exactly the keys that are wanted, all the way down."""
    if isinstance(wanted, dict):
        assert isinstance(found, dict) and set(found) == set(wanted), f"{place}: {sorted(found)} instead of {sorted(wanted)}"
        for key, inner in wanted.items():
            same(inner, found[key], f"{place}.{key}")
    elif isinstance(wanted, list):
        assert isinstance(found, list), place
        for item in found:
            same(wanted[0], item, f"{place}[]")
