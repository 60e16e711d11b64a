"""One `match` node to its closure: which value is tested, against a literal or another fact, and what is not there.

A closure takes a `Frame` and gives a `Truth`. It reads its path's value by the interned number, so that the
value is computed once per event; a leaf that ignores case reads the folded twin. Absent or null is unknown; a failed
function is an error. Nothing here is ever true or false for a value that is not there, except `missing` and
`exists`, and where the author said `on_missing:`. What a test says of a value that is there is in `matchers.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rulewright.program.frame import fold
from rulewright.program.matchers import NUMERIC, SIZED, path_of, reads_folded, test_of, type_class
from rulewright.program.truth import ERROR, Truth

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.program.frame import Frame
    from rulewright.program.nodes import MatchNode

    Leaf = Callable[[Frame], Truth]


def build_leaf(node: MatchNode) -> Leaf:
    """The closure of one `match` node."""
    leaf = _special(node)
    if leaf is None:
        leaf = _against_fact(node) if node.fact_path is not None else _against_literal(node)
    on_missing = node.on_missing
    if on_missing is None:
        return leaf
    path, inner = node.path, leaf
    return lambda frame: on_missing if frame[path] is None else inner(frame)


def _special(node: MatchNode) -> Leaf | None:
    name, path, want = node.matcher, node.path, node.operand
    if name in ("exists", "missing"):
        present = want if name == "exists" else not want

        def presence(frame: Frame) -> Truth:
            value = frame[path]
            if value is ERROR:
                return ERROR  # type: ignore[no-any-return]
            return (value is not None) is present

        return presence
    if name in ("older_than", "newer_than"):
        return _aged(node)
    return None


def _aged(node: MatchNode) -> Leaf:
    from rulewright.policy.quantity import parse_moment

    path, other, older = node.path, node.fact_path, node.matcher == "older_than"
    literal = None if other is not None else node.operand

    def aged(frame: Frame) -> Truth:
        value = frame[path]
        want = literal if other is None else frame[other]
        if value is ERROR or want is ERROR:
            return ERROR  # type: ignore[no-any-return]
        then = parse_moment(value) if value.__class__ is str else None
        now = parse_moment(frame["$now"])
        seconds = _seconds(want)
        if then is None or now is None or seconds is None:
            return None
        return now - then > seconds if older else now - then < seconds

    return aged


def _seconds(value: Any) -> float | None:
    """A number of seconds, or a duration as policies write it."""
    if type_class(value) is int:
        return value  # type: ignore[no-any-return]
    if value.__class__ is not str:
        return None
    from rulewright.policy.quantity import parse_quantity

    quantity = parse_quantity(value)
    return quantity.value if quantity is not None and quantity.dimension == "duration" else None


def _against_literal(node: MatchNode) -> Leaf:
    path, name = path_of(node), node.matcher
    want = fold(node.operand) if reads_folded(node) else node.operand
    # The commonest leaves on text, without a second call.
    if want.__class__ is str and name == "eq":

        def equal(frame: Frame) -> Truth:
            v = frame[path]
            if v.__class__ is str:
                return v == want
            return ERROR if v is ERROR else None

        return equal
    if want.__class__ is str and name == "ne":

        def unequal(frame: Frame) -> Truth:
            v = frame[path]
            if v.__class__ is str:
                return v != want
            return ERROR if v is ERROR else None

        return unequal
    if want.__class__ is str and name == "contains":

        def holds(frame: Frame) -> Truth:
            v = frame[path]
            if v.__class__ is list or v.__class__ is str:
                return want in v
            return ERROR if v is ERROR else None

        return holds
    if name == "length" and want.__class__ is dict and len(want) == 1:
        ((comparison, limit),) = want.items()
        if comparison in NUMERIC and limit.__class__ is int:
            compare = NUMERIC[comparison]

            def sized(frame: Frame) -> Truth:
                v = frame[path]
                if v.__class__ in SIZED:
                    return compare(len(v), limit)  # type: ignore[no-any-return]
                return ERROR if v is ERROR else None

            return sized
    test = test_of(node, node.operand)

    def literal(frame: Frame) -> Truth:
        v = frame[path]
        if v is None or v is ERROR:
            return v
        return test(v)

    return literal


def _against_fact(node: MatchNode) -> Leaf:
    path, other = path_of(node), node.fact_path

    def against(frame: Frame) -> Truth:
        v, want = frame[path], frame[other]
        if v is ERROR or want is ERROR:
            return ERROR  # type: ignore[no-any-return]
        if v is None or want is None:
            return None
        return test_of(node, want)(v)

    return against
