"""Classification without generation: the probability of each label, by a walk over the trie of their tokens.

At each branch, a softmax over the allowed child tokens only; P(label) is the product along its path. So the labels'
probabilities sum to 1, long labels have no disadvantage, and the result equals that of sampling with a grammar that
allows only the labels. A path without a branch costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, isfinite
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

ScoreRequest = tuple[Sequence[int], Sequence[int]]
"""(path, tokens whose scores after it are asked for)."""
TrieNode = tuple[tuple[int, ...], list[int]]
"""(a beginning of paths, the numbers of these paths)."""


class TrieBranch(NamedTuple):
    """A place where paths part. `path`: tokens from the root.

    `children`: the tokens that may follow. `below`: for each child the branch that it leads to, or the index of the
    label that it decides.
    """

    path: tuple[int, ...]
    children: tuple[int, ...]
    below: tuple[TrieBranch | int, ...]


def build_trie(paths: Sequence[Sequence[int]]) -> TrieBranch | int:
    """The trie of at least one label's tokens. Raises ValueError when one path is the beginning of another.

    End each label with a mark that stands in none (the quote), and none is.
    """
    if not paths:
        raise ValueError("no labels")
    return _build_branch([(tuple(path), index) for index, path in enumerate(paths)], ())


def _build_branch(paths: list[tuple[tuple[int, ...], int]], path: tuple[int, ...]) -> TrieBranch | int:
    if len(paths) == 1:
        return paths[0][1]
    at = len(path)
    children: dict[int, list[tuple[tuple[int, ...], int]]] = {}
    for tokens, index in paths:
        if len(tokens) == at:
            raise ValueError("one label's tokens begin another's")
        children.setdefault(tokens[at], []).append((tokens, index))
    if len(children) == 1:
        return _build_branch(paths, (*path, next(iter(children))))
    following = tuple(sorted(children))
    below = tuple(_build_branch(children[token], (*path, token)) for token in following)
    return TrieBranch(path, following, below)


def compute_label_probabilities(
    trie: TrieBranch | int, count: int, logits: Callable[[Sequence[TrieBranch]], Sequence[Sequence[float]]]
) -> list[float]:
    """The probability of each of `count` labels.

    `logits(branches)` gives for each branch the logits of its children after its path. They are asked for at once, in
    the order of a walk that goes down first. Raises ArithmeticError for logits that are no numbers.
    """
    asked: list[TrieBranch] = []
    pending: list[TrieBranch | int] = [trie]
    while pending:
        node = pending.pop()
        if isinstance(node, TrieBranch):
            asked.append(node)
            pending.extend(reversed(node.below))
    chances = {trie.path: 1.0} if isinstance(trie, TrieBranch) else {}
    probabilities = [1.0 if isinstance(trie, int) else 0.0] * count
    for branch, scores in zip(asked, logits(asked) if asked else (), strict=True):
        for below, share in zip(branch.below, _softmax(scores), strict=True):
            chance = chances[branch.path] * share
            if isinstance(below, int):
                probabilities[below] = chance
            else:
                chances[below.path] = chance
    return probabilities


def merge_paths(paths: Sequence[Sequence[int]]) -> list[TrieNode]:
    """The prefixes of all paths, each once, shorter ones before those that go on from them, with whose they are.

    Paths count from 1.
    """
    out: dict[tuple[int, ...], list[int]] = {}
    for number, path in enumerate(paths, 1):
        for end in range(1, len(path) + 1):
            out.setdefault(tuple(path[:end]), []).append(number)
    return list(out.items())


def group_requests(asked: Sequence[ScoreRequest], tokens: int, paths: int) -> list[list[ScoreRequest]]:
    """The (path, children) in their order, in groups of at most so many paths and so many tokens, or of one path."""
    out: list[list[ScoreRequest]] = []
    left = 0
    for path, among in asked:
        if not out or len(out[-1]) == paths or len(path) > left:
            out.append([])
            left = tokens
        out[-1].append((path, among))
        left -= len(path)
    return out


def _softmax(logits: Sequence[float]) -> list[float]:
    highest = max(logits)
    if not all(isfinite(logit) for logit in logits):
        raise ArithmeticError("the scores of the model are not numbers")
    weights = [exp(logit - highest) for logit in logits]
    total = sum(weights)
    return [weight / total for weight in weights]
