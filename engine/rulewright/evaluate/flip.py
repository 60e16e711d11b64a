"""The nearest flip: the fewest leaves that would have to come out otherwise for a condition to turn.

For a condition that does not hold, the leaves that would make it hold; for one that holds, the leaves that
would undo it. Where a value can be named (equality, a limit, membership), it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rulewright.compile.closures import build
from rulewright.evaluate.show import expected_text, show

if TYPE_CHECKING:
    from rulewright.compile.frame import Frame
    from rulewright.compile.program import Node

__all__ = ["Flip", "nearest_flip"]

Option = tuple[int, tuple["Flip", ...]]
IMPOSSIBLE: Option = (1 << 30, ())


@dataclass(frozen=True, slots=True)
class Flip:
    """One leaf that would have to change: `issue.state` from `"closed"` to `equal to "open"`."""

    path: str
    change: str
    line: int
    value: Any = None

    def as_json(self) -> dict[str, Any]:
        out = {"path": self.path, "change": self.change, "line": self.line}
        return out if self.value is None else {**out, "value": self.value}


def nearest_flip(node: Node, frame: Frame) -> tuple[Flip, ...]:
    """The changes that turn the condition to the opposite; empty when nothing can (constants)."""
    holds = build(node)(frame) is True
    cost, flips = _turn(node, frame, not holds)
    return flips if cost < IMPOSSIBLE[0] else ()


def _turn(node: Node, frame: Frame, wanted: bool) -> Option:
    """The cheapest way to make a node true (`wanted`) or false: (number of leaves, the leaves)."""
    if build(node)(frame) is wanted:
        return 0, ()
    op = node["op"]
    if op in ("all", "any", "none"):
        inner = wanted if op != "none" else not wanted
        children = [_turn(child, frame, inner) for child in node["of"]]
        every = (op == "all") is inner if op != "none" else not inner
        if not children:
            return IMPOSSIBLE
        if every:
            cost = sum(option[0] for option in children)
            return (
                (cost, tuple(flip for option in children for flip in option[1]))
                if cost < 1 << 30
                else IMPOSSIBLE
            )
        return min(children, key=lambda option: option[0])
    if "p" not in node:
        if "expected" not in node:
            return IMPOSSIBLE
        change = node["expected"] if wanted else f"not {node['expected']}"
        return 1, (Flip(node["text"], change, node["at"][0]),)
    return 1, (_leaf(node, frame, wanted),)


def _leaf(node: Node, frame: Frame, wanted: bool) -> Flip:
    line = node["at"][0]
    if node["op"] == "expression":
        return Flip(node["text"], f"gives {'true' if wanted else 'false'}", line)
    text = expected_text(node, frame)
    change = text if wanted else f"not {text}"
    value = frame[node["p"]]
    now = "missing" if value is None else show(value)
    return Flip(node["path"], f"{change} (now {now})", line, _value(node, frame) if wanted else None)


def _value(node: Node, frame: Frame) -> Any:
    """A value that satisfies an equality, a limit or a membership; None where none can be named."""
    name = node["m"]
    want = frame[node["w"]] if "w" in node else node["v"]
    if name in ("eq", "gte", "lte", "contains"):
        return want
    if name in ("in", "between", "contains_any") and isinstance(want, list) and want:
        return want[0]
    if name == "contains_all":
        return want
    return None
