"""`older_than`, `newer_than`: how far a moment lies back from the moment of the decision."""

from __future__ import annotations

from operator import gt, lt
from typing import TYPE_CHECKING

from rulewright.policy.quantity import parse_moment, parse_quantity
from rulewright.program.frame import NOW
from rulewright.program.matchers.matcher import Matcher, never
from rulewright.program.matchers.values import number_of
from rulewright.program.truth import ERROR

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.program.frame import Frame
    from rulewright.program.matchers.matcher import Closure
    from rulewright.program.nodes import MatchNode
    from rulewright.program.truth import Truth


def _age(name: str, words: str, holds: Callable[[float, float], bool], *, mismatch: str) -> Matcher:
    def make_closure(node: MatchNode) -> Closure:
        path, fact_path, operand = node.path, node.fact_path, node.operand

        def aged(frame: Frame) -> Truth:
            value = frame[path]
            wanted = operand if fact_path is None else frame[fact_path]
            if value is ERROR or wanted is ERROR:
                return ERROR  # type: ignore[no-any-return]
            then = parse_moment(value) if value.__class__ is str else None
            now = parse_moment(frame[NOW])
            seconds = _seconds(wanted)
            if then is None or now is None or seconds is None:
                return None
            return holds(now - then, seconds)

        return aged

    # Without the moment of the decision a test knows nothing.
    return Matcher(
        name,
        words,
        lambda operand, node: never,
        "age",
        make_closure,
        mismatch=mismatch,
        reads_clock=True,
    )


def _seconds(value: object) -> float | None:
    """A number of seconds, or a duration as policies write it."""
    if not isinstance(value, str):
        return number_of(value)
    quantity = parse_quantity(value)
    return quantity.value if quantity is not None and quantity.dimension == "duration" else None


AGE: tuple[Matcher, ...] = (
    _age("older_than", "older than", gt, mismatch="too_low"),
    _age("newer_than", "newer than", lt, mismatch="too_high"),
)
