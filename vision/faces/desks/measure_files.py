"""What a visitor of the Measure tab takes home: all figures as JSON, every picture as a row of CSV."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from vision.core.coco import inert
from vision.core.figures import KINDS, MISSED, OTHER
from vision.core.wire import encode
from vision.faces.measuring import NMS_IOU, Survey, Trial


def make(run: Trial | Survey, kind: str, score: float) -> bytes:
    """Return the file: "json", or "csv" with text that a spreadsheet would run made inert; `score`: above which a box is shown."""
    rows = trial_rows(run) if isinstance(run, Trial) else survey_rows(run, score)
    if kind == "csv":
        out = io.StringIO()
        writer = csv.DictWriter(out, list(rows[0]) if rows else ["picture"], lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: inert(value) if isinstance(value, str) else value for key, value in row.items()} for row in rows)
        return out.getvalue().encode()
    return json.dumps({**about(run, score), "pictures": rows}, indent=1, ensure_ascii=False).encode()


def about(run: Trial | Survey, score: float) -> dict[str, Any]:
    """Return the nets, their figures and what was left out."""
    left_out = [word for word, _ in run.names.strange]
    if isinstance(run, Survey):
        settings = {"score_above": score, "nms_iou": NMS_IOU}
        return {**net(run.card), "settings": settings, "left_out": left_out, "precision": encode(run.precision())}
    nets = [{**net(card), **encode(figures)} for card, figures in zip(run.cards, run.scores(), strict=True)]
    return {"names": run.names.known, "left_out": left_out, "nets": nets}


def net(card: Any) -> dict[str, str]:
    """Return which net it was."""
    return {"model": card.key, "revision": card.revision}


def trial_rows(run: Trial) -> list[dict[str, Any]]:
    """Return a row per picture with each net's answer, its score, and the name it counts as, "" for none of them."""
    found = []
    for row in list(run.rows):
        line: dict[str, Any] = {"picture": row.picture, "truth": run.names.known[row.truth]}
        for card, guess, at in zip(run.cards, row.guesses, row.answers, strict=True):
            named = "" if at == OTHER else run.names.known[at]
            line |= {f"{card.family}_answer": str(guess.label), f"{card.family}_score": round(guess.score, 5), f"{card.family}_as": named}
        found.append(line)
    return found


def survey_rows(run: Survey, score: float) -> list[dict[str, Any]]:
    """Return a row per picture with its true boxes, the right ones, and how many mistakes of each kind."""
    order = ("right", *KINDS, MISSED)
    rows = [(row, row.counts(score)) for row in list(run.rows)]
    return [
        {"picture": row.picture, "boxes": int((~row.marked.crowd).sum()), **{key: counts[key] for key in order}} for row, counts in rows
    ]
