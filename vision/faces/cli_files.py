"""Files of the command line: which pictures are meant by what was typed, and where answers are written."""

import glob
import sys
from pathlib import Path

from vision.core.errors import PictureError, UserError

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".heif", ".gif", ".bmp", ".tif", ".tiff"}
STREAM = "-"  # as a name: standard input, or standard output

Source = bytes | Path | PictureError


def sources(names: list[str]) -> list[tuple[str, Source]]:
    """Return (name, content, path or what is wrong) of files, folders (their pictures, sorted), patterns and `-` (standard input)."""
    found: list[tuple[str, Source]] = []
    for name in names:
        path = Path(name)
        if name == STREAM:
            found.append(("stdin", sys.stdin.buffer.read()))
        elif path.is_dir():
            inside = [one for one in sorted(path.rglob("*")) if one.suffix.lower() in SUFFIXES and not one.name.startswith(".")]
            found += [(str(one), one) for one in inside] or [(name, PictureError("cli.empty_folder"))]
        elif glob.has_magic(name) and not path.exists():  # a pattern that the shell left alone, as on Windows
            meant = [Path(one) for one in sorted(glob.glob(name, recursive=True))]  # noqa: PTH207  patterns may be absolute
            found += [(str(one), one) for one in meant if one.is_file()] or [(name, PictureError("cli.no_match"))]
        else:
            found.append((name, path))
    return found


def write(path: Path, content: bytes) -> str:
    """Write a file, with the folders above it, and return its name; `-` is standard output; UserError where it cannot be."""
    if str(path) == STREAM:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return STREAM
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise UserError("cli.cannot_write", path=path, reason=error.strerror or type(error).__name__) from None
    return str(path)


class Names:
    """Names in a folder that are still free: neither given before nor those of the pictures that came in."""

    def __init__(self, folder: Path, taken: list[tuple[str, Source]]) -> None:
        self.folder = folder
        self._taken = {source.resolve() for _, source in taken if isinstance(source, Path)}

    def free(self, stem: str, suffix: str) -> Path:
        """Return folder/stem.suffix, or with -2, -3 ... behind the stem."""
        number, path = 1, self.folder / f"{stem}{suffix}"
        while path.resolve() in self._taken:
            number += 1
            path = self.folder / f"{stem}-{number}{suffix}"
        self._taken.add(path.resolve())
        return path
