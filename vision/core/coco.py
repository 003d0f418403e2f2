"""Detections as files: COCO JSON that pycocotools reads, and CSV. The settings that made them stand in both."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from vision.core.results_detect import Box, Detection, DetectView

HOLES = (12, 26, 29, 30, 45, 66, 68, 69, 71, 83)  # numbers that COCO's 80 categories leave out of 1..90
OFFICIAL = tuple(number for number in range(1, 91) if number not in HOLES)
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a cell that begins so is run by spreadsheets


def category_ids(names: Sequence[str]) -> list[int]:
    """Return the COCO category number of each class: the official one for COCO's names, else counted from 1.

    >>> category_ids(["cat", "dog"])
    [1, 2]
    """
    if names and names[0] == "background":  # torchvision's 91 outputs are the official numbers
        return list(range(len(names)))
    if len(names) == len(OFFICIAL) and (names[0], names[-1]) == ("person", "toothbrush"):
        return list(OFFICIAL)
    return list(range(1, len(names) + 1))


def to_coco(found: Sequence[tuple[str, Detection]], names: Sequence[str], view: DetectView) -> dict[str, Any]:
    """Return a COCO data set of detections: `annotations` carry `score`, so they are a result list as well.

    found  (picture's name, detection) of one model; names: the model's classes. bbox is x, y, width, height in pixels.
    """
    number = dict(zip(names, category_ids(names), strict=True))
    annotations: list[dict[str, Any]] = []
    for image, (_, one) in enumerate(found, start=1):
        for box in one.boxes:
            x0, y0, x1, y1 = box.xyxy
            bbox = [x0, y0, x1 - x0, y1 - y0]
            row = {"image_id": image, "category_id": number[box.label], "bbox": bbox, "area": bbox[2] * bbox[3], "iscrowd": 0}
            annotations.append({"id": len(annotations) + 1, **row, "score": box.score})
    sizes = [one.picture for _, one in found]
    images = [{"id": i + 1, "file_name": found[i][0], "width": size.width, "height": size.height} for i, size in enumerate(sizes)]
    model = {"model": found[0][1].model, "revision": found[0][1].revision} if found else {}
    return {
        "info": {"description": "Detections by Glassbox", **model, "settings": asdict(view)},
        "images": images,
        "annotations": annotations,
        "categories": [{"id": number[name], "name": name} for name in names if name != "background" and not name.startswith("unused ")],
    }


def to_csv(found: Sequence[tuple[str, Detection]], view: DetectView) -> str:
    """Return one row per box with the model and the settings; text that a spreadsheet would run gets an apostrophe before it."""
    out = io.StringIO()
    settings = {"score_above": view.score, "nms_iou": view.iou, "agnostic": view.agnostic, "soft": view.soft, "limit": view.limit}
    columns = ["picture", "label", "score", "x0", "y0", "x1", "y1", "model", "revision", *settings]
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    for name, one in found:
        for box in one.boxes:
            writer.writerow(_row(name, one, box) | settings)
    return out.getvalue()


def _row(name: str, one: Detection, box: Box) -> dict[str, Any]:
    corners = dict(zip(("x0", "y0", "x1", "y1"), (round(value, 2) for value in box.xyxy), strict=True))
    texts = {"picture": name, "label": box.label, "model": one.model, "revision": one.revision}
    return {key: inert(text) for key, text in texts.items()} | {"score": round(box.score, 5), **corners}


def inert(text: str) -> str:
    """Return a text as a cell that no spreadsheet runs."""
    return "'" + text if text.startswith(FORMULA) else text
