"""Many pictures on the Detect tab: a table that fills while the detector works, COCO JSON and CSV of what is done, also after Stop."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from vision.core.errors import PictureError, UserError
from vision.core.results_detect import DetectView
from vision.core.words import say
from vision.faces.many import PICTURES, Many
from vision.faces.web.context import Context
from vision.faces.web.guard import guard


def build(context: Context) -> None:
    """Add the folded part below the widget."""
    batch = Batch(context)
    cards = [card for card in context.engine.catalog.cards if card.task == "detect"]

    def word(key: str) -> str:
        return say(f"detect.{key}", context.lang)

    with gr.Accordion(word("batch"), open=False, elem_id="gb-detect-batch"):
        with gr.Row():
            files = gr.File(label=word("batch_files"), file_count="multiple", file_types=["image"], type="filepath", height=140)
            folder = gr.File(label=word("batch_folder"), file_count="directory", type="filepath", height=140)
        with gr.Row():
            model = gr.Dropdown([(card.name, card.key) for card in cards], value=cards[0].key if cards else None, label=word("detector"))
            score = gr.Slider(0, 1, DetectView.score, step=0.01, label=word("score"))
            iou = gr.Slider(0, 1, DetectView.iou, step=0.01, label=word("iou"))
        with gr.Row():
            start = gr.Button(word("batch_start"), variant="primary")
            stop = gr.Button(word("batch_stop"))
        said = gr.Markdown(elem_id="gb-detect-batch-said", sanitize_html=True)
        head = [word("batch_picture"), word("batch_count"), word("batch_what")]
        table = gr.Dataframe(headers=head, datatype=["str", "number", "str"], interactive=False, wrap=True)
        with gr.Row():
            coco = gr.DownloadButton(word("export_coco"), interactive=False)
            csv = gr.DownloadButton(word("export_csv"), interactive=False)
    handler = guard(batch.run, context.lang)
    running = start.click(
        handler, [files, folder, model, score, iou], [said, table, coco, csv], show_progress="hidden", api_visibility="private"
    )
    stop.click(None, None, None, cancels=[running], api_visibility="private")


class Batch:
    """The handler of the start button."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def run(
        self, files: list[str] | None, folder: list[str] | None, model: str, score: float, iou: float
    ) -> Iterator[tuple[Any, Any, Any, Any]]:
        """Yield sentence, table and files after every picture; one that cannot be read has its sentence in the table."""
        paths = [*(files or ()), *(folder or ())][:PICTURES]
        if not paths:
            raise PictureError("detect.batch_nothing")
        lang = self.context.lang
        many = Many(self.context.engine, model, DetectView(score=float(score), iou=float(iou)))
        rows: list[list[Any]] = []
        with tempfile.TemporaryDirectory(prefix="glassbox-") as place:
            for path in paths:
                try:
                    rows.append([*many.add(self.context.uploads.open(path, Path(path).name))])
                except UserError as error:
                    rows.append([Path(path).name, 0, error.say(lang)])
                kept = self.files(Path(place), many)
                yield say("detect.batch_done", lang, done=len(rows), of=len(paths)), rows, *kept

    def files(self, place: Path, many: Many) -> list[Any]:
        """Write what is done so far and return the two download buttons."""
        for name, content in (("glassbox-detect.json", many.coco()), ("glassbox-detect.csv", many.csv())):
            (place / name).write_text(content, "utf-8")
        return [gr.DownloadButton(value=str(place / name), interactive=True) for name in ("glassbox-detect.json", "glassbox-detect.csv")]
