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
    command = _command(commands, "explain", each(api.explain, "method", "target", "layer", "head", "fusion", "discard"))
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
