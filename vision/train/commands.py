"""`python -m vision train ROOM` and `python -m vision evaluate KEY`: the options are the fields of the room's Config."""

import argparse
import json
import logging
import os
import sys
import types
import typing
from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields
from importlib import import_module
from pathlib import Path
from typing import Any

from vision.core.errors import UserError
from vision.core.words import say

ROOMS = ("classifier", "compare", "tail", "detector", "gan", "distil", "harvest", "publish")


def options(parser: argparse.ArgumentParser, config: type) -> None:
    """Add one option per field of a frozen Config."""
    hints = typing.get_type_hints(config)
    for field in fields(config):
        kind, flag = hints[field.name], "--" + field.name.replace("_", "-")
        if kind is bool:
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=field.default)
        elif typing.get_origin(kind) is tuple:
            parser.add_argument(flag, nargs="+", type=typing.get_args(kind)[0], default=field.default)
        else:
            needed = field.default is MISSING
            parser.add_argument(flag, type=kind, required=needed, default=None if needed else field.default)


def configured(arguments: argparse.Namespace, config: type) -> Any:
    """Return the Config that the options say."""
    given = {field.name: getattr(arguments, field.name) for field in fields(config)}
    return config(**{name: tuple(value) if isinstance(value, list) else value for name, value in given.items()})


def parser() -> argparse.ArgumentParser:
    """Return the command line of both commands."""
    root = argparse.ArgumentParser(prog="python -m vision")
    commands = root.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help=say("train.train"))
    train.add_argument("room", choices=ROOMS, help=say("train.room"))
    train.add_argument("rest", nargs=argparse.REMAINDER)
    check = commands.add_parser("evaluate", help=say("train.evaluate"))
    check.add_argument("key", help=say("train.key"))
    check.add_argument("--data", type=Path, required=True, help=say("train.data"))
    check.add_argument("--limit", type=int, default=0, help=say("train.limit"))
    check.add_argument("--out", type=Path, help=say("train.out"))
    check.add_argument("--write", action="store_true", help=say("train.write"))
    return root


def train(room: str, rest: Sequence[str]) -> int:
    """Run one room with its options."""
    module: types.ModuleType = import_module(f"vision.train.{room}")
    own = argparse.ArgumentParser(prog=f"python -m vision train {room}", description=module.__doc__,
                                  formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    options(own, module.Config)
    own.add_argument("--threads", type=int, default=0, help=say("train.threads"))
    arguments = own.parse_args(rest)
    if arguments.threads:
        import torch

        torch.set_num_threads(arguments.threads)
    run: Callable[[Any], None] = module.run
    run(configured(arguments, module.Config))
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run `train` or `evaluate`; return the exit code."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    arguments = parser().parse_args(argv)
    try:
        if arguments.command == "train":
            return train(arguments.room, arguments.rest)
        from vision.train.evaluate import evaluate
        from vision.train.ship import measured

        figures = evaluate(arguments.key, arguments.data, arguments.limit, arguments.out)
        if arguments.write:
            measured(arguments.key, {**figures, "pictures": arguments.limit} if arguments.limit else figures)
        print(json.dumps({"key": arguments.key, "figures": figures}))
        return 0
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
