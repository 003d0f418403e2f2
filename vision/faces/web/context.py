"""What every tab is built with: the engine, the folders of the visitors, the language."""

from __future__ import annotations

from dataclasses import dataclass

from vision.engine import Engine
from vision.faces.web.folders import Folders


@dataclass(frozen=True)
class Context:
    """The shared things of one server; `folders.of(request)` is a visitor's own folder."""

    engine: Engine
    folders: Folders
    lang: str = "en"
