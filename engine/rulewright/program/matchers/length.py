"""`length`: the number of characters of a text, of elements of a list, of members of a mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.program.matchers.comparison import COMPARISON, COMPARISONS
from rulewright.program.matchers.equality import EQUALITY
from rulewright.program.matchers.matcher import Matcher
from rulewright.program.matchers.values import MEASURED_TYPES
from rulewright.program.truth import ERROR

if TYPE_CHECKING:
    from rulewright.program.frame import Frame
    from rulewright.program.matchers.matcher import Closure, Test
    from rulewright.program.nodes import MatchNode
    from rulewright.program.truth import Truth

SIZE_MATCHERS: Final[dict[str, Matcher]] = {matcher.name: matcher for matcher in (*EQUALITY, *COMPARISON)}
"""The matchers of numbers, which an operand such as `{ gt: 3 }` may name."""


def size_test(operand: object, node: MatchNode) -> Test:
    """The test of a size: a whole number against the operand, which is one or names comparisons."""
    wanted = operand if isinstance(operand, dict) else {"eq": operand}
    tests = [SIZE_MATCHERS[name].make_test(limit, node) for name, limit in wanted.items()]
    if len(tests) == 1:
        return tests[0]

    def test(size: int) -> Truth:
        results = [comparison(size) for comparison in tests]
        return None if None in results else all(results)

    return test


def _length_test(operand: object, node: MatchNode) -> Test:
    of_size = size_test(operand, node)

    def test(value: str | list[object] | dict[str, object]) -> Truth:
        return of_size(len(value)) if value.__class__ in MEASURED_TYPES else None

    return test


def _length_closure(node: MatchNode) -> Closure | None:
    if not isinstance(node.operand, dict) or len(node.operand) != 1:
        return None
    ((name, limit),) = node.operand.items()
    if name not in COMPARISONS or not isinstance(limit, int) or isinstance(limit, bool):
        return None
    path, compare, size = node.path, COMPARISONS[name], limit

    def measured(frame: Frame) -> Truth:
        value: Any = frame[path]
        if value.__class__ in MEASURED_TYPES:
            return compare(len(value), size)
        return ERROR if value is ERROR else None

    return measured


LENGTH: tuple[Matcher, ...] = (
    # Folding may change the length: `ß` becomes `ss`.
    Matcher("length", "of length", _length_test, "length", _length_closure, case="kept"),
)
