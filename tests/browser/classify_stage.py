"""The Classify widget on a page of its own, without Gradio: drawn attention and maps as the server would send them.

`python tests/browser/classify_stage.py [port]` serves it for looking at; tests use `Stage`.
"""

import functools
import http.server
import json
import sys
import tempfile
import threading
from pathlib import Path
from typing import ClassVar

import numpy as np
from PIL import Image

from vision.core.results import Guess
from vision.core.wire import array, encode
from vision.core.words import words

WEB = Path(__file__).parents[2] / "assets" / "web"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Classify</title><link rel="icon" href="data:,">SHEETS
<body style="margin:0;padding:8px;background:var(--gb-bg)"><div class="gb-widget"></div><script type="module">
import mount from "/web/classify.js";
const data = await (await fetch("/data.json")).json();
window.emitted = [];
window.data = data;
window.widget = mount(document.querySelector(".gb-widget"), {...data, ...(location.hash === "#empty" ? window.empty : {})},
                      (name, detail) => window.emitted.push([name, detail]));
</script></body></html>"""
SHEETS = "".join(
    f'<link rel="stylesheet" href="/web/{path.name}">' for path in sorted(WEB.glob("*.css"), key=lambda path: path.name != "glassbox.css")
)
PHOTO_WH = (600, 400)
CNN_SEEN = (100.0, 0.0, 500.0, 400.0)
VIT_SEEN = (88.0, -12.0, 512.0, 412.0)
VIT_HW = (10, 10)
LABELS = ("tabby, tabby cat", "tiger cat", "Egyptian cat", "lynx, catamount", "Persian cat", "<b>hostile & name</b>", "teapot")


def bump(rows: int, columns: int, y: float, x: float, width: float) -> np.ndarray:
    """A hill on a grid, float64 [rows, columns], highest at (y, x) in shares of the sides."""
    down, across = (np.arange(rows) + 0.5) / rows - y, (np.arange(columns) + 0.5) / columns - x
    return np.exp(-(down[:, None] ** 2 + across**2) / (2 * width**2))


def drawn_attention(layers: int = 5, heads: int = 4, grid: tuple[int, int] = VIT_HW, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Attention that narrows to an object with depth: uint8 [layers, heads, tokens, tokens] in 256 steps, float32 scale."""
    rng = np.random.default_rng(seed)
    rows, columns = grid
    tokens = 1 + rows * columns
    place = np.array([[(i // columns + 0.5) / rows, (i % columns + 0.5) / columns] for i in range(rows * columns)])
    scores = rng.normal(0, 0.4, (layers, heads, tokens, tokens))
    for layer in range(layers):
        for head in range(heads):
            near = ((place[:, None] - place[None]) ** 2).sum(-1)
            scores[layer, head, 1:, 1:] -= near * rng.uniform(2, 30) / (1 + layer)
            target = rng.uniform(0.2, 0.8, 2)
            scores[layer, head, 0, 1:] -= ((place - target) ** 2).sum(-1) * 6 * (1 + layer)
    rows_ = np.exp(scores)
    rows_ /= rows_.sum(-1, keepdims=True)
    top = rows_.max(-1).astype(np.float32)
    return np.floor(rows_ * (255 / top[..., None]) + 0.5).astype(np.uint8), top


def explanation(method: str, target: int, grid: np.ndarray, seen, against: int | None = None, asked=None) -> dict:
    guess = Guess(LABELS[target], target, 0.5)
    high = float(grid.max())
    return {
        "method": method,
        "asked": asked or {"target": "" if target == 0 else str(target), "against": "" if against is None else str(against)},
        "target": encode(guess),
        "against": None if against is None else encode(Guess(LABELS[against], against, 0.2)),
        "grid": (grid / (high or 1)).tolist(),
        "range": [0.0, high],
        "seen": list(seen),
    }


def photo(width: int = PHOTO_WH[0], height: int = PHOTO_WH[1]) -> np.ndarray:
    """A smooth picture with an object in it, uint8 [H, W, 3]."""
    hill = bump(height, width, 0.5, 0.55, 0.18)[..., None]
    y, x = np.mgrid[0:height, 0:width]
    ground = np.stack([90 + 60 * y / height, 120 + 50 * x / width, 150 - 40 * y / height], -1)
    return np.clip(ground * (1 - hill) + np.array([230, 170, 80]) * hill, 0, 255).astype(np.uint8)


def column(put, family: str, top: list[tuple[int, float]], **more) -> dict:
    names = {"cnn": "EfficientNet-Lite0", "vit": "ViT-Hybrid"}
    both = {
        "id": f"{family}-1",
        "model": f"{family}-default",
        "name": names[family],
        "names": "some",
        "labels": put(json.dumps(LABELS).encode(), ".json"),
        "params": 4_652_008,
        "device": "cpu",
        "ms": 14.2,
        "refusal": "",
        "facts": [],
        "top": [{"label": LABELS[index], "index": index, "score": score} for index, score in top],
    }
    return {**both, **more}


def snapshot(put, layers: int, heads: int, grid: tuple[int, int]) -> dict:
    """The value of the widget after a photo: arrays by `put(bytes, suffix) -> address`."""
    attention, scale = drawn_attention(layers, heads, grid)
    maps = [explanation("gradcam", k, 3.2 * bump(7, 7, 0.5 + 0.05 * k, 0.6 - 0.1 * k, 0.15), CNN_SEEN) for k in range(4)]
    maps.append(explanation("gradcam", 4, np.zeros((7, 7)), CNN_SEEN))
    return {
        "words": {key.partition(".")[2]: text for key, text in words().items() if key.startswith(("classify.", "explain."))},
        "run": "a",
        "serial": 1,
        "said": "",
        "said_serial": 0,
        "steps": {},
        "answered": {},
        "curves": {},
        "file": None,
        "examples": [tile(key) for key in ("cat", "coffee", "lion", "bus")],
        "models": {"cnn": menu("cnn", "EfficientNet-Lite0"), "vit": menu("vit", "ViT-Hybrid")},
        "photo": {"id": "p1", "url": "/photo.png", "width": PHOTO_WH[0], "height": PHOTO_WH[1], "name": "<i>cat</i>.png", **NOTHING},
        "cnn": column(put, "cnn", CNN_TOP, input_hw=[224, 224], seen=CNN_SEEN, grid_hw=[7, 7], methods=["gradcam"], maps=maps),
        "vit": column(
            put, "vit", VIT_TOP, input_hw=[320, 320], seen=VIT_SEEN, grid_hw=list(grid), methods=["attention", "rollout", "relevance"],
            maps=[], prefix=1, reads=[0, 1], attention=array(attention, put), scale=array(scale, put),
        ),
    }  # fmt: skip


NOTHING = {"notes": [], "credit": ""}
CNN_TOP = [(0, 0.43), (1, 0.21), (2, 0.05), (3, 0.0321), (4, 0.0001)]
VIT_TOP = [(2, 0.61), (0, 0.11), (5, 0.05), (3, 0.01), (6, 0.001)]


def tile(key: str) -> dict:
    return {"key": key, "title": key.title(), "credit": "Photo: nobody", "url": "/photo.png"}


def menu(family: str, name: str) -> list[dict]:
    here = {"key": f"{family}-default", "name": name, "local": True, "bytes": 0}
    return [here, {"key": f"{family}-big", "name": f"{name} large", "local": False, "bytes": 98_000_000}]


class Stage:
    """A small server of the page, the modules and the drawn data; `url` answers at once."""

    def __init__(self, folder: Path, port: int = 0, layers: int = 5, heads: int = 4, grid: tuple[int, int] = VIT_HW) -> None:
        self.folder = folder

        def put(content: bytes, suffix: str) -> str:
            name = f"file{len(list(folder.iterdir()))}{suffix}"
            (folder / name).write_bytes(content)
            return f"/{name}"

        (folder / "data.json").write_text(json.dumps(snapshot(put, layers, heads, grid)))
        (folder / "index.html").write_text(PAGE.replace("SHEETS", SHEETS))
        Image.fromarray(photo()).save(folder / "photo.png")
        (folder / "web").symlink_to(WEB)
        handler = functools.partial(Quiet, directory=str(folder))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    extensions_map: ClassVar = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript"}

    def log_message(self, *_args) -> None:
        pass


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        stage = Stage(Path(home), int(sys.argv[1]) if len(sys.argv) > 1 else 0)
        print(stage.url, flush=True)
        threading.Event().wait()
