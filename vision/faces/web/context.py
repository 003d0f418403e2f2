"""What every tab is built with: the engine, the uploads, the folders of the visitors, the language."""

from __future__ import annotations

from dataclasses import dataclass

from vision.engine import Engine
from vision.faces.web.folders import Folders
from vision.faces.web.uploads import Uploads


@dataclass(frozen=True)
class Context:
    """The shared things of one server.

    `uploads.take(value)` gives the picture of an upload; `folders.of(request.session_hash)` is a visitor's own folder;
    `lang`: in which all are spoken to, empty: each in his own language.
    """

    engine: Engine
    uploads: Uploads
    folders: Folders
    lang: str = ""
