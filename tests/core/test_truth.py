"""Average precision against the two oracles of the field, on made-up pictures with crowds, ties and misses."""

import io
from contextlib import redirect_stdout

import numpy as np
import pytest

from vision.core import truth

CLASSES = 3


def scene(seed, pictures=12):
    """Random truths (some crowds) and detections that are jittered truths plus noise; COCO dicts with float corners."""
    random = np.random.default_rng(seed)
    real, found = [], []
    for picture in range(1, pictures + 1):
        for _ in range(random.integers(0, 9)):
            box = [*random.uniform(0, 100, 2), *random.uniform(8, 60, 2)]
            kind, crowd = int(random.integers(1, CLASSES + 1)), int(random.random() < 0.15)
            area = box[2] * box[3]
            real.append({"id": len(real) + 1, "image_id": picture, "category_id": kind, "bbox": box, "area": area, "iscrowd": crowd})
            for _ in range(random.integers(0, 4)):
                moved = (np.array(box) + random.normal(0, 5, 4)).tolist()
                moved[2:] = np.abs(moved[2:]).tolist()
                score = float(random.random().__round__(2))
                found.append({"image_id": picture, "category_id": kind, "bbox": moved, "score": score})
        for _ in range(random.integers(0, 5)):
            box = [*random.uniform(0, 100, 2), *random.uniform(8, 60, 2)]
            found.append(
                {"image_id": picture, "category_id": int(random.integers(1, CLASSES + 1)), "bbox": box, "score": float(random.random())}
            )
    images = [{"id": i, "width": 200, "height": 200} for i in range(1, pictures + 1)]
    categories = [{"id": k, "name": str(k)} for k in range(1, CLASSES + 1)]
    return {"images": images, "annotations": real, "categories": categories, "info": {}}, found


def corners(rows):
    return np.array([[x, y, x + w, y + h] for x, y, w, h in (row["bbox"] for row in rows)], np.float64).reshape(-1, 4)


def ours(data, found, min_iou):
    """Mean of the classes' average precision, put together from match, curve and average alone."""
    per_class = []
    for kind in range(1, CLASSES + 1):
        scored, total = [], 0
        for image in data["images"]:
            real = [a for a in data["annotations"] if a["image_id"] == image["id"] and a["category_id"] == kind]
            seen = [d for d in found if d["image_id"] == image["id"] and d["category_id"] == kind]
            seen.sort(key=lambda d: -d["score"])
            total += sum(not a["iscrowd"] for a in real)
            crowd = [bool(a["iscrowd"]) for a in real]
            partners = truth.match(corners(real), [kind] * len(real), crowd, corners(seen), [kind] * len(seen), min_iou=min_iou)
            scored += [(d["score"], p >= 0) for d, p in zip(seen, partners, strict=True) if p != truth.IGNORED]
        scored.sort(key=lambda pair: -pair[0])
        if total:
            per_class.append(truth.average(*truth.curve([hit for _, hit in scored], total)))
    return float(np.mean(per_class))


def by_pycocotools(data, found, min_iou):
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = data
        coco.createIndex()
        judge = COCOeval(coco, coco.loadRes(found), "bbox")
        judge.params.iouThrs = np.array([min_iou])
        judge.evaluate()
        judge.accumulate()
    precision = judge.eval["precision"][0, :, :, 0, 2]
    return float(np.mean([row.mean() for row in precision.T if row.max() > -1]))


def by_faster_coco_eval(data, found, min_iou):
    from faster_coco_eval import COCO, COCOeval_faster

    with redirect_stdout(io.StringIO()):
        coco = COCO(data)
        judge = COCOeval_faster(coco, coco.loadRes(found), "bbox", print_function=lambda *_: None)
        judge.params.iouThrs = np.array([min_iou])
        judge.evaluate()
        judge.accumulate()
    precision = judge.eval["precision"][0, :, :, 0, 2]
    return float(np.mean([row.mean() for row in precision.T if row.max() > -1]))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("min_iou", [0.3, 0.5, 0.75])
def test_average_precision_is_pycocotools(seed, min_iou):
    data, found = scene(seed)
    value = ours(data, found, min_iou)
    assert 0.01 < value < 0.99
    assert value == pytest.approx(by_pycocotools(data, found, min_iou), abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_average_precision_is_faster_coco_eval(seed):
    data, found = scene(seed)
    assert ours(data, found, 0.5) == pytest.approx(by_faster_coco_eval(data, found, 0.5), abs=1e-6)


def test_one_truth_is_matched_once_and_the_best_detection_gets_it():
    assert truth.match([[0, 0, 10, 10]], [0], [False], [[0, 0, 10, 8], [0, 0, 10, 10]], [0, 0], min_iou=0.5) == [0, truth.FALSE]


def test_iou_exactly_the_matching_threshold_is_a_match():
    assert truth.match([[0, 0, 2, 1]], [0], [False], [[0, 0, 1, 1]], [0], min_iou=0.5) == [0]


def test_a_crowd_takes_any_number_and_counts_as_neither():
    found = truth.match([[0, 0, 100, 100]], [0], [True], [[0, 0, 10, 10], [5, 5, 15, 15], [0, 0, 200, 200]], [0, 0, 0], min_iou=0.5)
    assert found == [truth.IGNORED, truth.IGNORED, truth.FALSE]


def test_f1_is_not_average_precision():
    precision, recall = truth.curve([True, False, True], 4)
    assert truth.f1(precision[-1], recall[-1]) == pytest.approx(4 / 7)
    assert truth.average(precision, recall) != pytest.approx(4 / 7, abs=0.05)
    assert truth.f1(0.0, 0.0) == 0.0
