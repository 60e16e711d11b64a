"""The matchers: one table, name → how a compiled leaf is turned into a closure.

A closure takes a `Frame` and gives a `Truth`. It reads its path's value by the interned number, so that the
value is computed once per event. Absent, null, NaN or a value of the wrong type is unknown; a failed
function is an error. Nothing here is ever true or false for a value that is not there, except `missing`
and `exists`, and where the author said `on_missing:`.
"""

from __future__ import annotations

from operator import ge, gt, le, lt
from typing import TYPE_CHECKING, Any, Final

from rulewright.compile.truth import ERROR, Truth

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.compile.frame import Frame
    from rulewright.compile.program import Node

    Test = Callable[[Any], Truth]
    Leaf = Callable[[Frame], Truth]
    Builder = Callable[[Any, "Node"], Test]

__all__ = ["LIST_MATCHERS", "MATCHERS", "NUMERIC", "TEXT_MATCHERS", "build_leaf", "test_of"]

NUMERIC: Final = {"gt": gt, "gte": ge, "lt": lt, "lte": le}
LIST_MATCHERS: Final = frozenset({"contains", "contains_any", "contains_all", "contains_none"})
TEXT_MATCHERS: Final = frozenset({"starts_with", "ends_with", "glob", "regex"})


def fold(value: Any) -> Any:
    """Text without case, other values as they are; lists element by element."""
    if isinstance(value, str):
        return value.casefold()
    return [fold(item) for item in value] if isinstance(value, list) else value


def type_class(value: Any) -> type | None:
    """What may be compared with what: text, number (int and float), boolean, list, mapping; None for null."""
    kind = value.__class__
    if kind is float:
        return int if value == value else None
    return None if value is None else kind


def _eq(want: Any, node: Node) -> Test:
    kind = type_class(want)
    if kind is str and node.get("ci"):
        folded = want.casefold()
        return lambda v: v.casefold() == folded if v.__class__ is str else None
    if kind is str:
        return lambda v: v == want if v.__class__ is str else None
    return lambda v: v == want if type_class(v) is kind else None


def _ne(want: Any, node: Node) -> Test:
    same = _eq(want, node)

    def test(v: Any) -> Truth:
        result = same(v)
        return (not result) if result.__class__ is bool else result

    return test


def _in(want: Any, node: Node) -> Test:
    if not isinstance(want, list):
        return lambda v: None
    members = fold(want) if node.get("ci") else want
    kinds = frozenset(type_class(m) for m in members)
    if kinds == {str}:
        table = frozenset(members)
        if node.get("ci"):
            return lambda v: v.casefold() in table if v.__class__ is str else None
        return lambda v: v in table if v.__class__ is str else None

    def test(v: Any) -> Truth:
        kind = type_class(v)
        if kind is None or (kinds and kind not in kinds):
            return None
        v = fold(v) if node.get("ci") else v
        return any(v == m and type_class(m) is kind for m in members)

    return test


def _not_in(want: Any, node: Node) -> Test:
    inside = _in(want, node)

    def test(v: Any) -> Truth:
        result = inside(v)
        return (not result) if result.__class__ is bool else result

    return test


def _number(value: Any, node: Node) -> float | None:
    """The number to compare: the value itself, or a moment's seconds since 1970 when the leaf compares moments."""
    kind = value.__class__
    if kind is int or kind is float:
        return value if value == value else None  # type: ignore[no-any-return]
    if kind is str and node.get("as") == "moment":
        from rulewright.policy.quantity import parse_moment

        return parse_moment(value)
    return None


def _compare(name: str) -> Builder:
    holds = NUMERIC[name]

    def build(want: Any, node: Node) -> Test:
        if node.get("as") == "moment":
            limit = _number(want, node)
            if limit is None:
                return lambda v: None

            def moment(v: Any) -> Truth:
                number = _number(v, node)
                return None if number is None else holds(number, limit)

            return moment
        if type_class(want) is not int:
            return lambda v: None

        def test(v: Any) -> Truth:
            kind = v.__class__
            if kind is int or kind is float and v == v:
                return holds(v, want)  # type: ignore[no-any-return]
            return None

        return test

    return build


def _between(want: Any, node: Node) -> Test:
    if not isinstance(want, list) or len(want) != 2:
        return lambda v: None
    low, high = _number(want[0], node), _number(want[1], node)
    if low is None or high is None:
        return lambda v: None

    def test(v: Any) -> Truth:
        number = _number(v, node)
        return None if number is None else low <= number <= high

    return test


def _contains(want: Any, node: Node) -> Test:
    ci = node.get("ci")
    needle = fold(want) if ci else want
    kind = type_class(needle)

    def test(v: Any) -> Truth:
        if v.__class__ is list:
            if ci:
                v = fold(v)
            if kind is str or kind is list or kind is dict:
                return needle in v
            return any(m == needle and type_class(m) is kind for m in v)
        if v.__class__ is str and kind is str:
            return needle in (v.casefold() if ci else v)
        return None

    return test


def _contains_many(combine: Callable[[Any], bool], wanted: bool) -> Builder:
    def build(want: Any, node: Node) -> Test:
        if not isinstance(want, list):
            return lambda v: None
        tests = [_contains(item, node) for item in want]

        def test(v: Any) -> Truth:
            if v.__class__ is not list and v.__class__ is not str:
                return None
            results = [each(v) for each in tests]
            if None in results:
                return None
            return combine(results) is wanted

        return test

    return build


