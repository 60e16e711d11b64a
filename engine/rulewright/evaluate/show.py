"""Values as explanations show them: masked, on one line, cut at 80 characters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from rulewright.evaluate.masking import mask_start
from rulewright.policy.diagnostics import shorten
from rulewright.program.matchers.table import MATCHERS
from rulewright.program.nodes import ExpressionNode
from rulewright.program.truth import ERROR

if TYPE_CHECKING:
    from rulewright.program.frame import Frame
    from rulewright.program.nodes import PathNode

LIMIT: Final = 80


def show(value: Any) -> str:
    """One line of JSON, masked, at most 80 characters, without control characters."""
    if value is ERROR:
        return "(failed)"
    try:
        return _cut(json.dumps(_masked(value, 4), ensure_ascii=False, default=str))
    except ValueError:  # more digits than Python prints
        return "(a number of thousands of digits)"


def show_at(node: PathNode, value: Any) -> str:
    """The same for the value of a leaf: seconds that are compared with a duration are shown as one."""
    if is_duration(node) and isinstance(value, int | float) and not isinstance(value, bool):
        from rulewright.policy.quantity import format_duration

        return format_duration(value) if abs(value) < 1e15 else show(value)
    return show(value)


def is_duration(node: PathNode) -> bool:
    """Whether a leaf's value is a number of seconds."""
    if isinstance(node, ExpressionNode):
        return False
    if node.path_text == "age":
        return True
    if MATCHERS[node.matcher].family == "age":  # its operand is a duration, and its value a moment
        return False
    from rulewright.policy.quantity import parse_quantity

    quantity = parse_quantity((node.written or "").split(" and ")[0])
    return quantity is not None and quantity.dimension == "duration"


def _masked(value: Any, depth: int) -> Any:
    """The value with every text in it masked, and no more of it than can be shown.

    Texts are masked before they become JSON, whose escapes would hide where a word begins.
    """
    if isinstance(value, str):
        return mask_start(value, LIMIT)
    if isinstance(value, list):
        return [_masked(item, depth - 1) for item in value[:LIMIT]] if depth else "…"
    if isinstance(value, dict):
        parts = list(value.items())[:LIMIT]
        return (
            {mask_start(str(key), LIMIT): _masked(item, depth - 1) for key, item in parts} if depth else "…"
        )
    return value


def _cut(text: str) -> str:
    text = "".join(c if c.isprintable() else "�" for c in text)
    return shorten(text, LIMIT)


def expected_text(node: PathNode, frame: Frame) -> str:
    """What a leaf wants, in words: `equal to "open"`, `one of […]`, `older than 14d`."""
    if isinstance(node, ExpressionNode):
        return "true"
    matcher, operand = MATCHERS[node.matcher], node.operand
    if matcher.missing_truth is not None:
        return "no value" if matcher.missing_truth(operand) else "a value"
    if node.fact_path is not None:
        other = frame[node.fact_path]
        shown = f"{node.fact_name} ({'missing' if other is None else show_at(node, other)})"
    elif node.written is not None:
        shown = node.written
    else:
        shown = json.dumps(operand, ensure_ascii=False, default=str)
    text = f"{matcher.words} {shown}"
    if matcher.folds(node):
        text += ", case ignored"
    return text if len(text) <= 2 * LIMIT else text[: 2 * LIMIT - 1] + "…"
