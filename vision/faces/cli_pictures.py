"""Commands that ask about pictures, one after the other: classify, explain, detect."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vision.core.errors import PictureError
from vision.core.picture import Picture, read
from vision.faces.cli_files import Names, sources, write
from vision.faces.cli_report import Report

EXPLAIN = ("method", "target", "layer", "head", "fusion", "discard")
DETECT = ("score", "iou", "agnostic", "limit", "candidates")


def each(answer: Callable[..., dict[str, Any]], *options: str) -> Callable[[Any, argparse.Namespace, Report], None]:
    """Return a command that asks `answer` about every picture in turn; one that cannot be read is said and skipped."""

    def run(engine: Any, arguments: argparse.Namespace, report: Report) -> None:
        asked = {name: getattr(arguments, name) for name in options}
        found = sources(arguments.pictures)
        folder = getattr(arguments, "png", None)
        names = Names(folder, found) if folder else None
        for number, (name, source) in enumerate(found, 1):
            report.progress.step(number, len(found), name)
            try:
                if isinstance(source, PictureError):
                    raise source
                picture = read(source, name)
                report.add(name, answer(engine, picture, arguments.model, **asked))
            except PictureError as error:
                report.fail(name, error)
                continue
            if names:
                write(names.free(Path(picture.name).stem, ".png"), drawn(engine, picture, arguments))

    return run


def drawn(engine: Any, picture: Picture, arguments: argparse.Namespace) -> bytes:
    """Return a PNG of the map or the boxes on their picture."""
    return (drawn_map if arguments.command == "explain" else drawn_boxes)(engine, picture, arguments)


def drawn_map(engine: Any, picture: Picture, arguments: argparse.Namespace) -> bytes:
    """Return a PNG of the map on its picture, with its colour bar."""
    from vision.core import paint

    asked = {name: getattr(arguments, name) for name in EXPLAIN}
    return paint.png(picture.rgb, engine.explain(picture, arguments.model, **asked))


def drawn_boxes(engine: Any, picture: Picture, arguments: argparse.Namespace) -> bytes:
    """Return a PNG of the boxes on their picture."""
    from vision.core import paint_boxes
    from vision.core.results_detect import DetectView

    view = DetectView(arguments.score, arguments.iou, arguments.agnostic, limit=arguments.limit)
    found = engine.candidates(picture, arguments.model)
    return paint_boxes.png([paint_boxes.paint(picture.rgb, found, view)], [found.model], view)
