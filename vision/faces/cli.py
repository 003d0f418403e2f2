"""The command line: files in; text, JSON lines, CSV or PNG out.

Exit codes: 0 all done; 1 something a person can mend went wrong (said on stderr, the other pictures are done); 2 wrong usage.
"""

import argparse
import csv
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from vision.core.errors import PictureError, UserError
from vision.core.picture import Picture, read
from vision.core.words import say
from vision.faces import api

EXPLAIN = ("method", "target", "layer", "head", "fusion", "discard")
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".heif", ".gif", ".bmp", ".tif", ".tiff"}


def parser() -> argparse.ArgumentParser:
    """Return the whole command line, one subcommand per endpoint of the API plus train, evaluate and app."""
    root = argparse.ArgumentParser(prog="python -m vision", description=say("cli.about"), epilog=say("cli.examples"),
                                   formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _models(commands)
    _classify(commands)
    _explain(commands)
    _detect(commands)
    _fuse(commands)
    for name in ("train", "evaluate", "app"):
        commands.add_parser(name, help=say(f"cli.{name}"), add_help=False)
    return root


def _command(commands: Any, name: str, run: Callable[..., int], pictures: bool = True) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=say(f"cli.{name}"), description=say(f"cli.{name}"))
    command.set_defaults(run=run)
    command.add_argument("--json", action="store_true", help=say("cli.json"))
    command.add_argument("--csv", metavar="FILE", help=say("cli.csv"))
    if pictures:
        command.add_argument("pictures", nargs="+", metavar="PICTURE", help=say("cli.pictures"))
        command.add_argument("--model", default="", metavar="KEY", help=say("cli.model"))
    return command


def _models(commands: Any) -> None:
    command = _command(commands, "models", models, pictures=False)
    command.add_argument("task", nargs="?", default="", choices=["", "classify", "detect", "generate"])


def _classify(commands: Any) -> None:
    _command(commands, "classify", each(api.classify, "top")).add_argument("--top", type=int, default=5)


def _explain(commands: Any) -> None:
    command = _command(commands, "explain", each(api.explain, *EXPLAIN))
    command.add_argument("--method", default="")
    command.add_argument("--target", default="", help=say("cli.target"))
    command.add_argument("--layer", type=int, default=-1)
    command.add_argument("--head", type=int, default=-1)
    command.add_argument("--fusion", default="mean", choices=["mean", "max", "min"])
    command.add_argument("--discard", type=float, default=0.0)
    command.add_argument("--png", metavar="FOLDER", type=Path, help=say("cli.png"))


def _detect(commands: Any) -> None:
    command = _command(commands, "detect", each(api.detect, "score", "iou", "agnostic", "limit", "candidates"))
    command.add_argument("--score", type=float, default=0.5)
    command.add_argument("--iou", type=float, default=0.5)
    command.add_argument("--agnostic", action="store_true")
    command.add_argument("--limit", type=int, default=100)
    command.add_argument("--candidates", action="store_true")
    command.add_argument("--png", metavar="FOLDER", type=Path, help=say("cli.png"))


def _fuse(commands: Any) -> None:
    command = _command(commands, "fuse", fuse, pictures=False)
    command.add_argument("a", help=say("cli.fuse_a"))
    command.add_argument("b", help=say("cli.fuse_b"))
    command.add_argument("--method", default="alpha")
    command.add_argument("--alpha", type=float, default=0.5, help=say("cli.alpha"))
    command.add_argument("--light", default="srgb", choices=["srgb", "linear"])
    command.add_argument("--fit", default="fit", choices=["fit", "fill", "stretch"])
    command.add_argument("--options", default="", metavar="JSON")
    command.add_argument("--png", metavar="FILE", type=Path, required=True, help=say("cli.png_file"))


def files(names: list[str]) -> Iterator[tuple[str, bytes | Path]]:
    """Yield (name, content or path) of files, folders (their pictures, sorted) and `-` (standard input); globs are the shell's."""
    for name in names:
        path = Path(name)
        if name == "-":
            yield "stdin", sys.stdin.buffer.read()
        elif path.is_dir():
            yield from ((str(one), one) for one in sorted(path.rglob("*")) if one.suffix.lower() in SUFFIXES)
        elif any(sign in name for sign in "*?[") and not path.exists():  # a glob that the shell left alone, as on Windows
            yield from ((str(one), one) for one in sorted(Path().glob(name)))
        else:
            yield name, path


