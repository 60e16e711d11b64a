"""The strict form of expressions: what is missing does not disappear."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.program.expression import ExpressionFailure, build_evaluator, parse_expression, search
from rulewright.program.expression.require import make_strict


def ask(text: str, data: Any, *, is_condition: bool = False) -> Any:
    return build_evaluator(make_strict(parse_expression(text), is_condition=is_condition))(data)


ITEMS = {"r": [{"v": 1, "k": "a"}, {"k": "b"}, {"v": None, "k": "a"}, None, {"v": 4, "k": "a"}]}


@pytest.mark.parametrize(
    ("text", "data", "expected"),
    [
        ("r[].v", ITEMS, [1, None, None, None, 4]),
        ("r[*].v", ITEMS, [1, None, None, None, 4]),
        ("r[?k == 'a'].v", ITEMS, [1, None, 4]),
        ("r[?not_null(v, `9`) > `3`].v", ITEMS, [None, None, None, 4]),
        ("r[?v != null && v > `3`].v", ITEMS, [4]),
        ("r[0:3].v", ITEMS, [1, None, None]),
        ("length(r[].v)", ITEMS, 5),
        ("r[].not_null(v, `0`)", ITEMS, [1, 0, 0, 0, 4]),
        ("o.*.v", {"o": {"a": {"v": 1}, "b": {}}}, [1, None]),
        ("a[].b[].c", {"a": [{"b": [{"c": 1}, {}]}, {}, {"b": []}]}, [1, None, None]),
        ("[]", [1, None, [2, None]], [1, None, 2, None]),
        ("r[].v", {"r": [{"v": 1}, []]}, [1, None]),
        ("r[].v[]", {"r": [{"v": [1]}, {"v": []}]}, [1]),
        ("r[].v | [1]", ITEMS, None),
        ("avg(r[?k == 'a' && v != null].v)", ITEMS, 2.5),
        ("missing[].v", ITEMS, None),
    ],
)
def test_projections_keep_nulls(text: str, data: Any, expected: Any) -> None:
    assert ask(text, data) == expected


@pytest.mark.parametrize(
    ("text", "data", "message"),
    [
        ("avg(r[].v)", ITEMS, "item 1 of a value that is compared or computed with is missing"),
        ("r[?v > `0`].k", ITEMS, "item 1: `v` is missing"),
        ("r[?m.v <= `0`]", {"r": [{"m": {"v": nan}}]}, "item 0: `m.v` is nan"),
        ("max(v)", {"v": [1.0, nan]}, "item 1 of `v` is nan"),
        ("max_by(r, &v).k", {"r": [{"v": 1.0}, {"v": inf}]}, "`v` is inf"),
        ("sort_by(r, &v)[0]", {"r": [{"v": 1}, {}]}, "`v` is missing"),
        ("abs(v)", {}, "`v` is missing"),
        ("v < `1`", {"v": None}, "`v` is missing"),
    ],
)
def test_what_is_computed_with_must_be_there(text: str, data: Any, message: str) -> None:
    with pytest.raises(ExpressionFailure) as caught:
        ask(text, data)
    assert (caught.value.message, caught.value.of_null) == (message, True)


def test_an_order_of_texts_is_refused() -> None:
    with pytest.raises(ExpressionFailure, match="item 0: `v` is no number") as caught:
        ask("r[?v > `1`]", {"r": [{"v": "2"}]})
    assert not caught.value.of_null


@pytest.mark.parametrize("text", ["r[?k == 'a']", "r[?ok]", "r[?!ok]", "r[?ok && k == 'a']"])
def test_a_condition_needs_what_it_compares(text: str) -> None:
    data = {"r": [{"k": "a", "ok": True}, {}]}
    assert ask(text, data) == search(text, data)
    with pytest.raises(ExpressionFailure, match=r"item 1: `(k|ok)` is missing"):
        ask(text, data, is_condition=True)
    with_both = {"r": [{"k": "a", "ok": True}, {"k": "b", "ok": False}]}
    assert ask(text, with_both, is_condition=True) == search(text, with_both)
    assert ask("r[?k == null]", data, is_condition=True) == [{}]


_VALUES = st.none() | st.integers(-5, 5)
_TREES = st.lists(
    st.fixed_dictionaries({}, optional={"b": st.lists(st.fixed_dictionaries({}, optional={"c": _VALUES}))})
)


@given(_TREES)
@settings(deadline=None)
def test_every_item_gives_a_value(trees: list[dict[str, list[dict[str, int | None]]]]) -> None:
    found = ask("a[].b[].c", {"a": trees})
    assert len(found) == sum(len(tree["b"]) if "b" in tree else 1 for tree in trees)
    assert [value for value in found if value is not None] == search("a[].b[].c", {"a": trees})


@given(st.lists(st.fixed_dictionaries({"k": st.sampled_from("ab")}, optional={"v": st.integers()})))
@settings(deadline=None)
def test_complete_data_gives_what_the_standard_gives(items: list[dict[str, Any]]) -> None:
    complete = {"r": [{"v": 0, **item} for item in items]}
    for text in ("r[].v", "r[?k == 'a'].v", "r[?v > `0`].k", "length(r)", "sum(r[].v)", "r[*].[k, v]"):
        assert ask(text, complete) == search(text, complete)
        assert ask(text, complete, is_condition=True) == search(text, complete)
