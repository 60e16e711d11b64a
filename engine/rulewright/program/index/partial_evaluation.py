"""A condition when some paths are known to be missing: what is left of it to evaluate.

Absent and null are the same, and what a leaf makes of them is fixed: unknown, or what `missing`, `exists` and
`on_missing:` say. So for one set of missing paths most conditions that read them are constants.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.program.matchers.table import missing_truth
from rulewright.program.nodes import ConstantNode, ExpressionNode, GroupNode, MatchNode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from rulewright.program.nodes import Node

TRUE, FALSE, NOT_KNOWN, FAILED = 1, 2, 4, 8
ONLY: Final[dict[int, bool | None]] = {TRUE: True, FALSE: False, NOT_KNOWN: None}


def partially_evaluate(node: Node, missing: AbstractSet[int], safe: AbstractSet[int]) -> Node:
    """The node with every leaf on a missing path put in as a constant, and the groups folded around them.

    `safe`: paths that cannot fail (they call no function), so that reading them is never an error. A condition that is
    decided is a `ConstantNode`.
    """
    if isinstance(node, MatchNode):
        return _match(node, missing)
    if isinstance(node, ExpressionNode):
        return ConstantNode(None, node.text, node.position) if node.path in missing else node
    if not isinstance(node, GroupNode):
        return node
    parts = [partially_evaluate(child, missing, safe) for child in node.children]
    changed = any(part is not child for part, child in zip(parts, node.children, strict=True))
    if not changed and not any(isinstance(part, ConstantNode) for part in parts):
        return node
    return _fold(node, parts, safe)


def _fold(node: GroupNode, parts: Sequence[Node], safe: AbstractSet[int]) -> Node:
    """The group of these parts, without the constants that do not matter, or the truth that they decide."""
    decides = node.operator != "all"
    rest: list[Node] = []
    for part in parts:
        if not isinstance(part, ConstantNode) or part.truth is None:
            rest.append(part)
        elif part.truth is decides:
            return ConstantNode(decides and node.operator != "none", node.text, node.position)
    left = node._replace(children=tuple(rest))
    outcomes = possible_truths(left, safe)
    return ConstantNode(ONLY[outcomes], node.text, node.position) if outcomes in ONLY else left


def possible_truths(node: Node, safe: AbstractSet[int]) -> int:
    """Which truths a condition can have, as a sum of TRUE, FALSE, NOT_KNOWN and FAILED."""
    if isinstance(node, ConstantNode):
        return {True: TRUE, False: FALSE, None: NOT_KNOWN}[node.truth]
    if isinstance(node, MatchNode):
        fails = node.path not in safe or (node.fact_path is not None and node.fact_path not in safe)
        return TRUE | FALSE | NOT_KNOWN | (FAILED if fails else 0)
    if not isinstance(node, GroupNode):
        return TRUE | FALSE | NOT_KNOWN | FAILED
    outcomes = [possible_truths(child, safe) for child in node.children]
    if node.operator == "all":
        return _joined(outcomes, strong=FALSE, weak=TRUE)
    result = _joined(outcomes, strong=TRUE, weak=FALSE)
    if node.operator == "any":
        return result
    return result & (NOT_KNOWN | FAILED) | (TRUE if result & FALSE else 0) | (FALSE if result & TRUE else 0)


def _joined(outcomes: Sequence[int], *, strong: int, weak: int) -> int:
    """The truths of a conjunction (`strong`: false) or a disjunction (`strong`: true) of parts with these truths."""
    if strong in outcomes:
        return strong
    result = 0
    for truths in outcomes:
        result |= truths & (strong | NOT_KNOWN | FAILED)
    return result | (weak if all(truths & weak for truths in outcomes) else 0)


def _match(node: MatchNode, missing: AbstractSet[int]) -> Node:
    if node.path not in missing:
        return node
    truth = missing_truth(node)
    if truth is None and node.fact_path is not None and node.fact_path not in missing:
        return node  # the other side may fail, which is stronger than unknown
    return ConstantNode(truth, node.path_text, node.position)
