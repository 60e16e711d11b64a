"""Classification without generation: the probability of each label, by a walk over the trie of their tokens.

At each branch a softmax over the allowed child tokens only; P(label) is the product along its path. So the labels'
probabilities sum to 1, no label is worse off for being long, and it equals sampling under a grammar that allows the
labels alone, in its limit. A path without a branch costs nothing.
"""

from __future__ import annotations

from math import exp, isfinite
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Branch", "branches", "probabilities"]


class Branch(NamedTuple):
    """A place where paths part. `path`: tokens from the root; `base`: how many of them lead to the branch above.

    `children`: the tokens that may follow. `below`: for each child the branch that it leads to, or the index of the
    label that it decides.
    """

    path: tuple[int, ...]
    base: int
    children: tuple[int, ...]
    below: tuple[Branch | int, ...]


def branches(paths: Sequence[Sequence[int]]) -> Branch | int:
    """The trie of at least one label's tokens. Raises ValueError when one path is the beginning of another.

    End each label with a mark that stands in none (the quote), and none is.
    """
    if not paths:
        raise ValueError("no labels")
    return _branch([(tuple(path), index) for index, path in enumerate(paths)], (), 0)


def _branch(paths: list[tuple[tuple[int, ...], int]], path: tuple[int, ...], base: int) -> Branch | int:
    if len(paths) == 1:
        return paths[0][1]
    at = len(path)
    children: dict[int, list[tuple[tuple[int, ...], int]]] = {}
    for one in paths:
        if len(one[0]) == at:
            raise ValueError("one label's tokens begin another's")
        children.setdefault(one[0][at], []).append(one)
    if len(children) == 1:
        return _branch(paths, (*path, next(iter(children))), base)
    tokens = tuple(sorted(children))
    return Branch(path, base, tokens, tuple(_branch(children[t], (*path, t), at) for t in tokens))


def probabilities(
    trie: Branch | int, count: int, logits: Callable[[int, Sequence[int], Sequence[int]], Sequence[float]]
) -> list[float]:
    """The probability of each of `count` labels.

    `logits(base, new, among)` gives the logits of the tokens `among` after the first `base` tokens of the path, which
    were asked for before, and then `new`. Branches are visited depth first. Raises ArithmeticError for logits that are
    no numbers.
    """
    found = [0.0] * count
    pending: list[tuple[Branch | int, float]] = [(trie, 1.0)]
    while pending:
        node, chance = pending.pop()
        if isinstance(node, int):
            found[node] = chance
            continue
        shares = _softmax(logits(node.base, node.path[node.base :], node.children))
        pending.extend(
            (below, chance * share)
            for below, share in zip(reversed(node.below), reversed(shares), strict=True)
        )
    return found


def _softmax(logits: Sequence[float]) -> list[float]:
    highest = max(logits)
    if not all(isfinite(one) for one in logits):
        raise ArithmeticError("the model's scores are no numbers")
    weights = [exp(one - highest) for one in logits]
    total = sum(weights)
    return [weight / total for weight in weights]
