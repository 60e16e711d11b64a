"""Why a leaf came out as it did, in one word of a closed list, and the value it saw.

| reason | meaning |
|---|---|
| `ok` | the leaf holds |
| `absent` | the path leads nowhere |
| `null` | the path leads to null |
| `not_gathered` | a named fact that was not given and could not be had |
| `wrong_type` | the value is of another type than the matcher compares |
| `not_a_number` | NaN |
| `case_mismatch` | equal but for upper and lower case |
| `value_mismatch` | another value |
| `not_a_member` | the value is not among those wanted, or the wanted one not in the list |
| `unwanted_member` | a value that must not be there is |
| `too_low`, `too_high` | outside the limit |
| `no_match` | a pattern, prefix or suffix that does not fit |
| `present` | `missing: true` on a value that is there |
| `false` | an expression that gave false |
| `function_failed` | a function that failed; the message follows |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.program.closures import build_closure
from rulewright.program.frame import MISSING, fold, is_fact_key
from rulewright.program.matchers.table import MATCHERS
from rulewright.program.nodes import ExpressionNode, GroupNode, MatchNode, paths_read
from rulewright.program.paths import field_chain
from rulewright.program.truth import ERROR, Truth

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet

    from rulewright.program.expression.syntax_tree import Ast
    from rulewright.program.frame import Frame
    from rulewright.program.nodes import Node, PathNode

REASONS: Final = (
    "ok", "absent", "null", "not_gathered", "wrong_type", "not_a_number", "case_mismatch", "value_mismatch",
    "not_a_member", "unwanted_member", "too_low", "too_high", "no_match", "present", "false", "function_failed",
    "no_data", "not_decided",
)  # fmt: skip


def actual_value(node: PathNode, frame: Frame) -> object:
    """The value at a leaf's path, `MISSING` or `ERROR`."""
    value = frame[node.path]
    return MISSING if value is None else value


def find_reason(
    node: PathNode,
    frame: Frame,
    asts: tuple[Ast, ...],
    verdict: Truth,
    computed: AbstractSet[str] = frozenset(),
) -> str:
    """One word of `REASONS` for a leaf that came out as `verdict`. `computed`: facts that are not gathered."""
    if verdict is True:
        return "ok"
    values = [frame[path] for path in paths_read(node)]
    if verdict is ERROR or any(value is ERROR for value in values):
        return "function_failed"
    missing = _missing_path(node, frame)
    if missing is not None:
        waits = missing == node.path and missing in (frame.waiting or ())
        return "not_gathered" if waits else _absence(asts[missing], frame, computed)
    if isinstance(node, ExpressionNode):
        return "false"
    return _mismatch(node, verdict, values[0], node.operand if node.fact_path is None else values[1])


def _missing_path(node: PathNode, frame: Frame) -> int | None:
    """The path without a value: the leaf's own, or that of its `{fact: …}`."""
    return next((path for path in paths_read(node) if frame[path] is None), None)


def _absence(ast: Ast, frame: Frame, computed: AbstractSet[str]) -> str:
    """`absent`, `null` or `not_gathered`: walks a plain path as far as it goes."""
    names = field_chain(ast)
    if names is None:
        return "absent"
    if is_fact_key(names[0]) and names[0] not in computed and frame.get(names[0]) is None:
        return "not_gathered"
    value: Any = frame
    for name in names:
        if not isinstance(value, dict) or (name not in value and value is not frame):
            return "absent"
        try:
            value = value[name]
        except KeyError:
            return "absent"
    return "null"


def _mismatch(node: MatchNode, verdict: Truth, value: object, operand: object) -> str:
    if verdict is None:
        return "not_a_number" if value != value else "wrong_type"
    matcher = MATCHERS[node.matcher]
    if not node.folded and matcher.case == "folded":
        without_case = matcher.build_test(node._replace(folded=True), operand)
        if without_case(fold(value)) is True:
            return "case_mismatch"
    reason = matcher.mismatch
    return reason if isinstance(reason, str) else reason(operand, value, node)


def describe_undecided(node: Node, frame: Frame) -> str | None:
    """The first reason for which a condition is unknown or in error: `issue.body is absent`."""
    verdict = _closure(node)(frame)
    if isinstance(verdict, bool):
        return None
    for child in node.children if isinstance(node, GroupNode) else ():
        if _closure(child)(frame) is verdict:
            return describe_undecided(child, frame)
    if not isinstance(node, MatchNode | ExpressionNode):
        return node.text or "no data"
    path = node.path_text if isinstance(node, MatchNode) else node.text
    if verdict is ERROR:
        return f"{path}: {failure_message(node, frame)}"
    missing = _missing_path(node, frame)
    if missing is None:
        return f"{path} is {_kind(frame[node.path])}"
    if missing != node.path and isinstance(node, MatchNode):
        path = node.fact_name
    return f"{path} is missing"


_BUILT: Final[dict[int, tuple[Node, Callable[[Frame], Truth]]]] = {}
_MOST_BUILT: Final = 100_000


def _closure(node: Node) -> Callable[[Frame], Truth]:
    """The closure of a node, kept: a stream asks for the same reasons again and again."""
    known = _BUILT.get(id(node))
    if known is not None and known[0] is node:
        return known[1]
    if len(_BUILT) >= _MOST_BUILT:
        _BUILT.clear()
    closure = build_closure(node)
    _BUILT[id(node)] = node, closure
    return closure


def failure_message(node: PathNode, frame: Frame) -> str:
    """Why a leaf is in error: what the failed function says."""
    errors = frame.errors or {}
    return next((errors[path] for path in paths_read(node) if errors.get(path)), "a function failed")


def _kind(value: object) -> str:
    if value != value:
        return "not a number"
    return _KINDS.get(type(value), "of an unknown type")


_KINDS: Final[dict[type, str]] = {
    str: "a text",
    bool: "a boolean",
    list: "a list",
    dict: "a mapping",
    int: "a number",
    float: "a number",
}
