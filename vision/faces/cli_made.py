"""Commands that make something or list something: models, sample, walk, fuse."""

import argparse
from pathlib import Path
from typing import Any

from vision.core.errors import PictureError, UserError
from vision.core.picture import Picture, read
from vision.core.words import Sentence, say
from vision.faces import api
from vision.faces.cli_files import STREAM, Names, sources, write
from vision.faces.cli_report import Report
from vision.faces.film import FORMATS


def models(engine: Any, arguments: argparse.Namespace, report: Report) -> None:
    """List the catalogue."""
    for row in api.models(engine, arguments.task):
        report.add("", row)


def sample(engine: Any, arguments: argparse.Namespace, report: Report) -> None:
    """Make pictures of a seed, one PNG each."""
    names = Names(arguments.png, [])
    report.progress.busy(say("cli.painting"))
    wanted = (arguments.model, arguments.seed, arguments.count, arguments.label, arguments.truncation, arguments.sliders)
    numbers = iter(range(arguments.count))

    def put(content: bytes, suffix: str) -> str:
        return write(names.free(f"sample-{arguments.seed}-{next(numbers):02d}", suffix), content)

    report.add("", api.sample(engine, *wanted, put))


def walk(engine: Any, arguments: argparse.Namespace, report: Report) -> None:
    """Walk through latent space into one file, whose suffix tells its format where none is given."""
    kind = arguments.format or arguments.file.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise UserError("cli.no_format", file=arguments.file, formats=", ".join(FORMATS))
    report.progress.busy(say("cli.painting"))
    wanted = (arguments.model, arguments.seeds, arguments.label, arguments.frames, kind)
    report.add("", api.walk(engine, *wanted, lambda content, _: write(arguments.file, content)))


def fuse(engine: Any, arguments: argparse.Namespace, report: Report) -> None:
    """Mix two pictures into one PNG."""
    a, b = (one(name) for name in (arguments.a, arguments.b))
    wanted = (arguments.method, arguments.alpha, arguments.light, arguments.fit, arguments.options)
    report.progress.busy(say("cli.mixing"))
    report.add("", api.fuse(engine, a, b, *wanted, lambda content, _: write(arguments.png, content)))


def one(name: str) -> Picture:
    """Return the one picture of a name; a PictureError tells which name it is about."""
    try:
        source = sources([STREAM])[0][1] if name == STREAM else Path(name)
        return read(source, name)  # type: ignore[arg-type]
    except PictureError as error:
        raise UserError("cli.about_file", name=name, sentence=Sentence(error.key, **error.values)) from None
