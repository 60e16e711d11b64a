"""Shared guards: the few conditions that most rules of a set share, evaluated together.

For every outcome of them there is a set of its own, in which they are constants: rules that they decide cost nothing
more, and the others are told apart by what is left of them. A set is made when its outcome is first seen.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from rulewright.program.closures import build_closure
from rulewright.program.index.conjuncts import all_of_nodes, conjuncts
from rulewright.program.nodes import ConstantNode
from rulewright.program.truth import ERROR

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rulewright.program.frame import Frame
    from rulewright.program.nodes import Node
    from rulewright.program.truth import Truth

Decider = TypeVar("Decider")

MOST_GUARDS: Final = 4
"""Conditions that are evaluated together: three outcomes each bound the sets at 81."""
SHARED_BY: Final = 8
"""A condition that fewer rules share is not worth being evaluated for every event."""


def most_shared(nodes: Mapping[int, Node]) -> tuple[str, ...]:
    """The keys of the conjuncts that most of the rules share, the commonest first."""
    counts = Counter(
        key
        for node in nodes.values()
        for key, part in conjuncts(node).items()
        if not isinstance(part, ConstantNode)
    )
    return tuple(key for key, count in counts.most_common(MOST_GUARDS) if count >= SHARED_BY)


class SharedGuards(Generic[Decider]):
    """Rules (number → condition) by the outcome of the conjuncts `keys`; `make` builds the set of an outcome."""

    __slots__ = ("_deciders", "_guards", "_keys", "_make", "_nodes")

    def __init__(
        self, nodes: Mapping[int, Node], keys: Sequence[str], make: Callable[[Mapping[int, Node]], Decider]
    ) -> None:
        self._nodes = nodes
        self._keys = keys
        self._make = make
        known: dict[str, Node] = {}
        for node in nodes.values():
            known.update(conjuncts(node))
        self._guards = tuple(build_closure(known[key]) for key in keys)
        self._deciders: dict[tuple[Truth, ...], Decider] = {}

    def decider(self, frame: Frame) -> Decider:
        """What is left to decide for this event."""
        outcome = tuple([guard(frame) for guard in self._guards])
        decider = self._deciders.get(outcome)
        if decider is None:
            # A failed function decides less than the others: then all is decided as it stands.
            nodes = self._nodes if ERROR in outcome else self._left(outcome)
            decider = self._deciders[outcome] = self._make(nodes)
        return decider

    def _left(self, outcome: tuple[Truth, ...]) -> dict[int, Node]:
        known = dict(zip(self._keys, outcome, strict=True))
        left: dict[int, Node] = {}
        for number, node in self._nodes.items():
            parts = conjuncts(node)
            truths = [known[key] for key in parts if key in known]
            if False in truths:
                continue
            rest = [part for key, part in parts.items() if key not in known]
            if None in truths or not rest:
                truth = None if None in truths else True
                rest.append(ConstantNode(truth, "shared", node.position))
            left[number] = all_of_nodes(rest)
        return left
