"""Who asks a desk, as far as a desk needs to know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vision.core.picture import Picture
from vision.core.wire import Put


@dataclass(frozen=True)
class Visitor:
    """One visitor of one face.

    session  whose room and whose downloads; None for somebody whom the face cannot tell from others
    put      keeps a file on its way to the visitor's browser and returns its address
    open     returns the picture of a file that this visitor uploaded, by its path and name; a PictureError for any other path
    """

    session: str | None
    put: Put
    open: Callable[[object, str], Picture]
