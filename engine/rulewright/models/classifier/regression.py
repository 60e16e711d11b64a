"""Multinomial logistic regression with a quadratic penalty, by L-BFGS; numpy alone.

Minimises Σ w_i · −log p(y_i | x_i) + |W|²/2C over weights W and free intercepts. The function is convex, and the
start is zero: the same data give the same weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

HISTORY: Final = 8
ROUNDS: Final = 120
TOLERANCE: Final = 1e-4
"""Of the gradient's largest entry, by the weight of an example."""


class Linear(NamedTuple):
    """`weights`: features × labels; `intercepts`: labels."""

    weights: Any
    intercepts: Any

    def scores(self, features: Any) -> Any:
        return features @ self.weights + self.intercepts


def log_softmax(scores: Any) -> Any:
    """Rows of log-probabilities."""
    import numpy

    moved = scores - scores.max(axis=1, keepdims=True)
    return moved - numpy.log(numpy.exp(moved).sum(axis=1, keepdims=True))


def loss(scores: Any, labels: Any, weights: Any) -> float:
    """The weighted mean of −log p of what is right."""
    import numpy

    chosen = log_softmax(scores)[numpy.arange(len(labels)), labels]
    return float(-(weights * chosen).sum() / weights.sum())


def balanced(labels: Any, count: int) -> Any:
    """A weight per example so that every label weighs alike; their mean is 1."""
    import numpy

    sizes = numpy.bincount(labels, minlength=count).astype("f8")
    present = sizes > 0
    each = numpy.zeros(count)
    each[present] = len(labels) / (present.sum() * sizes[present])
    return each[labels]


def fit_linear(
    features: Any, labels: Any, count: int, strength: float, weights: Any, start: Linear | None = None
) -> Linear:
    """`features`: examples × features; `labels`: places of 0…count−1; `strength`: C."""
    import numpy

    rows, width = features.shape
    truth = numpy.zeros((rows, count), features.dtype)
    truth[numpy.arange(rows), labels] = 1
    each = weights[:, None].astype(features.dtype)

    def at(point: Any) -> tuple[float, Any]:
        parts = point.reshape(width + 1, count)
        logs = log_softmax(features @ parts[:width] + parts[width])
        value = float(-(each * truth * logs).sum() + (parts[:width] ** 2).sum() / (2 * strength))
        away = each * (numpy.exp(logs) - truth)
        slope = numpy.empty_like(parts)
        slope[:width] = features.T @ away + parts[:width] / strength
        slope[width] = away.sum(axis=0)
        return value, slope.ravel()

    first = numpy.zeros((width + 1) * count, features.dtype)
    if start is not None:
        first = numpy.vstack([start.weights, start.intercepts[None]]).ravel().astype(features.dtype)
    found = descend(at, first, TOLERANCE * rows / count).reshape(width + 1, count)
    return Linear(found[:width], found[width])


def descend(at: Callable[[Any], tuple[float, Any]], point: Any, enough: float) -> Any:
    """L-BFGS (Nocedal and Wright, Numerical Optimization, algorithm 7.4); steps are halved until Armijo's condition."""
    import numpy

    value, slope = at(point)
    steps: list[Any] = []
    turns: list[Any] = []
    for _ in range(ROUNDS):
        if numpy.abs(slope).max() <= enough:
            break
        way = direction(slope, steps, turns)
        fall = float(way @ slope)
        if fall >= 0:
            steps, turns, way, fall = [], [], -slope, -float(slope @ slope)
        length = 1.0 if steps else min(1.0, 1.0 / float(numpy.abs(slope).sum()))
        for _ in range(30):
            new, fresh = at(point + length * way)
            if new <= value + 1e-4 * length * fall:
                break
            length /= 2
        else:
            break
        step, turn = length * way, fresh - slope
        if float(step @ turn) > 1e-10:
            steps, turns = [*steps[1 - HISTORY :], step], [*turns[1 - HISTORY :], turn]
        point, value, slope = point + step, new, fresh
    return point


def direction(slope: Any, steps: list[Any], turns: list[Any]) -> Any:
    way = -slope
    kept = []
    for step, turn in zip(reversed(steps), reversed(turns), strict=True):
        share = float(step @ way) / float(step @ turn)
        way = way - share * turn
        kept.append(share)
    if steps:
        way = way * (float(steps[-1] @ turns[-1]) / float(turns[-1] @ turns[-1]))
    for step, turn, share in zip(steps, turns, reversed(kept), strict=True):
        way = way + step * (share - float(turn @ way) / float(step @ turn))
    return way
