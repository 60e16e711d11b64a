"""The nearest flip: the fewest leaves that would have to come out otherwise for a condition to turn.

For a condition that does not hold, the leaves that would make it hold; for one that holds, the leaves that
would undo it. Where a value can be named (equality, a limit, membership), it is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rulewright.evaluate.show import expected_text, show, show_at
from rulewright.program.closures import build_closure
from rulewright.program.frame import fold
from rulewright.program.matchers.table import MATCHERS
from rulewright.program.nodes import ExpressionNode, GroupNode, KindNode, MatchNode
from rulewright.program.truth import ERROR

if TYPE_CHECKING:
    from rulewright.program.frame import Frame
    from rulewright.program.nodes import Node, PathNode

Option = tuple["Flip", ...] | None


@dataclass(frozen=True, slots=True)
class Flip:
    """One leaf that would have to change: `issue.state` from `"closed"` to `equal to "open"`."""

    path: str
    change: str
    line: int = field(compare=False)
    value: Any = field(default=None, compare=False)

    def as_json(self) -> dict[str, Any]:
        out = {"path": self.path, "change": self.change, "line": self.line}
        return out if self.value is None else {**out, "value": self.value}


def nearest_flip(node: Node, frame: Frame) -> tuple[Flip, ...]:
    """The changes that turn the condition to the opposite; empty when nothing can (constants).

    Leaves are counted as if each could be changed by itself; one that stands in several places counts once.
    """
    holds = build_closure(node)(frame) is True
    return _turn(node, frame, not holds) or ()


def _turn(node: Node, frame: Frame, wanted: bool) -> Option:
    """The fewest leaves that make a node true (`wanted`) or false; None when nothing does."""
    if build_closure(node)(frame) is wanted:
        return ()
    if isinstance(node, GroupNode):
        return _turn_group(node, frame, wanted)
    if isinstance(node, MatchNode | ExpressionNode):
        return (_leaf(node, frame, wanted),)
    if not isinstance(node, KindNode):
        return None
    change = node.expected if wanted else f"not {node.expected}"
    return (Flip(node.text, change, node.position.line),)


def _turn_group(node: GroupNode, frame: Frame, wanted: bool) -> Option:
    inner = wanted if node.operator != "none" else not wanted
    options = [_turn(child, frame, inner) for child in node.children]
    possible = [option for option in options if option is not None]
    if (node.operator == "all") is not inner:
        return min(possible, key=len, default=None)
    if len(possible) < len(options):
        return None
    return tuple(dict.fromkeys(flip for option in possible for flip in option))


def _leaf(node: PathNode, frame: Frame, wanted: bool) -> Flip:
    line = node.position.line
    if isinstance(node, ExpressionNode):
        return Flip(node.text, f"gives {'true' if wanted else 'false'}", line)
    text = expected_text(node, frame)
    change = text if wanted else f"not {text}"
    value = frame[node.path]
    now = "missing" if value is None else show_at(node, value)
    return Flip(node.path_text, f"{change} (now {now})", line, _value(node, frame) if wanted else None)


def _value(node: MatchNode, frame: Frame) -> Any:
    """A value that satisfies an equality, a limit or a membership; None where none can be named.

    A wanted value that comes from the event may be of any shape: what is named was tried.
    """
    operand = frame[node.fact_path] if node.fact_path is not None else node.operand
    if operand is None or operand is ERROR or (node.fact_path is not None and not _showable(operand)):
        return None
    matcher = MATCHERS[node.matcher]
    nearest = matcher.nearest_value(operand, frame[node.path], node)
    if nearest is None:
        return None
    holds = matcher.build_test(node, operand)(fold(nearest) if matcher.folds(node) else nearest)
    return nearest if holds is True else None


def _showable(value: Any) -> bool:
    """Whether a value of the event is JSON, and nothing in it is masked or cut."""
    try:
        return show(value) == json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        return False
