"""One file from a server to the disk: told, cancellable, resumed where it broke off, taken only when its sum is right.

The bytes go to `<name>.incomplete` beside the target, which is never read as weights. The session (proxies, certificates) is the hub's own.
"""

from __future__ import annotations

import errno
import hashlib
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vision.core.errors import ModelError
from vision.models.line import listener, stay

if TYPE_CHECKING:
    import httpx2

ANSWER_S = 10.0  # silence of a server in the middle of a file before the connection counts as broken
RETRIES = 2  # attempts in a row that may bring nothing
PAUSE_S = 0.5
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class Wanted:
    """A file to get: the model's name for sentences, where it is, its bytes (0: unknown), the first digits of its sha256, where it goes."""

    name: str
    url: str
    size: int
    sha256: str
    target: Path


def transfer(wanted: Wanted) -> Path:
    """Return the target when it is whole and checked; ModelError otherwise, and what has come is kept for the next attempt."""
    from huggingface_hub.utils import WeakFileLock  # type: ignore[attr-defined]

    part = wanted.target.with_name(wanted.target.name + ".incomplete")
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        with WeakFileLock(part.with_name(part.name + ".lock")):  # another process may want the same file
            if not wanted.target.is_file():
                _fill(wanted, part)
                _check(wanted, part)
                part.replace(wanted.target)
        return wanted.target
    except OSError as error:
        number, reason = error.errno, error.strerror
    if number in FULL:
        part.unlink(missing_ok=True)
        raise ModelError("model.disk_full", name=wanted.name)
    raise ModelError("model.disk_refused", name=wanted.name, reason=reason or "?")


def size_of(part: Path) -> int:
    """Return the bytes of a file, 0 where there is none."""
    return part.stat().st_size if part.exists() else 0


def _fill(wanted: Wanted, part: Path) -> None:
    import httpx2

    if size_of(part) > wanted.size > 0:
        part.unlink()
    if shutil.disk_usage(part.parent).free < wanted.size - size_of(part):
        raise OSError(errno.ENOSPC, "")
    in_vain = 0
    while in_vain <= RETRIES:
        before = size_of(part)
        try:
            whole = _pull(wanted, part)
        except httpx2.TransportError:  # the line broke; what has come is on the disk
            whole = False
        if whole:
            return
        in_vain = 0 if size_of(part) > before else in_vain + 1
        stay()
        time.sleep(PAUSE_S)
    raise ModelError("model.cut", name=wanted.name, percent=f"{100 * size_of(part) / max(1, wanted.size):.0f}")


def _pull(wanted: Wanted, part: Path) -> bool:
    """Append what one connection brings; say whether the file is whole by its size."""
    from huggingface_hub import get_session

    done = size_of(part)
    if wanted.size and done == wanted.size:
        return True
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={done}-"} if done else {})
    with get_session().stream("GET", wanted.url, headers=headers, timeout=ANSWER_S, follow_redirects=True) as response:
        if response.status_code == 416:  # what is on the disk is not the beginning of this file
            part.unlink()
            return False
        if response.status_code >= 400:
            raise ModelError("model.hub_failed", name=wanted.name, status=response.status_code)
        if response.status_code != 206:
            done = 0
        return _write(wanted, part, response, done)


def _write(wanted: Wanted, part: Path, response: httpx2.Response, done: int) -> bool:
    total = wanted.size or done + int(response.headers.get("Content-Length", 0))
    with part.open("ab" if done else "wb") as file:
        for chunk in response.iter_bytes():
            file.write(chunk)
            done += len(chunk)
            listener().progress(done, total)
            stay()
    return done >= total


def _check(wanted: Wanted, part: Path) -> None:
    """Throw away a file whose size or sum is not the one that was promised."""
    with part.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if (wanted.size and size_of(part) != wanted.size) or not found.startswith(wanted.sha256):
        part.unlink()
        raise ModelError("model.corrupt", name=wanted.name)
