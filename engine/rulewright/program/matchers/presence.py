"""`exists`, `missing`: whether there is a value. They alone turn an absent value, or null, into true or false."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.program.matchers.matcher import Matcher
from rulewright.program.truth import ERROR

if TYPE_CHECKING:
    from rulewright.program.frame import Frame
    from rulewright.program.matchers.matcher import Closure, Test
    from rulewright.program.nodes import MatchNode
    from rulewright.program.truth import Truth


def _presence(name: str, words: str, *, holds_for_missing: bool) -> Matcher:
    def missing_truth(operand: object) -> bool:
        return operand is holds_for_missing

    def make_test(operand: object, node: MatchNode) -> Test:
        present = not missing_truth(operand)
        return lambda value: present

    def make_closure(node: MatchNode) -> Closure:
        path, present = node.path, not missing_truth(node.operand)

        def presence(frame: Frame) -> Truth:
            value = frame[path]
            if value is ERROR:
                return ERROR  # type: ignore[no-any-return]
            return (value is not None) is present

        return presence

    return Matcher(
        name,
        words,
        make_test,
        "presence",
        make_closure,
        mismatch="present",
        missing_truth=missing_truth,
    )


PRESENCE: tuple[Matcher, ...] = (
    _presence("exists", "a value", holds_for_missing=False),
    _presence("missing", "no value", holds_for_missing=True),
)
