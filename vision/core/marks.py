"""How a class looks: Okabe and Ito's colours, and a dash for every further round of them. Twin: assets/web/marks.js."""

from dataclasses import dataclass

COLOURS = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")
DASHES: tuple[tuple[int, ...], ...] = ((), (8, 4), (2, 3), (12, 3, 2, 3))


@dataclass(frozen=True)
class Mark:
    """Colour "#rrggbb", dash in pixels (on, off ...; empty: solid), and the ink of a label on that colour."""

    colour: str
    dash: tuple[int, ...]
    ink: str


def mark(index: int) -> Mark:
    """Return the look of a class by its index.

    >>> mark(0), mark(8).dash
    (Mark(colour='#E69F00', dash=(), ink='#000000'), (8, 4))
    """
    colour = COLOURS[index % len(COLOURS)]
    return Mark(colour, DASHES[index // len(COLOURS) % len(DASHES)], ink(colour))


def luminance(colour: str) -> float:
    """Return the relative luminance of "#rrggbb", 0..1 (WCAG 2)."""
    levels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    r, g, b = (value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4) for value in levels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def ink(colour: str) -> str:
    """Return black or white, whichever stands out more on a colour: contrasts (L + .05) / .05 and 1.05 / (L + .05) are equal at .1791."""
    return "#000000" if (luminance(colour) + 0.05) ** 2 > 0.0525 else "#FFFFFF"
