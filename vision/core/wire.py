"""Results as JSON: dataclass fields unchanged, arrays by URL where a place to put them is given."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from vision.core.words import Sentence, said

Put = Callable[[bytes, str], Any]  # (content, file suffix) -> whatever the face sends as a URL
Write = Callable[[str], str]


def written(text: str) -> str:
    """Return a text as programs get it: sentences in the language that is spoken, names as they are, for they are identifiers."""
    return said(text) if isinstance(text, Sentence) else str(text)


def encode(value: Any, put: Put | None = None, write: Write = written) -> Any:
    """Return plain JSON values; fields marked raw are sent through `put`, and left out where it is None; `write` writes texts.

    Arrays in unmarked fields become nested lists; raw arrays become {url, dtype, shape} (C order, little endian).
    A number that is not finite becomes None, as JSON has no other word for it. What JSON does not know at all is a TypeError.

    >>> encode((1.5, float("nan"), np.arange(2)))
    [1.5, None, [0, 1]]
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _record(value, put, write)
    if isinstance(value, dict):
        return {str(key): encode(item, put, write) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return encode(value.tolist(), put)
    if isinstance(value, list | tuple):
        return [encode(item, put, write) for item in value]
    if isinstance(value, np.generic):
        return encode(value.item(), put)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str):
        return write(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    raise TypeError(f"no JSON for {type(value).__name__}")


def _record(value: Any, put: Put | None, write: Write) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for field in dataclasses.fields(value):
        item = getattr(value, field.name)
        if not field.metadata.get("raw"):
            out[field.name] = encode(item, put, write)
        elif put is not None:
            out[field.name] = array(item, put) if isinstance(item, np.ndarray) else encode(item, put, write)
    if hasattr(value, "words"):
        out["words"] = list(value.words)
    return out


def array(value: np.ndarray, put: Put) -> dict[str, Any]:
    """Hand an array's bytes to `put` (C order, little endian) and return {url, dtype, shape}."""
    little = np.ascontiguousarray(value).astype(value.dtype.newbyteorder("<"), copy=False)
    return {"url": put(little.tobytes(), ".bin"), "dtype": value.dtype.name, "shape": list(value.shape)}
