"""The command line: files in; text, JSON lines, CSV or PNG out.

Exit codes: 0 all done; 1 something a person can mend went wrong (said on stderr, the other pictures are done); 2 wrong usage.
"""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vision.core.blend import LIGHTS
from vision.core.errors import UserError
from vision.core.place import FITS
from vision.core.recipe import METHODS
from vision.core.words import LANGUAGES, prefer, say, speaking
from vision.faces import api, cli_made, cli_pictures
from vision.faces.cli_report import Progress, Report
from vision.faces.film import FORMATS
from vision.models.line import listening

LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")  # as POSIX orders them: the first that is set
ELSEWHERE = ("train", "evaluate")  # commands with a parser of their own


def parser() -> argparse.ArgumentParser:
    """Return the whole command line, one subcommand per endpoint of the API plus train, evaluate and app."""
    root = argparse.ArgumentParser(prog="python -m vision", description=say("cli.about"), epilog=say("cli.examples"),
                                   formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    _language(root)
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (_models, _classify, _explain, _detect, _sample, _walk, _fuse, _app):
        add(commands)
    for name in ELSEWHERE:
        commands.add_parser(name, help=say(f"cli.{name}"), add_help=False)
    return root


def _language(root: argparse.ArgumentParser) -> None:
    root.add_argument("--lang", choices=LANGUAGES, help=say("cli.lang"))


def _command(commands: Any, name: str, run: Callable[..., None], model: bool = True, table: bool = True) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=say(f"cli.{name}"), description=say(f"cli.{name}"), epilog=say(f"cli.{name}_examples"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    command.set_defaults(run=run, csv=None)
    if model:
        command.add_argument("--model", default="", metavar="KEY", help=say("cli.model"))
    command.add_argument("--json", action="store_true", help=say("cli.json"))
    if table:
        command.add_argument("--csv", metavar="FILE", help=say("cli.csv"))
    command.add_argument("--quiet", action="store_true", help=say("cli.quiet"))
    return command


def _option(command: argparse.ArgumentParser, name: str, **settings: Any) -> None:
    command.add_argument(f"--{name}", help=say(f"cli.{name}"), **settings)


def _pictures(command: argparse.ArgumentParser) -> None:
    command.add_argument("pictures", nargs="+", metavar="PICTURE", help=say("cli.pictures"))


def _models(commands: Any) -> None:
    command = _command(commands, "models", cli_made.models, model=False)
    command.add_argument("task", nargs="?", default="", choices=["", *api.TASKS], metavar="TASK", help=say("cli.task"))


def _classify(commands: Any) -> None:
    command = _command(commands, "classify", cli_pictures.each(api.classify, "top"))
    _pictures(command)
    _option(command, "top", type=int, default=5, metavar="N")


def _explain(commands: Any) -> None:
    command = _command(commands, "explain", cli_pictures.each(api.explain, *cli_pictures.EXPLAIN))
    _pictures(command)
    _option(command, "method", default="")
    _option(command, "target", default="", metavar="CLASS")
    _option(command, "layer", type=int, default=-1, metavar="N")
    _option(command, "head", type=int, default=-1, metavar="N")
    _option(command, "fusion", default="mean", choices=api.FUSIONS)
    _option(command, "discard", type=float, default=0.0, metavar="SHARE")
    _option(command, "png", metavar="FOLDER", type=Path)


def _detect(commands: Any) -> None:
    command = _command(commands, "detect", cli_pictures.each(api.detect, *cli_pictures.DETECT))
    _pictures(command)
    _option(command, "score", type=float, default=0.5, metavar="SHARE")
    _option(command, "iou", type=float, default=0.5, metavar="SHARE")
    _option(command, "agnostic", action="store_true")
    _option(command, "limit", type=int, default=100, metavar="N")
    _option(command, "candidates", action="store_true")
    _option(command, "png", metavar="FOLDER", type=Path)


def _sample(commands: Any) -> None:
    command = _command(commands, "sample", cli_made.sample)
    _option(command, "seed", type=int, default=0, metavar="N")
    _option(command, "count", type=int, default=16, metavar="N")
    _option(command, "label", default="", metavar="CLASS")
    _option(command, "truncation", type=float, default=1.0, metavar="SHARE")
    _option(command, "sliders", default="", metavar="JSON")
    command.add_argument("--png", metavar="FOLDER", type=Path, required=True, help=say("cli.png_samples"))


def _walk(commands: Any) -> None:
    command = _command(commands, "walk", cli_made.walk, table=False)
    command.add_argument("file", metavar="FILE", type=Path, help=say("cli.walk_file"))
    _option(command, "seeds", default="0,1,2")
    command.add_argument("--label", default="", metavar="CLASS", help=say("cli.label"))
    _option(command, "frames", type=int, default=48, metavar="N")
    _option(command, "format", default="", choices=FORMATS)


def _fuse(commands: Any) -> None:
    command = _command(commands, "fuse", cli_made.fuse, model=False)
    command.add_argument("a", metavar="A", help=say("cli.fuse_a"))
    command.add_argument("b", metavar="B", help=say("cli.fuse_b"))
    command.add_argument("--method", default="alpha", choices=METHODS, metavar="METHOD",
                         help=say("cli.fuse_method", methods=", ".join(METHODS)))  # fmt: skip
    _option(command, "alpha", type=float, default=0.5, metavar="SHARE")
    _option(command, "light", default="srgb", choices=LIGHTS)
    _option(command, "fit", default="fit", choices=FITS)
    _option(command, "options", default="", metavar="JSON")
    command.add_argument("--png", metavar="FILE", type=Path, required=True, help=say("cli.png_file"))


def _app(commands: Any) -> None:
    command = commands.add_parser("app", help=say("cli.app"), description=say("cli.app_about"), epilog=say("cli.app_examples"),
                                  formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    _option(command, "mcp", action="store_true")
    _option(command, "engine", choices=("here", "ray"), default="here")


def app(arguments: argparse.Namespace) -> int:
    """Open the page and stay until it is stopped."""
    from vision.faces.web.page import serve

    serve(arguments.mcp, replicas=arguments.engine == "ray")
    return 0


def answer(arguments: argparse.Namespace) -> int:
    """Run one command of the engine and return its exit code; all that was printed has left the process."""
    from vision.engine import Engine

    progress = Progress(arguments.quiet)
    try:
        engine = Engine()
        with listening(progress.listener()), Report(arguments, progress, engine.catalog) as report:
            arguments.run(engine, arguments, report)
        sys.stdout.flush()
        return report.code
    except BrokenPipeError:  # the reader of the pipe has had enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def main(argv: list[str] | None = None) -> int:
    """Run one command in the language of --lang, else of the environment, and return its exit code."""
    first = argparse.ArgumentParser(prog="python -m vision", add_help=False, allow_abbrev=False)
    _language(first)  # known before the texts of the other arguments are said
    asked, given = first.parse_known_args(argv)
    with speaking(prefer(asked.lang or next(filter(None, map(os.environ.get, LOCALE)), ""))):
        return run(given)


def run(given: list[str]) -> int:
    """Run one command in the language that is spoken, and return its exit code."""
    for stream in (sys.stdout, sys.stderr):  # a name or a label that the terminal's encoding lacks is no reason to stop
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        if given[:1] and given[0] in ELSEWHERE:
            from vision.train.commands import main as training

            return training(given)
        if not given:
            parser().print_help(sys.stderr)
            return 2
        arguments = parser().parse_args(given)
        return app(arguments) if arguments.command == "app" else answer(arguments)
    except UserError as error:
        print(error.say(), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
