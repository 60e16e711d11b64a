"""Learning from products between examples: with few examples and many features, that is the small side.

A linear model over features X has the form Xᵀα. So every fit works in the coordinates that the examples span, at most
as many as there are examples, and cross-validation, which fits dozens of times, pays for the features once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.models.classifier.regression import balanced, fit_linear, loss

if TYPE_CHECKING:
    from collections.abc import Sequence

STRENGTHS: Final = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
"""Values of C that are tried."""
FOLDS: Final = 5
LEAST_SHARE: Final = 1e-6
"""Coordinates with less than this share of the first one's variance are noise of the arithmetic."""
CHUNK: Final = 4_096
"""Columns that are spread out at a time."""
TEMPERATURES: Final = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0)


class Fitted(NamedTuple):
    """`alpha`: examples × labels; `intercepts`: labels; `held_out`: the scores that each example got from fits
    without it; `strength`: the C chosen; `loss`: the balanced mean of −log p over `held_out`."""

    alpha: Any
    intercepts: Any
    held_out: Any
    strength: float
    loss: float


def sparse_gram(rows: Sequence[tuple[list[int], list[float]]], width: int) -> Any:
    """Products between sparse rows (columns, values), as float64."""
    import numpy

    sizes = [len(columns) for columns, _ in rows]
    row = numpy.repeat(numpy.arange(len(rows)), sizes)
    column = numpy.fromiter((one for columns, _ in rows for one in columns), "i8", sum(sizes))
    value = numpy.fromiter((one for _, values in rows for one in values), "f4", sum(sizes))
    order = numpy.argsort(column, kind="stable")
    row, column, value = row[order], column[order], value[order]
    out = numpy.zeros((len(rows), len(rows)))
    for first in range(0, width, CHUNK):
        low, high = numpy.searchsorted(column, (first, first + CHUNK))
        part = numpy.zeros((len(rows), min(CHUNK, width - first)), "f4")
        part[row[low:high], column[low:high] - first] = value[low:high]
        out += part @ part.T
    return out


def dense_gram(rows: Any) -> Any:
    return (rows @ rows.T).astype("f8")


def folds_of(labels: Any, count: int = FOLDS) -> Any:
    """A fold's number per example, every label spread evenly; the same for the same labels."""
    import numpy

    out = numpy.zeros(len(labels), "i8")
    rng = numpy.random.default_rng(0)
    for label in numpy.unique(labels):
        places = rng.permutation(numpy.flatnonzero(labels == label))
        out[places] = (numpy.arange(len(places)) + label) % count
    return out


def learn(gram: Any, labels: Any, count: int, folds: Any, strengths: Sequence[float] = STRENGTHS) -> Fitted:
    """Choose C among `strengths` by cross-validation, and fit all examples with it."""
    import numpy

    values, vectors = numpy.linalg.eigh(gram)
    kept = values > LEAST_SHARE * max(values[-1], 1e-12)
    roots = numpy.sqrt(values[kept])
    points = (vectors[:, kept] * roots).astype("f4")
    weights = balanced(labels, count)
    best = None
    for strength in strengths:
        scores = numpy.zeros((len(labels), count))
        for fold in numpy.unique(folds):
            seen = folds != fold
            model = fit_linear(points[seen], labels[seen], count, strength, weights[seen])
            scores[~seen] = model.scores(points[~seen])
        found = loss(scores, labels, weights)
        if best is None or found < best[0]:
            best = (found, strength, scores)
        elif found > 1.05 * best[0]:
            break
    assert best is not None
    whole = fit_linear(points, labels, count, best[1], weights)
    alpha = (vectors[:, kept] / roots) @ whole.weights.astype("f8")
    return Fitted(alpha, whole.intercepts.astype("f8"), best[2], best[1], best[0])


def temperature(scores: Any, labels: Any) -> float:
    """What to multiply held-out scores by so that their probabilities are calibrated."""
    import numpy

    even = numpy.ones(len(labels))
    return min(TEMPERATURES, key=lambda factor: loss(scores * factor, labels, even))
