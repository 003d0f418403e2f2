"""What the command line tells: answers on stdout as text, JSON lines or CSV; failures and progress on stderr."""

import argparse
import csv
import json
import sys
import time
from pathlib import Path
from typing import Any

from vision.core.errors import UserError
from vision.core.words import said, say
from vision.faces.cli_files import STREAM
from vision.models.catalog import Catalog
from vision.models.line import Listener

PAUSES_S = (10.0, 0.2)  # between two lines about one download: kept, and passing


class Progress:
    """How far a command has come: on a terminal one line that comes and goes, elsewhere a line per picture where there are several."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.passing = sys.stderr.isatty()
        self._told_s = 0.0

    def step(self, number: int, total: int, name: str) -> None:
        """Say which picture is next."""
        if self.passing or total > 1:
            self._tell(say("cli.step", number=number, total=total, name=shown(name)))

    def busy(self, what: str) -> None:
        """Say what is being made, where somebody watches."""
        if self.passing:
            self._tell(what)

    def listener(self) -> Listener:
        """Return who is told of downloads."""
        return Listener(progress=self._download)

    def _download(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._told_s > PAUSES_S[self.passing] or done == total:
            self._told_s = now
            self._tell(say("cli.download", done=f"{done / 1e6:.0f}", total=f"{total / 1e6:.0f}"))

    def _tell(self, sentence: str) -> None:
        if not self.quiet:
            print(f"\r\x1b[K{sentence}" if self.passing else sentence, end="" if self.passing else "\n", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take the passing line away, so that something else can be written there."""
        if self.passing and not self.quiet:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


class Report:
    """The answers of one command, used as a context; afterwards `code` is the exit code."""

    def __init__(self, arguments: argparse.Namespace, progress: Progress, catalog: Catalog) -> None:
        self.catalog = catalog
        self.command: str = arguments.command
        self.as_json: bool = arguments.json
        self.progress = progress
        self.done = self.failed = 0
        streamed = STREAM in (arguments.csv, str(getattr(arguments, "png", "")), str(getattr(arguments, "file", "")))
        self.out = sys.stderr if streamed else sys.stdout  # where stdout is a file, nothing else may be written there
        self.table = _opened(arguments.csv) if arguments.csv else None
        self.rows: csv.DictWriter | None = None

    def __enter__(self) -> "Report":
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.clear()
        if self.table and self.table is not sys.stdout:
            self.table.close()

    @property
    def code(self) -> int:
        """0 where everything was done, else 1."""
        return 0 if self.done and not self.failed else 1

    def add(self, name: str, found: dict[str, Any]) -> None:
        """Tell one answer; `name`: of the picture it is about, empty where it is about none."""
        self.done += 1
        self.progress.clear()
        if self.as_json:
            print(json.dumps({**({"file": name} if name else {}), **found}, ensure_ascii=False), file=self.out, flush=True)
        elif self.out is sys.stdout:
            told = lines(self.command, found, self._called(found))
            print("\n".join([shown(name), *(f"  {line}" for line in told)] if name else told), flush=True)
        if self.table:
            self._tabulate([{**({"file": name} if name else {}), **row} for row in table(self.command, found)])

    def _called(self, found: dict[str, Any]) -> dict[str, str]:
        card = next((card for card in self.catalog.cards if card.key == found.get("model")), None)
        return {str(label): said(label) for label in card.labels} if card else {}

    def _tabulate(self, rows: list[dict[str, Any]]) -> None:
        if rows and self.rows is None:
            self.rows = csv.DictWriter(self.table, list(rows[0]), lineterminator="\n")  # type: ignore[type-var,arg-type]
            self.rows.writeheader()
        if rows and self.rows:
            self.rows.writerows(rows)

    def fail(self, name: str, error: UserError) -> None:
        """Say what is wrong with one file; the rest goes on."""
        self.failed += 1
        self.progress.clear()
        print(f"{shown(name)}: {error.say()}", file=sys.stderr, flush=True)


def _opened(name: str) -> Any:
    if name == STREAM:
        return sys.stdout
    try:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        return Path(name).open("w", newline="", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise UserError("cli.cannot_write", path=name, reason=error.strerror or type(error).__name__) from None


def shown(name: str) -> str:
    """Return a file's name as a terminal may show it: nothing in it moves the cursor or turns the writing.

    >>> shown("cat\\x1b[2J.jpg")
    'cat?[2J.jpg'
    """
    return "".join(sign if sign.isprintable() else "?" for sign in name)


def table(command: str, found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return an answer as rows: a class, a box, a place of the map, a made picture, a model, or the figures of a fusion."""
    if command == "classify":
        return [{key: guess[key] for key in ("label", "index", "score")} for guess in found["top"]]
    if command == "detect":
        return [
            {"label": box["label"], "score": box["score"], **dict(zip(("x0", "y0", "x1", "y1"), box["xyxy"], strict=True))}
            for box in found["boxes"]
        ]
    if command == "explain":
        return [{"row": at, "column": across, "value": value} for at, row in enumerate(found["grid"]) for across, value in enumerate(row)]
    if command == "sample":
        critic = found["critic"] or [None] * len(found["seeds"])
        columns = zip(found["pictures"], found["seeds"], found["norms"], critic, strict=True)
        return [{"file": name, "seed": seed, "norm": norm, "critic": score} for name, seed, norm, score in columns]
    return [{"file": found["file"], **found["measures"]}] if command == "fuse" else [found]


def lines(command: str, found: dict[str, Any], called: dict[str, str]) -> list[str]:
    """Return an answer as text for a person; `called`: labels in the language that is spoken."""

    def name(guess: dict[str, Any]) -> str:
        return called.get(guess["label"], guess["label"])

    if command == "classify":
        return [f"{guess['score']:7.1%}  {name(guess)}" for guess in found["top"]]
    if command == "detect":
        drawn = [f"{box['score']:7.1%}  {name(box)}  {[round(side) for side in box['xyxy']]}" for box in found["boxes"]]
        return drawn or [say("cli.no_box")]
    if command == "explain":
        return [f"{found['method']}: {name(found['target'])}", *found["words"]]
    if command == "models":
        remote = say("cli.remote", megabytes=f"{found['bytes'] / 1e6:.0f}") if found["bytes"] else say("cli.remote_unknown")
        place = say("cli.local") if found["local"] else remote
        return [f"{found['key']:44} {found['task']:9} {found['params'] / 1e6:6.1f} M  {place}"]
    return [*found.get("pictures", []), *([found["file"]] if "file" in found else []), *found.get("words", [])]
