"""Pictures with true boxes: the packed sets, and any folder of pictures with COCO JSON."""

import contextlib
import io
import json
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pycocotools.coco import COCO

from vision.core.errors import UserError
from vision.train.data import CROWD, SPLITS, Boxes, Packed, Pictures


class Marked(Pictures, Protocol):
    """A set of pictures with boxes, by index."""

    def raw(self, index: int) -> bytes: ...
    def boxes(self, index: int) -> Boxes: ...


class CocoFolder:
    """A folder with train.json and val.json, COCO's own `annotations/instances_train*.json`, or one *.json, which is split 80/20 by seed.

    Pictures lie beside the JSON, in a folder "images", or in one that is named as the split is ("train", "train2017").
    """

    def __init__(self, folder: Path, seed: int = 0) -> None:
        given = {name: _annotations(folder, name) for name in SPLITS}
        single = sorted(folder.glob("*.json"))
        if all(given.values()):
            parts = [(SPLITS[name], path) for name, path in given.items() if path]
        elif len(single) == 1:
            parts = [(-1, single[0])]
        else:
            raise UserError("train.no_coco", place=folder)
        self.folder = folder
        indices = [_read(path) for _, path in parts]
        kinds = sorted(indices[0].cats.values(), key=lambda row: row["id"])
        self.classes = {row["id"]: at for at, row in enumerate(kinds)}
        self.names = tuple(row["name"] for row in kinds)
        self.items: list[tuple[COCO, int, Path]] = []
        splits: list[NDArray[np.int64]] = []
        for (split, path), coco in zip(parts, indices, strict=True):
            self.items += [(coco, number, self._file(path, coco.imgs[number]["file_name"])) for number in sorted(coco.imgs)]
            rank = np.random.default_rng(seed).permutation(len(coco.imgs))
            splits.append((rank < len(rank) // 5).astype(np.int64) if split < 0 else np.full(len(rank), split))
        self.splits = np.concatenate(splits)

    def _file(self, annotations: Path, name: str) -> Path:
        split = annotations.stem.removeprefix("instances_")
        for place in (annotations.parent, self.folder / "images", self.folder / split, self.folder):
            path = place / name
            if path.is_file() and path.resolve().is_relative_to(self.folder.resolve()):
                return path
        raise UserError("train.no_picture", name=name, place=self.folder)

    def __len__(self) -> int:
        return len(self.items)

    def raw(self, index: int) -> bytes:
        """Return one picture's file as bytes."""
        return self.items[index][2].read_bytes()

    def image(self, index: int) -> Image.Image:
        """Return one picture, RGB."""
        return Image.open(self.items[index][2]).convert("RGB")

    def label(self, index: int) -> int:
        """Return -1: the set has boxes instead."""
        return -1

    def split(self, which: str) -> NDArray[np.int64]:
        """Return the indices of "train" or "val"."""
        return np.flatnonzero(self.splits == SPLITS[which])

    def boxes(self, index: int) -> Boxes:
        """Return the boxes of one picture; what has none, or a class that the train pictures lack, is left out."""
        coco, number, _ = self.items[index]
        rows = [row for row in coco.imgToAnns[number] if "bbox" in row and row["category_id"] in self.classes]
        corners = np.array([row["bbox"] for row in rows], np.float32).reshape(-1, 4)
        corners[:, 2:] += corners[:, :2]
        labels = np.array([self.classes[row["category_id"]] for row in rows], np.int64)
        return Boxes(corners, labels, np.array([CROWD * bool(row.get("iscrowd")) for row in rows], np.uint8))


def _annotations(folder: Path, split: str) -> Path | None:
    """Return the JSON of a split, if there is one."""
    found = [folder / f"{split}.json", *sorted((folder / "annotations").glob(f"instances_{split}*.json"))]
    return next((path for path in found if path.is_file()), None)


def _read(path: Path) -> COCO:
    """Return COCO's index of a JSON file."""
    coco = COCO()
    try:
        coco.dataset = json.loads(path.read_text("utf-8"))
        with contextlib.redirect_stdout(io.StringIO()):  # it prints its progress
            coco.createIndex()
        complete = bool(coco.imgs and coco.cats) and all("file_name" in row for row in coco.imgs.values())
        complete &= all(len(row.get("bbox", "xywh")) == 4 for row in coco.anns.values())
    except (ValueError, KeyError, TypeError) as error:
        raise UserError("train.bad_coco", name=path.name) from error
    if not complete:
        raise UserError("train.bad_coco", name=path.name)
    return coco


def open_marked(data: Path, name: str) -> Marked:
    """Return the packed set `name` of a folder, or the folder of that name with COCO JSON ("." is the folder itself)."""
    return Packed(data, name) if (data / f"{name}.npz").is_file() else CocoFolder(data / name)
