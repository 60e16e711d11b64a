"""The matchers: one table, name → how the test of a wanted value is made.

A test takes a value and gives a `Truth`: for NaN or a value of the wrong type it is unknown. A leaf that ignores
case gives its test folded values and folds what is wanted.
"""

from __future__ import annotations

from operator import ge, gt, le, lt
from typing import TYPE_CHECKING, Any, Final

from rulewright.policy.characters import is_mark
from rulewright.program.frame import fold

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.program.nodes import MatchNode
    from rulewright.program.truth import Truth

    Test = Callable[[Any], Truth]
    Builder = Callable[[Any, "MatchNode"], Test]

NUMERIC: Final = {"gt": gt, "gte": ge, "lt": lt, "lte": le}
EQUALITY: Final = frozenset({"eq", "ne", "in", "not_in"})
NEGATED: Final = frozenset({"ne", "not_in", "contains_none"})
LIST_MATCHERS: Final = frozenset({"contains", "contains_any", "contains_all", "contains_none"})
SIZED: Final[frozenset[Any]] = frozenset({str, list, dict})
TEXT_MATCHERS: Final = frozenset({"starts_with", "ends_with", "glob", "path_glob", "regex", "words"})


def type_class(value: Any) -> type | None:
    """What may be compared with what: text, number (int and float), boolean, list, mapping; None for null."""
    kind = value.__class__
    if kind is float:
        return int if value == value else None
    return None if value is None else kind


def _eq(want: Any, node: MatchNode) -> Test:
    kind = type_class(want)
    if kind is str:
        return lambda v: v == want if v.__class__ is str else None
    if kind is None:  # NaN, which nothing can be held against
        return _never(want, node)
    return lambda v: v == want if type_class(v) is kind else None


def _ne(want: Any, node: MatchNode) -> Test:
    same = _eq(want, node)

    def test(v: Any) -> Truth:
        result = same(v)
        return (not result) if result.__class__ is bool else result

    return test


def _in(want: Any, node: MatchNode) -> Test:
    if not isinstance(want, list):
        return lambda v: None
    kinds = frozenset(type_class(m) for m in want)
    if kinds == {str}:
        table = frozenset(want)
        return lambda v: v in table if v.__class__ is str else None

    def test(v: Any) -> Truth:
        kind = type_class(v)
        if kind is None or (kinds and kind not in kinds):
            return None
        return any(v == m and type_class(m) is kind for m in want)

    return test


def _not_in(want: Any, node: MatchNode) -> Test:
    inside = _in(want, node)

    def test(v: Any) -> Truth:
        result = inside(v)
        return (not result) if result.__class__ is bool else result

    return test


def _number(value: Any, node: MatchNode) -> float | None:
    """The number to compare: the value itself, or a moment's seconds since 1970 when the leaf compares moments."""
    kind = value.__class__
    if kind is int or kind is float:
        return value if value == value else None
    if kind is str and node.compares_moments:
        from rulewright.policy.quantity import parse_moment

        return parse_moment(value)
    return None


def _compare(name: str) -> Builder:
    holds = NUMERIC[name]

    def build(want: Any, node: MatchNode) -> Test:
        if node.compares_moments:
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
            if kind is int or (kind is float and v == v):
                return holds(v, want)  # type: ignore[no-any-return]
            return None

        return test

    return build


def _between(want: Any, node: MatchNode) -> Test:
    if not isinstance(want, list) or len(want) != 2:
        return lambda v: None
    low, high = _number(want[0], node), _number(want[1], node)
    if low is None or high is None:
        return lambda v: None

    def test(v: Any) -> Truth:
        number = _number(v, node)
        return None if number is None else low <= number <= high

    return test


def _contains(want: Any, node: MatchNode) -> Test:
    kind = type_class(want)
    if kind is str:
        return lambda v: want in v if v.__class__ is list or v.__class__ is str else None

    def test(v: Any) -> Truth:
        if v.__class__ is list:
            return any(m == want and type_class(m) is kind for m in v)
        return None

    return test


