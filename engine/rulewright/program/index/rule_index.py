"""The rule index: which rules of a route an event can possibly concern.

An index is made for one set of missing paths. What they decide is folded into the conditions (`partial_evaluation.py`),
so that rules which cannot be decided without them are constants, listed once in `RuleIndex.fixed`. What is left is
decided together (`condition_set.py`): a query reads each witness path once and looks the value up in hash, prefix,
suffix, interval and substring structures (`probes.py`); only rules whose witness is seen are evaluated.

`RuleIndex.always` lists the rules that no witness prunes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.program.frame import fold
from rulewright.program.index.condition_set import ConditionSet
from rulewright.program.index.partial_evaluation import partially_evaluate
from rulewright.program.nodes import ConstantNode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from rulewright.program.frame import Frame
    from rulewright.program.nodes import Node
    from rulewright.program.truth import Layer, Truth


class RuleIndex:
    """What an event can concern, for one set of missing paths.

    `nodes`: entry number → condition. `watched`: the paths that are known to have a value whenever this index is
    asked; only they can hold witnesses. `safe`: the paths that cannot fail.
    """

    __slots__ = ("_folded", "_part", "always", "fixed")

    def __init__(
        self,
        nodes: Sequence[Node],
        missing: AbstractSet[int],
        watched: AbstractSet[int],
        safe: AbstractSet[int] = frozenset(),
    ) -> None:
        fixed: dict[int, Truth] = {}
        left: dict[int, Node] = {}
        for number, node in enumerate(nodes):
            rest = partially_evaluate(node, missing, safe)
            if not isinstance(rest, ConstantNode):
                left[number] = rest
            elif rest.truth is not False:
                fixed[number] = rest.truth
        self.fixed: tuple[Layer, ...] = (fixed,) if fixed else ()
        present = watched - missing
        self._part = ConditionSet(left, frozenset(present) | {~path for path in present})
        self._folded = tuple({key for key in self._part.keys if key < 0})
        self.always: tuple[int, ...] = self._part.unpruned

    @property
    def paths(self) -> tuple[int, ...]:
        """The frame keys that a query looks witnesses up by."""
        return self._part.keys

    def decide(self, frame: Frame) -> list[Layer]:
        """What is not false, in layers that are not to be changed (`truth.Layer`)."""
        layers: list[Layer] = list(self.fixed)
        for key in self._folded:  # here, and not one by one in `Frame.__missing__`, because all are read
            value = frame[~key]
            frame[key] = value.casefold() if value.__class__ is str else fold(value)
        found: dict[int, Truth] = {}
        self._part.decide(frame, True, layers, found)
        if found:
            layers.append(found)
        return layers