def each(answer: Callable[..., dict[str, Any]], *options: str) -> Callable[..., int]:
    """Return a command that asks `answer` about every picture in turn; one that cannot be read is said and skipped."""

    def run(engine: Any, arguments: argparse.Namespace) -> int:
        asked = {name: getattr(arguments, name) for name in options}
        report = Report(arguments)
        for name, source in files(arguments.pictures):
            try:
                picture = read(source, name)
                found = answer(engine, picture, arguments.model, **asked)
                report.add(name, found)
                if getattr(arguments, "png", None):
                    paint(engine, picture, arguments)
            except PictureError as error:
                report.fail(name, error)
        return report.close()

    return run


def paint(engine: Any, picture: Picture, arguments: argparse.Namespace) -> None:
    """Draw the map or the boxes on the picture and write it into the folder of `--png`."""
    drawn = (drawn_map if arguments.command == "explain" else drawn_boxes)(engine, picture, arguments)
    arguments.png.mkdir(parents=True, exist_ok=True)
    (arguments.png / f"{Path(picture.name).stem}.png").write_bytes(drawn)


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


class Report:
    """What the command prints: JSON lines, CSV rows or text on stdout, failures on stderr; `close` returns the exit code."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.as_json: bool = arguments.json
        self.table = open(arguments.csv, "w", newline="", encoding="utf-8") if arguments.csv else None  # noqa: SIM115, PTH123  closed by close()
        self.rows = csv.writer(self.table) if self.table else None
        self.done = self.failed = 0

    def add(self, name: str, found: dict[str, Any]) -> None:
        """Print one answer."""
        self.done += 1
        if self.as_json:
            print(json.dumps({"file": name, **found}, ensure_ascii=False), flush=True)
        else:
            print(name)
            for line in lines(found):
                print(f"  {line}", flush=True)
        if self.rows is not None:
            self.rows.writerows([name, *row] for row in table(found))

    def fail(self, name: str, error: UserError) -> None:
        """Say what is wrong with one file and go on."""
        self.failed += 1
        print(f"{name}: {error}", file=sys.stderr, flush=True)

    def close(self) -> int:
        """Return 0 where every file was done, else 1; no file at all is a mistake too."""
        if self.table:
            self.table.close()
        if not self.done and not self.failed:
            print(say("cli.nothing"), file=sys.stderr)
        return 0 if self.done and not self.failed else 1


def table(found: dict[str, Any]) -> list[list[Any]]:
    """Return the CSV rows of an answer: a class with its score, a box, or the map row by row."""
    if "top" in found:
        return [[guess["label"], guess["index"], guess["score"]] for guess in found["top"]]
    if "boxes" in found:
        return [[box["label"], box["score"], *box["xyxy"]] for box in found["boxes"]]
    return [list(row) for row in found["grid"]]


def lines(found: dict[str, Any]) -> list[str]:
    """Return an answer as text for a person."""
    if "words" in found:
        return [f"{found['method']}: {found['target']['label']}", *found["words"]]
    if "top" in found:
        return [f"{guess['score']:7.1%}  {guess['label']}" for guess in found["top"]]
    return [f"{box['score']:7.1%}  {box['label']}  {[round(side) for side in box['xyxy']]}" for box in found["boxes"]]


def models(engine: Any, arguments: argparse.Namespace) -> int:
    """Print the catalogue."""
    for row in api.models(engine, arguments.task):
        place = say("cli.local") if row["local"] else say("cli.remote", megabytes=f"{row['bytes'] / 1e6:.0f}")
        print(
            json.dumps(row, ensure_ascii=False)
            if arguments.json
            else f"{row['key']:44} {row['task']:9} {row['params'] / 1e6:6.1f} M  {place}"
        )
    return 0


def fuse(engine: Any, arguments: argparse.Namespace) -> int:
    """Mix two pictures into one PNG."""
    a, b = (read(sys.stdin.buffer.read() if name == "-" else Path(name), name) for name in (arguments.a, arguments.b))

    def put(content: bytes, suffix: str) -> str:
        arguments.png.write_bytes(content)
        return str(arguments.png)

    found = api.fuse(engine, a, b, arguments.method, arguments.alpha, arguments.light, arguments.fit, arguments.options, put)
    print(json.dumps(found, ensure_ascii=False) if arguments.json else "\n".join([found["file"], *found["words"]]))
    return 0


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = sys.argv[1:] if argv is None else argv
    if given[:1] == ["app"]:
        from vision.faces.web.page import serve

        serve()
        return 0
    if given[:1] in (["train"], ["evaluate"]):
        from vision.train.commands import main as training

        return training(given)
    arguments = parser().parse_args(given)
    from vision.engine import Engine

    try:
        return arguments.run(Engine(), arguments)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of the pipe has had enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
