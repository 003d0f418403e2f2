"""Average precision of a detector on a set of pictures with boxes, by pycocotools."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vision.core.boxes import keep
from vision.core.picture import Picture, read
from vision.core.results_detect import Candidates
from vision.train import report
from vision.train.data import CROWD, Boxes
from vision.train.marked import Marked

FLOOR = 0.001  # COCO's curve wants the weak boxes too
CAP = 6000
MOST = 100  # boxes of a picture and class that COCO looks at
NMS_IOU = 0.45  # darknet's own


class Found(NamedTuple):
    """What is judged of a detector's candidates, which are as in `Candidates`."""

    xyxy: NDArray[np.float64]
    scores: NDArray[np.float64]
    classes: NDArray[np.int64]
    names: Sequence[str]


def evaluate_detector(
    look: Callable[[Picture], Candidates | Found],
    data: Marked,
    *,
    names: Sequence[str] = (),
    iou: float = NMS_IOU,
    pictures: int | None = None,
    split: str = "val",
) -> dict[str, Any]:
    """Return {ap50, ap, recall, pictures, classes: {name: ap50}, curves: {name: precision at 101 recalls, IoU 0.5}} as fractions.

    look   gives a picture's candidates, e.g. of `looker`; suppression per class at `iou`. Classes meet by name; crowds count as neither
           found nor missed. `pictures`: only so many of the split, evenly spread
    names  the classes that are judged, such as those that the model knows; empty: all of the set, unknown ones counting as missed
    """
    indices = data.split(split)
    if pictures is not None and pictures < len(indices):
        indices = indices[np.linspace(0, len(indices) - 1, pictures).round().astype(int)]
    number = {name: at + 1 for at, name in enumerate(data.names) if not names or name in names}
    truth: dict[str, Any] = {"info": {}, "images": [], "annotations": [], "categories": [{"id": k, "name": n} for n, k in number.items()]}
    results: list[dict[str, Any]] = []
    for i in report.bar(indices.tolist(), len(indices), "judged"):
        picture = read(data.raw(i), str(i))
        truth["images"].append({"id": i, "width": picture.width, "height": picture.height})
        marked = annotations(i, data.boxes(i), len(truth["annotations"]) + 1)
        truth["annotations"] += [row for row in marked if row["category_id"] in number.values()]
        results += detections(i, look(picture), number, iou)
    return score(truth, results) | {"pictures": len(indices)}


def looker(net: Any) -> Callable[[Picture], Candidates]:
    """Return what `evaluate_detector` asks for, from a net that is on loan."""
    from vision.tasks.detect import candidates

    return lambda picture: candidates(net, picture, FLOOR, CAP)


def written(found: dict[str, Any], out: Path) -> None:
    """Write what `evaluate_detector` returned into a folder: report.json without the curves, and precision_recall.png."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(json.dumps({name: value for name, value in found.items() if name != "curves"}, indent=1), "utf-8")
    report.precision_recall(out / "precision_recall.png", found)


def annotations(image: int, marked: Boxes, first: int) -> Iterator[dict[str, Any]]:
    """Yield a picture's true boxes as COCO has them, numbered from `first`."""
    for at, (corners, label, flags) in enumerate(zip(marked.xyxy.tolist(), marked.labels, marked.flags, strict=True)):
        box = [corners[0], corners[1], corners[2] - corners[0], corners[3] - corners[1]]
        row = {"id": first + at, "image_id": image, "category_id": int(label) + 1, "bbox": box}
        yield row | {"area": box[2] * box[3], "iscrowd": int(flags) & CROWD}


def detections(image: int, found: Candidates | Found, number: dict[str, int], iou: float) -> Iterator[dict[str, Any]]:
    """Yield what survives suppression, at most MOST of a class, as COCO results; classes that the data lack are left out."""
    kept = keep(found.xyxy, found.scores, found.classes, min_score=0.0, max_iou=iou)
    seen: dict[int, int] = {}
    for i in kept:
        category = number.get(found.names[int(found.classes[i])])
        if category is None or seen.setdefault(category, 0) >= MOST:
            continue
        seen[category] += 1
        x0, y0, x1, y1 = found.xyxy[i].tolist()
        yield {"image_id": image, "category_id": category, "bbox": [x0, y0, x1 - x0, y1 - y0], "score": float(found.scores[i])}


def score(truth: dict[str, Any], results: list[dict[str, Any]]) -> dict[str, Any]:
    """Return pycocotools' figures for all areas and at most 100 boxes; a set of results that is empty scores 0."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    if not results:
        return {"ap50": 0.0, "ap": 0.0, "recall": 0.0, "classes": {}, "curves": {}}
    with contextlib.redirect_stdout(io.StringIO()):  # it prints its progress
        coco = COCO()
        coco.dataset = truth
        coco.createIndex()
        judge = COCOeval(coco, coco.loadRes(results), "bbox")
        judge.evaluate()
        judge.accumulate()
    precision = judge.eval["precision"][..., 0, -1]  # [ious, recalls, classes]
    per_class = np.where(precision[0].max(0) > -1, precision[0].mean(0), np.nan)  # at IoU 0.5
    names = {row["id"]: row["name"] for row in truth["categories"]}
    recall = judge.eval["recall"][0, :, 0, -1]
    known = [(names[k], at) for at, k in enumerate(judge.params.catIds) if not np.isnan(per_class[at])]
    return {
        "ap50": float(precision[0][precision[0] > -1].mean()),
        "ap": float(precision[precision > -1].mean()),
        "recall": float(recall[recall > -1].mean()),
        "classes": {name: float(per_class[at]) for name, at in known},
        "curves": {name: precision[0][:, at].tolist() for name, at in known},
    }
