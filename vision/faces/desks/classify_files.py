"""What a visitor of the Classify tab takes home: a map on the photo at its original size, and the numbers behind both columns."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from vision.core import heat, paint, rollout
from vision.core.errors import UserError
from vision.core.paint_maps import MapLook, common
from vision.core.picture import Picture
from vision.core.results import Explanation
from vision.core.wire import encode
from vision.engine import Engine
from vision.faces.arguments import flag, number, text, whole

METHODS = ("gradcam", "attention", "rollout", "relevance")
TOP = 5
MOST = 10_000  # places, layers, heads: more than any net has
CSV_COLUMNS = ("part", "family", "model", "method", "class", "against", "row", "column", "value")


@dataclass(frozen=True)
class File:
    """Content of a file with its suffix, and the name it is saved under."""

    content: bytes
    suffix: str
    name: str


def choice(given: object) -> dict[str, Any]:
    """Return the checked choice of a map that a widget sent, as arguments of `Engine.explain`."""
    asked = given if isinstance(given, dict) else {}
    return {
        "method": text("method", asked.get("method", ""), METHODS),
        "target": text("target", asked.get("target", "")),
        "against": text("against", asked.get("against", "")),
        "layer": whole("layer", asked.get("layer", -1), -1, MOST),
        "head": whole("head", asked.get("head", -1), -1, MOST),
        "fusion": text("fusion", asked.get("fusion", "mean"), rollout.FUSIONS) or "mean",
        "discard": number("discard", asked.get("discard", 0.0), 0.0, 0.99),
        "query": whole("query", asked.get("query", -1), -1, MOST),
    }


def look(given: object) -> MapLook:
    """Return the checked look of the maps that a widget sent."""
    asked, default = given if isinstance(given, dict) else {}, MapLook()
    return MapLook(
        opacity=number("opacity", asked.get("opacity", default.opacity), 0.0, 1.0),
        colours=text("colours", asked.get("colours", default.colours), tuple(heat.tables())) or default.colours,
        shared=flag("shared", asked.get("shared", default.shared)),
    )


def make(engine: Engine, picture: Picture, kind: str, family: str, shown: dict[str, str], asked: dict[str, Any]) -> File:
    """Return one file of what the tab shows.

    kind, family  "png" of one family's map; "csv" or "json" of both, whatever family is named
    shown         key of the model that each family shows; asked: {look, view: {family: choice}} as the widget sent it
    """
    given = asked.get("view")
    views: dict[str, Any] = given if isinstance(given, dict) else {}
    if kind == "png":
        return _picture(engine, picture, family, shown, views, look(asked.get("look")))
    numbers = {one: _numbers(engine, picture, model, views.get(one)) for one, model in shown.items()}
    if kind == "json":
        whole_answer = {"picture": encode(picture.facts), **numbers}
        return File(json.dumps(whole_answer, indent=1, ensure_ascii=False).encode(), ".json", "glassbox-classify.json")
    return File(_table(numbers).encode(), ".csv", "glassbox-classify.csv")


def _picture(engine: Engine, picture: Picture, family: str, shown: dict[str, str], views: dict[str, Any], how: MapLook) -> File:
    if family not in shown:
        raise UserError("classify.no_map_yet")
    wanted = {one: model for one, model in shown.items() if one == family or (how.shared and engine.catalog[model].methods)}
    maps = {one: engine.explain(picture, model, **choice(views.get(one))) for one, model in wanted.items()}
    alive = [paint.values(one) for one in maps.values() if one.range[1] > 0]
    top = common(*alive) if how.shared and len(alive) > 1 else 0.0
    view = paint.HeatView(how.colours, int(how.opacity * 255 + 0.5), top)
    return File(paint.png(picture.rgb, maps[family], view), ".png", f"glassbox-{family}.png")


def _numbers(engine: Engine, picture: Picture, model: str, given: object) -> dict[str, Any]:
    """Return the answers and the map of one net: JSON as of /classify and /explain, and the map in its own units."""
    answer = {"classify": encode(engine.classify(picture, model, top=TOP))}
    if engine.catalog[model].methods:
        found: Explanation = engine.explain(picture, model, **choice(given))
        answer["explain"] = {**encode(found), "view": choice(given), "values": paint.values(found).values.tolist()}
    return answer


def _table(numbers: dict[str, dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_COLUMNS)
    for family, answer in numbers.items():
        for rank, guess in enumerate(answer["classify"]["top"], start=1):
            writer.writerow(("answer", family, answer["classify"]["model"], "softmax", guess["label"], "", rank, "", repr(guess["score"])))
        found = answer.get("explain")
        if found:
            head = ("map", family, found["model"], found["method"], found["target"]["label"], (found["against"] or {}).get("label", ""))
            for (row, column), value in np.ndenumerate(np.array(found["values"])):
                writer.writerow((*head, row, column, repr(float(value))))
    return out.getvalue()