def _each(make: Callable[[Any, Node], Callable[[str], bool]]) -> Builder:
    """A test on text; on a list it holds when it holds for an element that is text."""

    def build(want: Any, node: Node) -> Test:
        wanted = want if isinstance(want, list) else [want]
        if not all(isinstance(item, str) for item in wanted):
            return lambda v: None
        tests = [make(item, node) for item in wanted]
        first = tests[0] if len(tests) == 1 else None

        def test(v: Any) -> Truth:
            if v.__class__ is str:
                return first(v) if first is not None else any(each(v) for each in tests)
            if v.__class__ is list:
                return any(each(item) for item in v if item.__class__ is str for each in tests)
            return None

        return test

    return build


def _starts_with(want: str, node: Node) -> Callable[[str], bool]:
    if node.get("ci"):
        folded = want.casefold()
        return lambda v: v.casefold().startswith(folded)
    return lambda v: v.startswith(want)


def _ends_with(want: str, node: Node) -> Callable[[str], bool]:
    if node.get("ci"):
        folded = want.casefold()
        return lambda v: v.casefold().endswith(folded)
    return lambda v: v.endswith(want)


def _glob(want: str, node: Node) -> Callable[[str], bool]:
    from rulewright.compile.pattern import glob_matcher

    return glob_matcher(want, bool(node.get("ci")))


def _regex(want: str, node: Node) -> Callable[[str], bool]:
    from rulewright.compile.pattern import searcher

    return searcher("(?i)" + want if node.get("ci") else want)


def _length(want: Any, node: Node) -> Test:
    tests = [MATCHERS[name](value, node) for name, value in want.items()] if isinstance(want, dict) else [_eq(want, node)]

    def test(v: Any) -> Truth:
        if v.__class__ not in (str, list, dict):
            return None
        size = len(v)
        results = [each(size) for each in tests]
        return None if None in results else all(results)

    return test


def _never(want: Any, node: Node) -> Test:
    return lambda v: None


MATCHERS: Final[dict[str, Builder]] = {
    "eq": _eq,
    "ne": _ne,
    "in": _in,
    "not_in": _not_in,
    "gt": _compare("gt"),
    "gte": _compare("gte"),
    "lt": _compare("lt"),
    "lte": _compare("lte"),
    "between": _between,
    "contains": _contains,
    "contains_any": _contains_many(any, True),
    "contains_all": _contains_many(all, True),
    "contains_none": _contains_many(any, False),
    "starts_with": _each(_starts_with),
    "ends_with": _each(_ends_with),
    "glob": _each(_glob),
    "regex": _each(_regex),
    "length": _length,
    "exists": _never,  # these four are built whole in `build_leaf`
    "missing": _never,
    "older_than": _never,
    "newer_than": _never,
}


def test_of(node: Node, want: Any) -> Test:
    """The bare test of a leaf for one wanted value: value → truth. Used by the leaf, by explain and by flips."""
    return MATCHERS[node["m"]](want, node)


def build_leaf(node: Node) -> Leaf:
    """The closure of one `match` node."""
    leaf = _special(node)
    if leaf is None:
        leaf = _against_fact(node) if "w" in node else _against_literal(node)
    on_missing = node.get("on_missing")
    if on_missing is None:
        return leaf
    path = node["p"]
    inner = leaf
    return lambda frame: on_missing if frame[path] is None else inner(frame)


def _special(node: Node) -> Leaf | None:
    name, path, want = node["m"], node["p"], node["v"]
    if name in ("exists", "missing"):
        present = want if name == "exists" else not want

        def presence(frame: Frame) -> Truth:
            value = frame[path]
            if value is ERROR:
                return ERROR
            return (value is not None) is present

        return presence
    if name in ("older_than", "newer_than"):
        return _aged(node)
    return None


def _aged(node: Node) -> Leaf:
    from rulewright.policy.quantity import parse_moment

    path, seconds, older = node["p"], node["v"], node["m"] == "older_than"

    def aged(frame: Frame) -> Truth:
        value = frame[path]
        if value is ERROR:
            return ERROR
        then = parse_moment(value) if value.__class__ is str else None
        now = parse_moment(frame["$now"])
        if then is None or now is None:
            return None
        return now - then > seconds if older else now - then < seconds

    return aged


def _against_literal(node: Node) -> Leaf:
    path, want = node["p"], node["v"]
    if node["m"] == "eq" and want.__class__ is str and not node.get("ci"):

        def equal(frame: Frame) -> Truth:  # the commonest leaf, without a second call
            v = frame[path]
            if v.__class__ is str:
                return v == want  # type: ignore[no-any-return]
            return ERROR if v is ERROR else None

        return equal
    test = test_of(node, want)

    def literal(frame: Frame) -> Truth:
        v = frame[path]
        if v is None or v is ERROR:
            return v  # type: ignore[no-any-return]
        return test(v)

    return literal


def _against_fact(node: Node) -> Leaf:
    path, other = node["p"], node["w"]

    def against(frame: Frame) -> Truth:
        v, want = frame[path], frame[other]
        if v is ERROR or want is ERROR:
            return ERROR
        if v is None or want is None:
            return None
        return test_of(node, want)(v)

    return against
