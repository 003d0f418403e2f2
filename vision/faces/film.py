"""A walk as one file: GIF, a strip PNG, or MP4 where the program ffmpeg is on the machine."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vision.core.encode import gif, png
from vision.core.errors import UserError

FORMATS = ("gif", "mp4", "png")
FRAME_MS = 60
STRIP = 12  # pictures of a strip
LIMIT_S = 60  # ffmpeg gets no longer for a few seconds of small pictures

Frames = Sequence[NDArray[np.uint8]]


def film(frames: Frames, kind: str) -> tuple[bytes, str]:
    """Return a file's content and suffix; frames uint8 [h, w, 3] of one size; UserError where MP4 is wanted and there is no ffmpeg."""
    if kind == "png":
        chosen = np.unique(np.linspace(0, len(frames) - 1, STRIP).round().astype(int))
        return png(np.concatenate([frames[at] for at in chosen], axis=1), effort=6), ".png"
    if kind == "mp4":
        return _mp4(frames), ".mp4"
    return gif(frames, FRAME_MS), ".gif"


def _mp4(frames: Frames) -> bytes:
    program = shutil.which("ffmpeg")
    if program is None:
        raise UserError("generate.no_mp4")
    height, width = frames[0].shape[:2]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "walk.mp4"
        command = [program, "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(1000 / FRAME_MS),
                   "-i", "-", "-vf", "scale=ceil(iw/2)*2:ceil(ih/2)*2:flags=neighbor", "-pix_fmt", "yuv420p", "-movflags", "faststart",
                   str(path)]  # fmt: skip
        try:
            subprocess.run(command, input=b"".join(frame.tobytes() for frame in frames), check=True, timeout=LIMIT_S, capture_output=True)
        except (subprocess.SubprocessError, OSError):
            raise UserError("generate.mp4_failed") from None
        return path.read_bytes()
