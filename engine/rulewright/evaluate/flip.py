"""The nearest flip: the fewest leaves that would have to come out otherwise for a condition to turn.

For a condition that does not hold, the leaves that would make it hold; for one that holds, the leaves that
would undo it. Where a value can be named (equality, a limit, membership), it is; where the event, the time or a
named fact can be edited so that a leaf turns, the edit is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rulewright.evaluate.show import expected_text, show, show_at
from rulewright.evaluate.turning_edits import find_edits
from rulewright.program.closures import build_closure
from rulewright.program.frame import fold
from rulewright.program.matchers.table import MATCHERS
from rulewright.program.nodes import ExpressionNode, GroupNode, KindNode, MatchNode
from rulewright.program.truth import ERROR

if TYPE_CHECKING:
    from rulewright.evaluate.turning_edits import TurningEdit
    from rulewright.program.frame import Frame
    from rulewright.program.nodes import LeafNode, Node, PathNode
    from rulewright.program.program import Program


@dataclass(frozen=True, slots=True)
class Flip:
    """One leaf that would have to change: `issue.state` from `"closed"` to `equal to "open"`.

    `edit` is one that turns this leaf alone, None where none can be named. It is not in the JSON.
    """

    path: str
    change: str
    line: int = field(compare=False)
    value: Any = field(default=None, compare=False)
    column: int = field(default=0, compare=False)
    edit: TurningEdit | None = field(default=None, compare=False)
    leaf: LeafNode | None = field(default=None, compare=False, repr=False)
    is_wanted: bool = field(default=True, compare=False, repr=False)
    """Whether the leaf would have to be true."""

    def as_json(self) -> dict[str, Any]:
        out = {"path": self.path, "change": self.change, "line": self.line}
        return out if self.value is None else {**out, "value": self.value}


Preference = Callable[[tuple[Flip, ...]], tuple[int, ...]]


def nearest_flip(node: Node, frame: Frame, program: Program | None = None) -> tuple[Flip, ...]:
    """The changes that turn the condition to the opposite; empty when nothing can (constants).

    Leaves are counted as if each could be changed by itself; one that stands in several places counts once. With a
    program, each has its `edit`.
    """
    holds = build_closure(node)(frame) is True
    flips = turn_condition(node, frame, not holds) or ()
    if program is None:
        return flips
    return tuple([replace(flip, edit=next(flip_edits(flip, frame, program), None)) for flip in flips])


def flip_edits(flip: Flip, frame: Frame, program: Program) -> Iterator[TurningEdit]:
    """Edits that turn the leaf of a flip, the best first; none where no value can be named."""
    if isinstance(flip.leaf, MatchNode | ExpressionNode):
        yield from find_edits(flip.leaf, frame, program, flip.is_wanted)


def _fewest(flips: tuple[Flip, ...]) -> tuple[int, ...]:
    return (len(flips),)


def turn_condition(
    node: Node, frame: Frame, wanted: bool, preference: Preference = _fewest
) -> tuple[Flip, ...] | None:
    """The leaves that make a node true (`wanted`) or false, of several choices the one with the least `preference`;
    None when nothing does."""
    if build_closure(node)(frame) is wanted:
        return ()
    if isinstance(node, GroupNode):
        return _turn_group(node, frame, wanted, preference)
    if isinstance(node, MatchNode | ExpressionNode):
        return (_leaf(node, frame, wanted),)
    if not isinstance(node, KindNode):
        return None
    change = node.expected if wanted else f"not {node.expected}"
    line, column = node.position
    return (Flip(node.text, change, line, column=column, leaf=node, is_wanted=wanted),)


def _turn_group(
    node: GroupNode, frame: Frame, wanted: bool, preference: Preference
) -> tuple[Flip, ...] | None:
    inner = wanted if node.operator != "none" else not wanted
    options = [turn_condition(child, frame, inner, preference) for child in node.children]
    possible = [option for option in options if option is not None]
    if (node.operator == "all") is not inner:
        return min(possible, key=preference, default=None)
    if len(possible) < len(options):
        return None
    return tuple(dict.fromkeys(flip for option in possible for flip in option))


def _leaf(node: PathNode, frame: Frame, wanted: bool) -> Flip:
    line, column = node.position
    if isinstance(node, ExpressionNode):
        change = f"gives {'true' if wanted else 'false'}"
        return Flip(node.text, change, line, column=column, leaf=node, is_wanted=wanted)
    text = expected_text(node, frame)
    change = text if wanted else f"not {text}"
    value = frame[node.path]
    now = "missing" if value is None else show_at(node, value)
    return Flip(
        node.path_text,
        f"{change} (now {now})",
        line,
        _value(node, frame) if wanted else None,
        column=column,
        leaf=node,
        is_wanted=wanted,
    )


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
