"""Templates and what hostile values become in them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulewright.actions.escape import VALUE_LIMIT, escape_markdown, escape_plain, normalise_text
from rulewright.actions.template import TEXT_LIMIT, Undetermined, check_template, paths, render


def test_values_stand_where_their_paths_stood() -> None:
    text = render("{{ a }} and {{b.c}}!", {"a": 1, "b.c": ["x", "y"]}.get)
    assert text == "1 and x, y!"


@pytest.mark.parametrize(
    ("text", "message", "offset"),
    [
        ("open {{ a", "`{{` is not closed.", 5),
        ("close }} a", "`}}` was not opened.", 6),
        ("{{ }}", "`{{ }}` contains no path.", 0),
        ("{{ a {{ b }}", "`{{` is not closed.", 0),
    ],
)
def test_broken_templates_are_named_with_their_place(text: str, message: str, offset: int) -> None:
    (problem,) = check_template(text)
    assert (problem.message, problem.offset) == (message, offset)
    with pytest.raises(Undetermined):
        render(text, {"a": 1, "b": 2}.get)


def test_unknown_paths_are_problems_at_their_offset() -> None:
    found = check_template(
        "Hi {{ author }}, {{ nope }}", lambda path: None if path == "author" else f"no {path}"
    )
    assert [(p.message, p.offset) for p in found] == [("no nope", 20)]
    assert paths("Hi {{ author }}") == (("author", 6),)


@pytest.mark.parametrize("value", [None, {"a": 1}, [{"a": 1}], [None]])
def test_missing_values_and_mappings_leave_the_text_undetermined(value: Any) -> None:
    with pytest.raises(Undetermined, match="`x`"):
        render("{{ x }}", {"x": value}.get)


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("@everyone", "@&#8203;everyone"),
        ("#12", "&#8203;#&#8203;12"),
        ("octo/repo#1", "octo/repo#&#8203;1"),
        ("GH-7", "GH-&#8203;7"),
        ("[a](https://b.c)", "\\[a\\](https:&#8203;//b.c)"),
        ("![a](x)", "&#8203;!\\[a\\](x)"),
        ("<img src=x>", "&lt;img src=x&gt;"),
        ("<!-- rulewright:a/b -->", "&lt;!-- rulewright:&#8203;a/b --&gt;"),
        ("www.evil.example", "www&#8203;.evil.example"),
        ("mail me@evil", "mail me@&#8203;evil"),
        ("# title", "&#8203;# title"),
        ("1. one", "&#8203;1. one"),
        ("/approve", "&#8203;/approve"),
        ("a\n\n- b", "a - b"),
        ("`code` *b* _i_ ~s~ a|b", "\\`code\\` \\*b\\* \\_i\\_ \\~s\\~ a\\|b"),
        ("a\u202eb\u200bc\x00d", "abcd"),
        ("&#64;all", "&amp;#&#8203;64;all"),
    ],
)
def test_hostile_values_are_shown_as_text(hostile: str, harmless: str) -> None:
    assert escape_markdown(hostile) == harmless
    assert render("{{ x }}", {"x": hostile}.get) == harmless


def test_trusted_values_stand_as_they_are() -> None:
    assert render("{{ x }}", {"x": "*bold*"}.get, trusted=lambda path: path == "x") == "*bold*"


def test_long_values_and_texts_are_cut() -> None:
    assert escape_plain("a" * 2000) == "a" * (VALUE_LIMIT - 1) + "…"
    assert len(render("{{ x }}" * 100, {"x": "a" * 900}.get)) == TEXT_LIMIT


@given(st.text(max_size=200))
def test_no_value_opens_markup(text: str) -> None:
    made = escape_markdown(text)
    assert "\n" not in made
    assert "<" not in made
    assert not re.search(r"(?<!\\)[\[\]`*_]", re.sub(r"\\\\", "", made))
    assert not re.search(r"@[A-Za-z0-9]|(?<!&)#\d|://", made)


@given(st.text(max_size=100))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert normalise_text(normalise_text(text)) == normalise_text(text)