def _contains_many(combine: Callable[[Any], bool], wanted: bool) -> Builder:
    def build(want: Any, node: MatchNode) -> Test:
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

        if combine is all or not all(isinstance(item, str) for item in want):
            return test
        table = frozenset(want)

        def members(v: Any) -> Truth:
            if v.__class__ is list:
                try:
                    return table.isdisjoint(v) is not wanted
                except TypeError:  # an element that cannot be hashed
                    return test(v)
            return test(v)

        return members

    return build


def _each(make: Callable[[Any, MatchNode], Callable[[str], bool]]) -> Builder:
    """A test on text; on a list it holds when it holds for an element that is text."""

    def build(want: Any, node: MatchNode) -> Test:
        wanted = want if isinstance(want, list) else [want]
        if not all(isinstance(item, str) for item in wanted):
            return lambda v: None
        tests = [make(item, node) for item in wanted]
        if len(tests) == 1:
            only = tests[0]

            def one(v: Any) -> Truth:
                if v.__class__ is str:
                    return only(v)
                if v.__class__ is list:
                    for item in v:  # noqa: SIM110 (`any` would make a generator: half the cost)
                        if item.__class__ is str and only(item):
                            return True
                    return False
                return None

            return one

        def test(v: Any) -> Truth:
            if v.__class__ is str:
                return any(each(v) for each in tests)
            if v.__class__ is list:
                return any(each(item) for item in v if item.__class__ is str for each in tests)
            return None

        return test

    return build


def _starts_with(want: str, node: MatchNode) -> Callable[[str], bool]:
    return lambda v: v.startswith(want)


def _ends_with(want: str, node: MatchNode) -> Callable[[str], bool]:
    return lambda v: v.endswith(want)


def _glob(want: str, node: MatchNode) -> Callable[[str], bool]:
    from rulewright.program.pattern import glob_matcher

    return glob_matcher(want, False)


def _path_glob(want: str, node: MatchNode) -> Callable[[str], bool]:
    from rulewright.program.pattern import path_glob_matcher

    return path_glob_matcher(want)


def _regex(want: str, node: MatchNode) -> Callable[[str], bool]:
    from rulewright.program.pattern import searcher

    return searcher("(?i)" + want if node.folded else want)


def _words(want: str, node: MatchNode) -> Callable[[str], bool]:
    """Whether a text stands in another one with no letter, digit or underscore beside it, of whatever script."""
    begins, ends = _is_of_word(want[0]), _is_of_word(want[-1])

    def stands_in(text: str) -> bool:
        at = text.find(want)
        while at >= 0:
            end = at + len(want)
            before = begins and at > 0 and _is_of_word(text[at - 1])
            after = ends and end < len(text) and _is_of_word(text[end])
            if not before and not after:
                return True
            at = text.find(want, at + 1)
        return False

    return stands_in


def _is_of_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_" or (not sign.isascii() and is_mark(sign))


def _length(want: Any, node: MatchNode) -> Test:
    if isinstance(want, dict):
        tests = [MATCHERS[name](value, node) for name, value in want.items()]
    else:
        tests = [_eq(want, node)]
    if len(tests) == 1:
        only = tests[0]
        return lambda v: only(len(v)) if v.__class__ in SIZED else None

    def test(v: Any) -> Truth:
        if v.__class__ not in SIZED:
            return None
        size = len(v)
        results = [each(size) for each in tests]
        return None if None in results else all(results)

    return test


def _never(want: Any, node: MatchNode) -> Test:
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
    "path_glob": _each(_path_glob),
    "regex": _each(_regex),
    "words": _each(_words),
    "length": _length,
    "exists": _never,  # these four are built whole in `leaves.py`
    "missing": _never,
    "older_than": _never,
    "newer_than": _never,
}


def test_of(node: MatchNode, want: Any) -> Test:
    """The bare test of a leaf for one wanted value: value → truth.

    A leaf that reads folded values is given them: `test_of(node, want)(fold(value))`.
    """
    return MATCHERS[node.matcher](
        fold(want) if reads_folded(node) and node.matcher != "regex" else want, node
    )


def reads_folded(node: MatchNode) -> bool:
    """Whether a leaf compares folded values. Not for lengths, which folding may change (`ß` becomes `ss`)."""
    return node.folded and node.matcher != "length"


def path_of(node: MatchNode) -> int:
    """The frame key that a leaf reads: its path's number, or the folded twin's."""
    return ~node.path if reads_folded(node) else node.path
