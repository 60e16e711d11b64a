from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulewright.program.expression import ExpressionError, build_evaluator, check_expression, parse_expression
from rulewright.program.expression.grammar import parse_grammar

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,4}", fullmatch=True)


@given(st.lists(st.one_of(NAMES, st.just("[]")), max_size=6), NAMES)
def test_plain_paths_parse_as_the_grammar_parses_them(steps: list[str], first: str) -> None:
    text = first + "".join(step if step == "[]" else f".{step}" for step in steps)
    assert parse_expression(text) == parse_grammar(text)


def test_plain_paths_do_not_import_jmespath() -> None:
    import subprocess

    code = (
        "import sys; from rulewright.program.expression import build_evaluator, parse_expression;"
        "read = build_evaluator(parse_expression('issue.labels[].name'));"
        "assert read({'issue': {'labels': [{'name': 'x'}]}}) == ['x'];"
        "names = ('jmespath', 're2', 'rulewright.program.expression.functions');"
        "print(*[name for name in names if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize(
    ("text", "position", "part"),
    [
        ("", 0, "empty"),
        ("  ", 0, "empty"),
        ("a.", 2, "unexpected end"),
        ("a.]", 2, "unexpected `]`, expected an identifier"),
        ("a > 5", 4, "unexpected `5`"),
        ("a = b", 2, "unexpected `=`"),
        ("a[b]", 2, "expected an index"),
        ("a[1:x]", 4, "expected a number"),
        ("a['x'", 2, "unexpected literal"),
        ("'abc", 0, "the ' opened here is never closed"),
        ("é", 0, "unexpected `é`"),
        ("a[?b==`NaN`]", 6, "`NaN` is not valid JSON"),
        ("a[?b==`1e999`]", 6, "too large"),
        ('a[?b==`["x`]', 6, "not valid JSON"),
        ("f(a b)", 4, "expected `,`"),
        ("f(a,)", 4, "expected an expression"),
        ("(f)(a)", 2, "only a function name"),
        ('"f"(a)', 0, "must not be quoted"),
        ("{a: b c: d}", 6, "expected `,`"),
        ("a[99999999999999999999]", 2, "more than 18 digits"),
        ("a - b", 2, "unexpected `-`"),
        ('"\\u"', 0, "not a JSON string"),
    ],
)
def test_syntax_errors_have_a_place_and_say_what_was_expected(text: str, position: int, part: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text)
    assert caught.value.position == position
    assert part in caught.value.message


def test_a_bare_number_gets_the_hint_to_use_backticks() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression("a > 5")
    assert caught.value.hint == "write a number in backticks: `5`"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "a" + ")" * 5000,
        "!" * 5000 + "a",
        "a" + "[*]" * 4000,
        "a" + "[]" * 4000,
        "[" * 5000,
        "a" + " || a" * 3000,
        "a" + " | a" * 3000,
        "{a:" * 3000,
        "`" + "[" * 10_000 + "]" * 5_000 + "`",
        "a" * 20_000,
        "[@,@]|" * 40 + "to_string(@)",
        "[@,@][]|" * 40 + "@",
    ],
    ids=lambda text: text[:12],
)
def test_hostile_expressions_are_refused_with_one_message(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse_expression(text)


@given(st.text(alphabet="ab.[]*?&|!()'`\"{}:,@<>=0-9 \\", max_size=30))
def test_any_text_parses_to_json_or_is_refused(text: str) -> None:
    position = 0
    try:
        ast = parse_expression(text)
    except ExpressionError as error:
        position = error.position
    else:
        assert json.loads(json.dumps(ast, allow_nan=False)) == ast
        assert callable(build_evaluator(ast))
        assert isinstance(check_expression(ast), list)
    assert 0 <= position <= len(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("lenght(a)", "unknown function lenght(); did you mean length()?"),
        ("contains(a)", "contains() takes 2 arguments, got 1"),
        ("not_null()", "not_null() takes at least 1 argument, got 0"),
        ("round(a, b, c)", "round() takes 1 to 2 arguments, got 3"),
        ("sort_by(a, b)", "sort_by() takes an expression as expression: add `&` in front"),
        ("abs(&a)", "abs() takes number as value, not an expression (`&…`)"),
        ("lower(`5`)", "lower() takes string as text, got number"),
        ("lower(a == b)", "lower() takes string as text, but never gets one"),
        ("a[?b > 'x']", 'only numbers can be ordered, and "x" is not a number: the result is always null'),
        ("a[1:2:0]", "the step of a slice may not be 0"),
        ("a || &b", "`&` creates an expression reference, which only functions accept"),
    ],
)
def test_check_finds_what_can_never_work(text: str, problem: str) -> None:
    assert check_expression(parse_expression(text)) == [problem]


def test_check_finds_every_problem_once() -> None:
    assert len(check_expression(parse_expression("[nope(a), nope(b), abs(), map(&lower(`1`), x)]"))) == 3


@pytest.mark.parametrize(
    "text", ["a", "contains(labels, 'x')", "a[?b > `1`]", "sort_by(a, &b)[0]", "a == 'x'"]
)
def test_check_leaves_good_expressions_alone(text: str) -> None:
    assert check_expression(parse_expression(text)) == []


def test_parsing_twice_gives_the_same_tree() -> None:
    text = "a.b[?c == `1`].d"
    first: Any = parse_expression(text)
    assert parse_expression(text) is first


@pytest.mark.parametrize(
    ("opening", "inside", "closing", "levels"),
    [
        ("!", "a", "", 119),
        ("(", "a", ")", 119),
        ("a[?", "a", "]", 118),
        ("not_null(", "a", ")", 119),
        ("map(&", "a", ", @)", 59),
        ("[", "a", "]", 119),
        ("{a: ", "a", "}", 59),
        ("a[*].[", "a", "]", 59),
        ("sort_by(a, &", "`1`", ")", 59),
        ("to_array(a || ", "a", ")", 59),
    ],
)
def test_the_deepest_expressions_that_parse_also_run(
    opening: str, inside: str, closing: str, levels: int
) -> None:
    def result(depth: int) -> Any:
        ast = parse_expression(opening * depth + inside + closing * depth)
        assert check_expression(ast) == []
        return build_evaluator(ast)([] if "map" in opening else {"a": []})

    result(levels)
    with pytest.raises(ExpressionError, match="levels deep"):
        result(levels * 3)
