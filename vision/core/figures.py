"""What measuring on labelled pictures returns: figures of a classifier, figures of a detector, and its kinds of error."""

from dataclasses import dataclass

OTHER = -1  # an answer that is none of the names that are measured

# Bolya et al. 2020 (TIDE), in the order in which a false detection is judged; "missed" is said of truths.
KINDS = ("localisation", "classification", "duplicate", "background", "both")
MISSED = "missed"


@dataclass(frozen=True)
class ClassScore:
    """One class: how many pictures are of it, how many were answered so, how many both; shares in 0..1, 0 of nothing."""

    name: str
    pictures: int
    answered: int
    right: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Scores:
    """Figures of a classifier; precision, recall and f1 are means over the classes (macro).

    confusion  [class][answer], counts; the last answer is any other name of the net
    """

    pictures: int
    right: int
    accuracy: float
    precision: float
    recall: float
    f1: float
    classes: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class ClassPrecision:
    """One class of a detector: its true boxes (crowds left out), average precision over IoU 0.5 to 0.95, and at 0.5."""

    name: str
    boxes: int
    ap: float
    ap50: float


@dataclass(frozen=True)
class Precision:
    """Mean average precision over the classes that have true boxes, as COCO counts it; classes without any are left out."""

    pictures: int
    boxes: int
    ap: float
    ap50: float
    classes: tuple[ClassPrecision, ...]


@dataclass(frozen=True)
class Faults:
    """What became of the shown boxes of one picture, or of many.

    kinds    one of KINDS for each shown box, "" for a right one, None for one on a crowd region
    missed   indices of true boxes that no box found, not even at a wrong place or under a wrong name
    partner  the true box that each shown box was judged by, -1 where there is none
    """

    kinds: tuple[str | None, ...]
    missed: tuple[int, ...]
    partner: tuple[int, ...]
