"""Classification without generation: the probability of each label, by a walk over the trie of their tokens.

At each branch a softmax over the allowed child tokens only; P(label) is the product along its path. So the labels'
probabilities sum to 1, no label is worse off for being long, and it equals sampling under a grammar that allows the
labels alone, in its limit. A path without a branch costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, isfinite
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

Asked = tuple[Sequence[int], Sequence[int]]
"""(path, tokens whose scores after it are asked for)."""
Node = tuple[tuple[int, ...], list[int]]
"""(a beginning of paths, the numbers of these paths)."""


class Branch(NamedTuple):
    """A place where paths part. `path`: tokens from the root.

    `children`: the tokens that may follow. `below`: for each child the branch that it leads to, or the index of the
    label that it decides.
    """

    path: tuple[int, ...]
    children: tuple[int, ...]
    below: tuple[Branch | int, ...]


def branches(paths: Sequence[Sequence[int]]) -> Branch | int:
    """The trie of at least one label's tokens. Raises ValueError when one path is the beginning of another.

    End each label with a mark that stands in none (the quote), and none is.
    """
    if not paths:
        raise ValueError("no labels")
    return _branch([(tuple(path), index) for index, path in enumerate(paths)], ())


def _branch(paths: list[tuple[tuple[int, ...], int]], path: tuple[int, ...]) -> Branch | int:
    if len(paths) == 1:
        return paths[0][1]
    at = len(path)
    children: dict[int, list[tuple[tuple[int, ...], int]]] = {}
    for one in paths:
        if len(one[0]) == at:
            raise ValueError("one label's tokens begin another's")
        children.setdefault(one[0][at], []).append(one)
    if len(children) == 1:
        return _branch(paths, (*path, next(iter(children))))
    tokens = tuple(sorted(children))
    return Branch(path, tokens, tuple(_branch(children[t], (*path, t)) for t in tokens))


def probabilities(
    trie: Branch | int, count: int, logits: Callable[[Sequence[Branch]], Sequence[Sequence[float]]]
) -> list[float]:
    """The probability of each of `count` labels.

    `logits(branches)` gives for each branch the logits of its children after its path. They are asked for at once, in
    the order of a walk that goes down first. Raises ArithmeticError for logits that are no numbers.
    """
    asked: list[Branch] = []
    pending: list[Branch | int] = [trie]
    while pending:
        node = pending.pop()
        if isinstance(node, Branch):
            asked.append(node)
            pending.extend(reversed(node.below))
    chances = {trie.path: 1.0} if isinstance(trie, Branch) else {}
    found = [1.0 if isinstance(trie, int) else 0.0] * count
    for branch, scores in zip(asked, logits(asked) if asked else (), strict=True):
        for below, share in zip(branch.below, _softmax(scores), strict=True):
            chance = chances[branch.path] * share
            if isinstance(below, int):
                found[below] = chance
            else:
                chances[below.path] = chance
    return found


def merged(paths: Sequence[Sequence[int]]) -> list[Node]:
    """The prefixes of all paths, each once, shorter ones before those that go on from them, with whose they are.

    Paths count from 1.
    """
    out: dict[tuple[int, ...], list[int]] = {}
    for number, path in enumerate(paths, 1):
        for end in range(1, len(path) + 1):
            out.setdefault(tuple(path[:end]), []).append(number)
    return list(out.items())


def grouped(asked: Sequence[Asked], tokens: int, paths: int) -> list[list[Asked]]:
    """The (path, children) in their order, in groups of at most so many paths and so many tokens, or of one path."""
    out: list[list[Asked]] = []
    left = 0
    for one in asked:
        if not out or len(out[-1]) == paths or len(one[0]) > left:
            out.append([])
            left = tokens
        out[-1].append(one)
        left -= len(one[0])
    return out


def _softmax(logits: Sequence[float]) -> list[float]:
    highest = max(logits)
    if not all(isfinite(one) for one in logits):
        raise ArithmeticError("the model's scores are no numbers")
    weights = [exp(one - highest) for one in logits]
    total = sum(weights)
    return [weight / total for weight in weights]
