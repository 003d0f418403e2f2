"""Pictures to train on: the packed sets, and any folder of class folders.

A packed set NAME is NAME.json (class names, list of .bin files), NAME.npz (offsets, split, labels or boxes) and .bin files of encoded
pictures one after the other. A picture is decoded when it is asked for; nothing is kept.
"""

import io
import json
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vision.core.errors import UserError

SPLITS = {"train": 0, "val": 1}
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
WHOLE_CIFAR = "torchvision-cifar10"
CROWD = 1  # bit 0 of a box's flags


class Pictures(Protocol):
    """A set of pictures with names of classes, by index."""

    @property
    def names(self) -> tuple[str, ...]: ...
    def __len__(self) -> int: ...
    def image(self, index: int) -> Image.Image: ...
    def label(self, index: int) -> int: ...
    def split(self, which: str) -> NDArray[np.int64]: ...


class Boxes(NamedTuple):
    """What is marked on one picture.

    xyxy    float32 [k, 4]  pixels, half-open corners
    labels  int64 [k]
    flags   uint8 [k]       CROWD: a crowd or hard to tell, neither learnt nor judged
    """

    xyxy: NDArray[np.float32]
    labels: NDArray[np.int64]
    flags: NDArray[np.uint8]


class Packed:
    """One packed set; the files are mapped, not read, so it may be given to worker processes."""

    def __init__(self, folder: Path, name: str) -> None:
        if not (folder / f"{name}.npz").is_file():
            raise UserError("train.no_data", place=folder / name)
        about = json.loads((folder / f"{name}.json").read_text("utf-8"))
        with np.load(folder / f"{name}.npz") as file:
            self.arrays = {key: file[key] for key in file.files}
        self.class_names: list[str] = about["class_names"]
        self.offsets = self.arrays["offsets"]
        self.paths = [folder / part for part in about["bins"]]
        self.starts = np.cumsum([0] + [path.stat().st_size for path in self.paths])
        if self.starts[-1] != self.offsets[-1]:
            raise UserError("train.damaged_set", name=name, has=self.starts[-1], wants=self.offsets[-1])
        self.prefix = self.arrays["prefix"].tobytes() if "prefix" in self.arrays else b""  # a header that all pictures share

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def raw(self, index: int) -> bytes:
        """Return one picture's file as bytes."""
        first, end = int(self.offsets[index]), int(self.offsets[index + 1])
        part = int(np.searchsorted(self.starts, first, "right")) - 1
        with self.paths[part].open("rb") as file:
            file.seek(first - int(self.starts[part]))
            return self.prefix + file.read(end - first)

    def image(self, index: int) -> Image.Image:
        """Return one picture, RGB."""
        return Image.open(io.BytesIO(self.raw(index))).convert("RGB")

    def label(self, index: int) -> int:
        """Return its class, or -1 where the set has boxes instead."""
        return int(self.arrays["labels"][index]) if "labels" in self.arrays else -1

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its classes."""
        return tuple(self.class_names)

    def split(self, which: str) -> NDArray[np.int64]:
        """Return the indices of "train" or "val"."""
        return np.flatnonzero(self.arrays["split"] == SPLITS[which])

    def boxes(self, index: int) -> Boxes:
        """Return the boxes of one picture."""
        first, end = np.searchsorted(self.arrays["box_image"], [index, index + 1])
        labels = self.arrays["box_label"][first:end].astype(np.int64)
        return Boxes(self.arrays["boxes"][first:end], labels, self.arrays["box_flags"][first:end])


class Joined:
    """The pictures of one packed set, and of a second one those train pictures whose class the first has too, by name.

    Each of the second's stands `repeat` times among the train pictures, so that it is seen in as many crops.
    """

    def __init__(self, first: Packed, second: Packed, repeat: int = 1) -> None:
        self.first, self.second, self.names, self.repeat = first, second, first.names, repeat
        known = {name: at for at, name in enumerate(first.names)}
        self.same = {at: known[name] for at, name in enumerate(second.names) if name in known}

    def __len__(self) -> int:
        return len(self.first) + len(self.second)

    def image(self, index: int) -> Image.Image:
        """Return one picture, RGB."""
        own = len(self.first)
        return self.first.image(index) if index < own else self.second.image(index - own)

    def label(self, index: int) -> int:
        """Return its class among the first's, or -1."""
        own = len(self.first)
        return self.first.label(index) if index < own else self.same.get(self.second.label(index - own), -1)

    def split(self, which: str) -> NDArray[np.int64]:
        """Return the indices of "train", the first's before the second's, or of "val", the first's alone."""
        own = self.first.split(which)
        if which == "val":
            return own
        more = [int(row) for row in self.second.split(which) if self.second.label(int(row)) in self.same]
        return np.concatenate([own, np.tile(np.array(more, np.int64) + len(self.first), self.repeat)])


