"""The only way of a visitor's picture into the page: a file that this process itself received as an upload."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections import OrderedDict
from collections.abc import Collection, Mapping
from pathlib import Path

from vision.core.errors import PictureError
from vision.core.picture import Picture, read

NAME_LENGTH = 120  # of a visitor's file name, which is only ever shown as text
SHARED = 500  # uploads under a name for others; the one longest unused goes first
NAME_FOR_OTHERS = re.compile(r"[0-9a-f]{32}")
AGE_S = 3600  # uploads that nobody has used for so long are deleted


def sweep(folder: Path, before: float) -> None:
    """Delete all files below a folder that were last used before a time (seconds of the epoch), half uploads too."""
    for above, _, names in os.walk(folder, topdown=False):
        for name in names:
            file = Path(above) / name
            with contextlib.suppress(FileNotFoundError):
                if file.stat().st_mtime < before:
                    file.unlink()
        if Path(above) != folder:
            with contextlib.suppress(OSError):  # not empty, or just used again
                Path(above).rmdir()


class Uploads:
    """The uploads of one server: `received` is the live set of paths that its upload route answered with."""

    def __init__(self, root: Path, received: Collection[str]) -> None:
        self.root = root.resolve()
        self._received = received
        self._shared: OrderedDict[str, str] = OrderedDict()  # paths by the names that others got for them

    def share(self, path: object) -> str:
        """Return a name that nobody can guess, by which others may open an upload as if by its path; one name a file."""
        if isinstance(path, str) and path in self._shared:  # who was shown it shows it on
            return path
        if not isinstance(path, str) or path not in self._received:
            raise PictureError("server.not_an_upload")
        for name, shared in self._shared.copy().items():
            if shared == path:
                self._shared.move_to_end(name)
                return name
        name = secrets.token_hex(16)
        self._shared[name] = path
        while len(self._shared) > SHARED:
            self._shared.popitem(last=False)
        return name

    def shared(self, name: object) -> str:
        """Return the path of a shared upload; PictureError for a name that nobody got."""
        if not isinstance(name, str) or name not in self._shared:
            raise PictureError("server.upload_gone")
        return self._shared[name]

    def take(self, value: object) -> Picture:
        """Return the picture of an uploaded file as endpoints and widgets name it: a mapping with `path` (and `orig_name`).

        Anything else is a PictureError and is never opened: a plain string, an address, a path that this process did not
        hand out itself (whatever folder it lies in), a link.
        """
        if not isinstance(value, Mapping):
            raise PictureError("server.not_an_upload")
        name = value.get("orig_name")
        return self.open(value.get("path"), name if isinstance(name, str) else "")

    def open(self, path: object, name: str = "") -> Picture:
        """Return the picture of an uploaded file by its path, as Gradio gives it, or by the name that others got for it."""
        if isinstance(path, str) and NAME_FOR_OTHERS.fullmatch(path):
            path = self.shared(path)
        if not isinstance(path, str) or path not in self._received:
            raise PictureError("server.not_an_upload")
        file = Path(path)
        if file.is_symlink() or file.resolve() != file or not file.is_relative_to(self.root):
            raise PictureError("server.not_an_upload")
        if not file.is_file():
            raise PictureError("server.upload_gone")
        file.touch()  # as long as somebody works with it, it is not old
        return read(file, (name or file.name)[:NAME_LENGTH])
