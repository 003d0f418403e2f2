"""What every endpoint answers, key by key: the contract of docs/api.md as types, shown on the page's API view and told to MCP clients."""

from typing import Any, TypedDict, TypeVar, get_type_hints

File = dict[str, Any]  # how a face names a file: over HTTP {path, url, meta}, over MCP {url}, on the command line its path
Row = TypeVar("Row")


class ModelAnswer(TypedDict):
    """One model of the catalogue, and what the cache knows of it."""

    key: str
    task: str
    name: str
    source: str
    licence: str
    paper: str
    params: int
    bytes: int
    local: bool
    resident: bool
    leases: int
    device: str
    hits: int
    loads: int
    evictions: int
    note: str


class PictureAnswer(TypedDict):
    """The picture that came in: upright size in pixels, sha256, notes of the decoder."""

    width: int
    height: int
    digest: str
    notes: list[str]


class Answer(TypedDict):
    """What every answer carries; `ms` is the computation alone, without queueing."""

    model: str
    revision: str
    device: str
    ms: float


class Guess(TypedDict):
    """A class with its softmax score over all classes of the model."""

    label: str
    index: int
    score: float


class ClassifyAnswer(Answer):
    """The best classes, sorted; `seen`: the part of the picture that the net saw, xyxy."""

    picture: PictureAnswer
    top: list[Guess]
    seen: list[float]


class ExplainAnswer(Answer):
    """A map: `grid` rows of 0..1 over `seen`, `range` the true numbers of 0 and 1, `words` what it says."""

    picture: PictureAnswer
    method: str
    target: Guess
    grid: list[list[float]]
    range: list[float]
    seen: list[float]
    words: list[str]


class BoxAnswer(TypedDict):
    """A box, pixels of the upright picture."""

    xyxy: list[float]
    label: str
    score: float


class CandidateAnswer(BoxAnswer):
    """A box before suppression; `by`: the index in `boxes` of the one that suppressed it, `iou` their overlap."""

    by: int | None
    iou: float | None


class CountsAnswer(TypedDict):
    """What became of the candidates."""

    candidates: int
    below: int
    suppressed: int
    kept: int


class _Boxes(Answer):
    picture: PictureAnswer
    boxes: list[BoxAnswer]
    counts: CountsAnswer


class DetectAnswer(_Boxes, total=False):
    """Boxes sorted by score; `candidates` only where they were asked for."""

    candidates: list[CandidateAnswer]


class MeasuresAnswer(TypedDict):
    """Figures of a fusion; the first two are null where a side is under 3 pixels."""

    ssim_a: float | None
    ssim_b: float | None
    mutual_information: float
    entropy: float


class FuseAnswer(Answer):
    """Two pictures made one."""

    picture: PictureAnswer
    file: File
    measures: MeasuresAnswer
    words: list[str]


class SampleAnswer(Answer):
    """Pictures made: of each the seed, the length of its latent, the critic's logit (none where there is no critic)."""

    pictures: list[File]
    seeds: list[str]
    label: str
    norms: list[float]
    critic: list[float]


class WalkAnswer(Answer):
    """A film or a strip."""

    file: File


def only(kind: type[Row], found: dict[str, Any]) -> Row:
    """Return what the contract names of an answer: results know more than programs were promised.

    >>> only(Guess, {"label": "cat", "index": 1, "score": 0.5, "secret": 1})
    {'label': 'cat', 'index': 1, 'score': 0.5}
    """
    return {key: found[key] for key in get_type_hints(kind) if key in found}  # type: ignore[return-value]