class Folder:
    """A folder of class folders: `folder/cat/1.jpg`; or `folder/train/cat/1.jpg` and `folder/val/...`; without those, 80/20 by seed."""

    def __init__(self, folder: Path, seed: int = 0) -> None:
        if not folder.is_dir():
            raise UserError("train.no_data", place=folder)
        given = (folder / "train").is_dir() and (folder / "val").is_dir()
        roots = [folder / name for name in SPLITS] if given else [folder]
        self.names = tuple(sorted({path.name for root in roots for path in root.iterdir() if path.is_dir()}))
        self.files: list[tuple[Path, int, int]] = []
        for at, root in enumerate(roots):
            for label, name in enumerate(self.names):
                found = sorted(path for path in (root / name).glob("*") if path.suffix.lower() in SUFFIXES)
                order = np.random.default_rng([seed, label]).permutation(len(found))
                self.files += [(found[i], label, at if given else int(rank < len(found) // 5)) for rank, i in enumerate(order)]
        if not self.files:
            raise UserError("train.no_pictures", place=folder)

    def __len__(self) -> int:
        return len(self.files)

    def image(self, index: int) -> Image.Image:
        """Return one picture, RGB."""
        return Image.open(self.files[index][0]).convert("RGB")

    def label(self, index: int) -> int:
        """Return its class."""
        return self.files[index][1]

    def split(self, which: str) -> NDArray[np.int64]:
        """Return the indices of "train" or "val"."""
        return np.flatnonzero([split == SPLITS[which] for _, _, split in self.files])


class Cifar10:
    """The whole of CIFAR-10 (60,000 pictures of 32 px), fetched by torchvision into a folder where it is not there yet."""

    def __init__(self, folder: Path) -> None:
        from torchvision.datasets import CIFAR10

        try:
            self.parts = [CIFAR10(folder, train=name == "train", download=True) for name in SPLITS]
        except (OSError, RuntimeError) as error:  # no connection, or a file that is not what it should be
            raise UserError("train.no_cifar", reason=str(error)) from error
        self.names = tuple(self.parts[0].classes)

    def __len__(self) -> int:
        return sum(len(part) for part in self.parts)

    def image(self, index: int) -> Image.Image:
        """Return one picture, RGB; those of "val" come after those of "train"."""
        return self._at(index)[0]

    def label(self, index: int) -> int:
        """Return its class."""
        return self._at(index)[1]

    def split(self, which: str) -> NDArray[np.int64]:
        """Return the indices of "train" or "val", which is torchvision's test part."""
        train = len(self.parts[0])
        return np.arange(train) if which == "train" else np.arange(train, len(self))

    def _at(self, index: int) -> tuple[Image.Image, int]:
        train = len(self.parts[0])
        return self.parts[0][index] if index < train else self.parts[1][index - train]


def open_set(data: Path, name: str) -> Packed | Folder | Cifar10:
    """Return the packed set `name` of a folder, torchvision's CIFAR-10, or the folder of class folders of that name (".": itself)."""
    if name == WHOLE_CIFAR:
        return Cifar10(data)
    return Packed(data, name) if (data / f"{name}.npz").is_file() else Folder(data / name)
