"""A classifier's answers held against the truth: accuracy, precision, recall, F1 and who is taken for whom."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from vision.core.figures import OTHER, ClassScore, Scores
from vision.core.truth import f1


def score(truth: ArrayLike, answers: ArrayLike, names: Sequence[str]) -> Scores:
    """Return the figures of some pictures' answers.

    truth    int64 [N]  index into `names`
    answers  int64 [N]  index into `names`, or OTHER
    A name without pictures counts in no mean; a share of nothing is 0, as scikit-learn's zero_division=0.

    >>> score([0, 0, 1], [0, 1, OTHER], ["cat", "dog"]).confusion
    ((1, 1, 0), (0, 0, 1))
    """
    table = confusion(truth, answers, len(names))
    right, pictures, answered = table.diagonal(), table.sum(1), table.sum(0)[:-1]
    rows = []
    for at, name in enumerate(names):
        precision, recall = share(right[at], answered[at]), share(right[at], pictures[at])
        rows.append(ClassScore(name, int(pictures[at]), int(answered[at]), int(right[at]), precision, recall, f1(precision, recall)))
    there = [row for row in rows if row.pictures]
    total = int(pictures.sum())
    return Scores(
        pictures=total,
        right=int(right.sum()),
        accuracy=share(right.sum(), total),
        precision=mean([row.precision for row in there]),
        recall=mean([row.recall for row in there]),
        f1=mean([row.f1 for row in there]),
        classes=tuple(rows),
        confusion=tuple(tuple(map(int, row)) for row in table),
    )


def confusion(truth: ArrayLike, answers: ArrayLike, count: int) -> np.ndarray:
    """Return int64 [count, count + 1]: how often each class was answered as each, the last column for OTHER.

    truth, answers  int64 [N]; a truth outside 0..count - 1 is an IndexError
    """
    rows, columns = np.asarray(truth, np.int64).reshape(-1), np.asarray(answers, np.int64).reshape(-1)
    if rows.size and not (rows.min() >= 0 and rows.max() < count and columns.min() >= OTHER and columns.max() < count):
        raise IndexError(count)
    table = np.zeros((count, count + 1), np.int64)
    np.add.at(table, (rows, columns), 1)  # OTHER is -1: the last column
    return table


def share(part: int | np.integer, whole: int | np.integer) -> float:
    """Return part / whole, 0 where the whole is nothing."""
    return float(part / whole) if whole else 0.0


def mean(values: Sequence[float]) -> float:
    """Return the mean, 0 of nothing."""
    return float(np.mean(values)) if values else 0.0
