"""What the analysis calls impossible never happens: the closures that decide are the oracle."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.nodes import constant, expression, group, match
from rulewright.compile.analysis.logic import Logic
from rulewright.program.closures import build_closure
from rulewright.program.frame import Frame
from rulewright.program.nodes import MatchNode, Node
from rulewright.program.truth import ERROR

WORDS = ["", "a", "ab", "abc", "b", "bc", "A", "AB", "open", "closed", "severity/high", "severity/low"]
GLOBS = ["a*", "*b", "severity/*", "*", "ab", "?b*"]
MOMENTS = ["2026-01-01T00:00:00Z", "2026-01-05T00:00:00Z", "2026-01-09T00:00:00Z"]
NUMBERS = [-1, 0, 1, 1.5, 2, 7]
NOW = "2026-01-10T00:00:00Z"
DAY = 86400

word = st.sampled_from(WORDS)
number = st.sampled_from(NUMBERS)
scalar = word | number | st.booleans()
members = st.lists(word, min_size=1, max_size=3, unique=True)


def _node(matcher: str, value: st.SearchStrategy[Any], **more: Any) -> st.SearchStrategy[dict[str, Any]]:
    return value.map(lambda v: {"matcher": matcher, "operand": v, **more})


leaf_parts = st.one_of(
    *(_node(m, scalar) for m in ("eq", "ne")),
    *(_node(m, st.lists(scalar, min_size=0, max_size=3)) for m in ("in", "not_in")),
    *(_node(m, number) for m in ("gt", "gte", "lt", "lte")),
    *(_node(m, st.sampled_from(MOMENTS), compares_moments=True) for m in ("gt", "gte", "lt", "lte")),
    _node("between", st.tuples(number, number).map(sorted)),
    _node("contains", scalar),
    *(_node(m, members | st.lists(scalar, max_size=2)) for m in ("contains_any", "contains_all", "contains_none")),
    *(_node(m, word | members) for m in ("starts_with", "ends_with")),
    _node("glob", st.sampled_from(GLOBS)),
    _node("regex", st.sampled_from(["a+", "^b", "c$", "sev.*h"])),
    _node("length", st.integers(0, 3)),
    _node("length", st.dictionaries(st.sampled_from(["gt", "lt", "eq"]), st.integers(-1, 3), min_size=1)),
    *(_node(m, st.booleans()) for m in ("exists", "missing")),
    *(_node(m, st.sampled_from([DAY, 3 * DAY, 7 * DAY])) for m in ("older_than", "newer_than")),
    *(_node(m, st.just({"fact": "x"}), fact_path=9) for m in ("eq", "ne", "gt", "gte", "lt", "lte", "in", "not_in")),
    _node("contains", st.just({"fact": "x"}), fact_path=9),
)  # fmt: skip


def _leaf(path: int, ci: bool) -> st.SearchStrategy[Node]:
    return st.tuples(leaf_parts, st.sampled_from([None, None, None, True, False])).map(
        lambda drawn: match(f"p{path}", path, folded=ci, on_missing=drawn[1], **drawn[0])
    )


leaves = st.one_of(
    _leaf(0, False), _leaf(0, False), _leaf(1, True), st.just(expression("e", 0))
)  # fmt: skip
conditions = st.recursive(
    leaves,
    lambda inner: st.tuples(
        st.sampled_from(["all", "all", "any", "none"]), st.lists(inner, min_size=1, max_size=4)
    ).map(lambda drawn: group(*drawn)),
    max_leaves=6,
)
values = st.one_of(
    st.none(), st.just(ERROR), scalar, st.sampled_from(MOMENTS), st.sampled_from([float("nan"), 10.0, 3, "abcb"]),
    st.lists(scalar, max_size=3), st.lists(word, max_size=3),
    st.dictionaries(st.sampled_from("ab"), scalar, max_size=2),
)  # fmt: skip
frames = st.fixed_dictionaries({0: values, 1: values, 9: values})


def frame_of(values: dict[Any, Any]) -> Frame:
    """A frame whose interned paths are already computed."""
    frame = Frame({}, NOW, (), {})
    frame.update(values)
    return frame


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(conditions, st.lists(frames, min_size=5, max_size=20))
def test_what_is_impossible_never_happens(condition: Node, frames: list[dict[Any, Any]]) -> None:
    logic = Logic([])
    decide = build_closure(condition)
    shown = [decide(frame_of(values)) for values in frames]
    for sign, hit in (
        ("true", lambda truth: truth is True),
        ("false", lambda truth: truth is False),
        ("untrue", lambda truth: truth is not True),
        ("unfalse", lambda truth: truth is not False),
    ):
        if not logic.is_possible(logic.formula(condition, sign)):  # type: ignore[arg-type]
            assert not any(hit(truth) for truth in shown), sign


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(conditions, conditions, st.lists(frames, min_size=5, max_size=20))
def test_what_is_implied_always_follows(condition: Node, other: Node, frames: list[dict[Any, Any]]) -> None:
    logic = Logic([])
    if not logic.is_possible(logic.formula(condition, "true"), logic.formula(other, "untrue")):
        for values in frames:
            if build_closure(condition)(frame_of(values)) is True:
                assert build_closure(other)(frame_of(values)) is True


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.lists(leaves, min_size=2, max_size=3), st.lists(frames, min_size=10, max_size=30))
def test_leaves_that_exclude_each_other_never_meet(parts: list[Node], frames: list[dict[Any, Any]]) -> None:
    condition = group("all", parts)
    logic = Logic([])
    if not logic.is_possible(logic.formula(condition, "true")):
        assert not any(build_closure(condition)(frame_of(values)) is True for values in frames)


def _eq(path: int, value: str) -> MatchNode:
    return match(f"p{path}", path, "eq", value)


def test_more_alternatives_than_are_followed_count_as_possible() -> None:
    choices = [group("any", [_eq(n, "a"), _eq(n, "b")]) for n in range(600)]
    logic = Logic([])
    assert logic.is_possible(logic.formula(group("all", choices), "true"))


def test_what_the_schema_says_of_a_value_is_believed() -> None:
    texts = [_eq(0, text)._replace(matcher="starts_with") for text in ("bug", "crash")]
    both = group("all", texts)
    anything, text = Logic([]), Logic([], {0: frozenset({"string", "null"})})
    assert anything.is_possible(anything.formula(both, "true"))  # a list may have a member of each beginning
    assert not text.is_possible(text.formula(both, "true"))


def test_a_broken_part_leaves_everything_open() -> None:
    broken = constant(None, "?")
    logic = Logic([])
    assert all(
        logic.is_possible(logic.formula(broken, sign)) for sign in ("true", "false", "untrue", "unfalse")
    )
