"""A visitor's files on their way to the browser: in Streamlit's own media storage, under names that nobody can guess."""

from __future__ import annotations

import mimetypes
import secrets
import threading
from collections import OrderedDict
from typing import Any

from streamlit import runtime

from vision.faces import examples

SHELF_BYTES = 48 << 20  # what one visitor's shelf holds; the oldest files go first
PREFIX = "glassbox/files/"


class Shelf:
    """Files by name. `put` may come from any thread; `addressed` belongs to a run of the page, by which Streamlit knows the visitor.

    An address is a hash that the name is part of: of large files Streamlit hashes pieces only, and two maps of one size must not be taken
    for each other.
    """

    def __init__(self, budget_bytes: int = SHELF_BYTES) -> None:
        self.budget_bytes = budget_bytes
        self._lock = threading.Lock()  # guards the three below
        self._files: OrderedDict[str, tuple[bytes, int]] = OrderedDict()  # name -> content, slot
        self._free: list[int] = []  # slots that hold nothing that is still here; Streamlit forgets a slot's file when it gets another one
        self._held_bytes = 0

    def put(self, content: bytes, suffix: str) -> str:
        """Keep a file and return its name; a value with the name in it goes through `addressed`."""
        name = f"{PREFIX}{secrets.token_hex(16)}{suffix}"
        with self._lock:
            self._files[name] = content, self._free.pop() if self._free else len(self._files)
            self._held_bytes += len(content)
            while self._held_bytes > self.budget_bytes and len(self._files) > 1:
                _, (dropped, slot) = self._files.popitem(last=False)
                self._free.append(slot)
                self._held_bytes -= len(dropped)
        return name

    def renew(self) -> None:
        """Add all files again: at a full run Streamlit forgets those of the session, and the browser may still fetch some."""
        with self._lock:
            names = list(self._files)
        self.addressed(names)

    def addressed(self, value: Any) -> Any:
        """Return a value with every name of a file or an example picture in it replaced by an address relative to the page."""
        if isinstance(value, dict):
            return {key: self.addressed(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.addressed(item) for item in value]
        return self._address(value) if isinstance(value, str) and value.startswith("glassbox/") else value

    def _address(self, name: str) -> str:
        with self._lock:
            content, slot = self._files.get(name, (b"", -1))
        key = name.removeprefix(f"{examples.EXAMPLES_URL}/").removesuffix(".webp")
        if slot < 0 and key not in examples.examples():
            return name  # dropped, or only a text that begins so
        place, content = (f"glassbox {slot}", content) if slot >= 0 else (f"glassbox {key}", examples.thumbnail(key))
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        url: str = runtime.get_instance().media_file_mgr.add(content, kind, place, file_name=name)
        return url.lstrip("/")  # a path prefix in front of the page is in front of this too
