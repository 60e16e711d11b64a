from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulewright.program.expression import ExpressionFailure, check_expression, parse_expression, search
from rulewright.program.expression.functions import FUNCTIONS, Function

SAMPLES: list[Any] = [
    None,
    True,
    0,
    1,
    -1.5,
    "",
    "x",
    [],
    [1, 2],
    ["a"],
    [None, "a", 2],
    {},
    {"a": 1},
    float("nan"),
    float("inf"),
    10**400,
]


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda each: each.name)
class TestEveryFunction:
    def test_its_example_holds(self, function: Function) -> None:
        example = function.example
        result = search(example.expression, example.data)
        assert json.dumps(result) == json.dumps(example.result)
        assert f"{function.name}(" in example.expression
        assert check_expression(parse_expression(example.expression)) == []

    def test_it_fails_only_as_a_function_may(self, function: Function) -> None:
        names = "abc"[: max(function.min_arguments, 1)]
        call = ", ".join(
            f"&{name}" if function.parameter(index).expression else name for index, name in enumerate(names)
        )
        kinds: set[str] = set()
        for first in SAMPLES:
            for second in SAMPLES:
                data = {"a": first, "b": second, "c": second}
                try:
                    search(f"{function.name}({call})", data)
                except ExpressionFailure as failure:
                    kinds.add(failure.kind)
        assert kinds <= {"invalid-type", "invalid-value", "limit"}

    def test_it_is_described(self, function: Function) -> None:
        assert function.description.endswith(".")
        assert all(len(each) == 2 for each in function.raises)


def test_the_standard_has_26_functions_and_none_is_shadowed() -> None:
    assert sum(each.family == "standard" for each in FUNCTIONS.values()) == 26
    from rulewright.program.expression import functions

    families = (
        functions.STANDARD,
        functions.TEXT,
        functions.REGEX,
        functions.NUMBER_FUNCTIONS,
        functions.TIME,
    )
    more = (functions.SEMVER, functions.STATISTICS, functions.COLLECTIONS)
    assert sum(map(len, families + more)) == len(FUNCTIONS)


@pytest.mark.parametrize(
    ("text", "data", "kind"),
    [
        ("replace(@, 'a', 'aaaaaaaaaaaaaaaaaaaa')", "a" * 100_000, "limit"),
        ("replace_pattern(@, 'a', 'aaaaaaaaaaaaaaaaaaaa')", "a" * 100_000, "limit"),
        ("join(@[0], @)", ["x" * 1000] * 1001, "limit"),
        ("split(@, '')", "abc", "invalid-value"),
        ("split(@, 'b', `-1`)", "abc", "invalid-value"),
        ("replace(@, '', 'x')", "abc", "invalid-value"),
        ("count(@, '')", "abc", "invalid-value"),
        ("truncate(@, `1.5`)", "abc", "invalid-value"),
        ("matches(@, '(?=a)')", "abc", "invalid-value"),
        ("replace_pattern(@, 'a', '$1')", "abc", "invalid-value"),
        ("divide(@, `0`)", 1, "invalid-value"),
        ("multiply(@, @)", 1e200, "invalid-value"),
        ("round(@, `99`)", 1.5, "invalid-value"),
        ("clamp(@, `2`, `1`)", 1, "invalid-value"),
        ("weekday(@)", "yesterday", "invalid-value"),
        ("weekday(@)", 1e18, "invalid-value"),
        ("duration(@)", "7", "invalid-value"),
        ("duration(@)", "7 months", "invalid-value"),
        ("size(@)", "10s", "invalid-value"),
        ("semver_compare(@, '1.0.0')", "v1", "invalid-value"),
        ("semver_satisfies(@, '>=nope')", "1.0.0", "invalid-value"),
        ("percentile(@, `101`)", [1], "invalid-value"),
        ("trimmed_mean(@, `50`)", [1], "invalid-value"),
        ("group_by(@, &a)", [{"a": 1}], "invalid-type"),
        ("round('x')", None, "invalid-type"),
        ("abs(@)", True, "invalid-type"),
    ],
)
def test_failures_have_a_kind(text: str, data: Any, kind: str) -> None:
    with pytest.raises(ExpressionFailure) as caught:
        search(text, data)
    assert caught.value.kind == kind
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    ("text", "data", "result"),
    [
        ("ratio(`1`, `0`)", {}, None),
        ("change(`0`, `1`)", {}, None),
        ("percentile(@, `50`)", [], None),
        ("percentile(@, `0`)", [3, 1], 1),
        ("percentile(@, `100`)", [3, 1], 3),
        ("percentile(@, `25`)", [1, 2, 3, 4], 1.75),
        ("stddev(@)", [1], None),
        ("round(@)", -2.5, -3),
        ("round(@)", 1e300, int(1e300)),
        ("captures(@, 'x')", "abc", None),
        ("captures(@, 'b')", "abc", "b"),
        ("captures(@, '(b)(z)?')", "abc", ["b", None]),
        ("replace_pattern(@, '(a)(x)?', '$$$1$2-$0$')", "ab", "$a-a$b"),
        ("lines(@)", "", []),
        ("lines(@)", "a\n\nb", ["a", "", "b"]),
        ("get(@, 'x')", {}, None),
        ("get(@, 'x', 'd')", {"x": None}, "d"),
        (
            "unique(@)",
            [1, True, 1.0, "1", None, None, [1], [True], [1.0], {"a": 1}, {"a": 1}],
            [1, True, "1", None, [1], [True], {"a": 1}],
        ),
        ("intersect(a, b)", {"a": [[1], {"x": [2]}], "b": [{"x": [2]}]}, [{"x": [2]}]),
        ("index_of(@, `true`)", [1, True], 1),
        ("index_of(@, 'z')", ["a"], None),
        ("any_of(@, &a)", [], False),
        ("all_of(@, &a)", [], True),
        ("all_of(@, &@)", [0, "x"], True),
        ("seconds_between(`10`, `4`)", {}, -6.0),
        ("format_time(`-1`)", {}, "1969-12-31T23:59:59Z"),
        ("semver_parse(@)", "v1.0.0", None),
        ("semver_step('1.0.0', '1.0.0+x')", {}, None),
        ("truncate(@, `0`)", "abc", ""),
        ("slug(@)", "--- É ---", "e"),
    ],
)
def test_edges(text: str, data: Any, result: Any) -> None:
    assert json.dumps(search(text, data)) == json.dumps(result)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=30), st.floats(0, 100), st.floats(0, 100))
def test_a_percentile_stays_within_the_data_and_rises(values: list[float], one: float, other: float) -> None:
    low, high = sorted((one, other))
    first = search("percentile(v, p)", {"v": values, "p": low})
    second = search("percentile(v, p)", {"v": values, "p": high})
    assert min(values) <= first <= second <= max(values)


def test_lone_surrogates_are_no_problem_for_patterns() -> None:
    assert search("matches(@, 'b$')", "a\ud800b") is True
    assert search("slug(@)", "a\ud800b") == "ab"
