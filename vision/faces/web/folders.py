"""A visitor's own folder for arrays and pictures on their way to the browser: random names, bounded, deleted with the visit."""

from __future__ import annotations

import re
import secrets
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

from vision.faces.web.static import FILES_URL

SUFFIXES = (".bin", ".json", ".png", ".webp", ".gif", ".mp4", ".csv")
VISITOR_BYTES = 96 << 20  # what one visitor's folder may hold; the oldest files go first
VISITORS = 200  # folders at a time, and
ALL_BYTES = 4 << 30  # bytes of all of them; the visitor who was silent longest loses theirs first


class Folder:
    """One visitor's files, oldest first; `put` forgets the oldest ones beyond the byte budget."""

    def __init__(self, path: Path, budget_bytes: int = VISITOR_BYTES) -> None:
        self.path = path
        self.budget_bytes = budget_bytes
        self._lock = threading.Lock()  # guards the files and the two below
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self._held_bytes = 0

    def put(self, content: bytes, suffix: str) -> str:
        """Keep `content` under a name nobody can guess and return its address relative to the page.

        suffix   one of SUFFIXES; another one is a ValueError, since the browser would take the type from it
        """
        if suffix not in SUFFIXES:
            raise ValueError(suffix)
        name = secrets.token_hex(16) + suffix
        with self._lock:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.path / name).write_bytes(content)
            self._sizes[name] = len(content)
            self._held_bytes += len(content)
            while self._held_bytes > self.budget_bytes and len(self._sizes) > 1:
                self._drop(next(iter(self._sizes)))
        return f"{FILES_URL}/{self.path.name}/{name}"

    def drop(self, *urls: str) -> None:
        """Delete the files of these addresses; what is not (or no longer) in this folder is left alone."""
        with self._lock:
            for url in urls:
                name = url.rpartition("/")[2]
                if name in self._sizes:
                    self._drop(name)

    @property
    def held_bytes(self) -> int:
        """Bytes of all files kept now."""
        return self._held_bytes

    def clear(self) -> None:
        """Delete the folder with all that is in it."""
        with self._lock:
            self._sizes.clear()
            self._held_bytes = 0
            shutil.rmtree(self.path, ignore_errors=True)

    def _drop(self, name: str) -> None:
        self._held_bytes -= self._sizes.pop(name)
        (self.path / name).unlink(missing_ok=True)


class Folders:
    """The folders of all visitors under one root, by session; names come from the server, never from the visitor."""

    def __init__(self, root: Path, visitors: int = VISITORS, all_bytes: int = ALL_BYTES) -> None:
        self.root = root
        self.visitors = visitors
        self.all_bytes = all_bytes
        self._lock = threading.Lock()  # guards the table
        self._table: OrderedDict[str, Folder] = OrderedDict()
        root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def of(self, session: str | None) -> Folder:
        """Return the folder of a session (`gr.Request.session_hash`); without a session a fresh one that nobody else gets."""
        key = session if session and re.fullmatch(r"[\w-]{1,64}", session) else secrets.token_hex(16)
        with self._lock:
            folder = self._table.setdefault(key, Folder(self.root / secrets.token_hex(16)))
            self._table.move_to_end(key)
            silent = list(self._silent())
        for one in silent:
            one.clear()
        return folder

    def _silent(self) -> Iterator[Folder]:
        """Take the folders that have to go off the table, all but the newest at most."""
        held = sum(folder.held_bytes for folder in self._table.values())
        while len(self._table) > 1 and (len(self._table) > self.visitors or held > self.all_bytes):
            folder = self._table.popitem(last=False)[1]
            held -= folder.held_bytes
            yield folder

    def leave(self, session: str | None) -> None:
        """Delete a session's folder, as when its page is closed."""
        with self._lock:
            folder = self._table.pop(session or "", None)
        if folder is not None:
            folder.clear()
