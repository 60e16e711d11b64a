"""JSON Schema → GBNF: what is in the subset, what is refused and where, and that every text in it is escaped."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulewright.models.local.json_grammar import (
    MAX_STRING_LENGTH,
    UnsupportedSchemaError,
    build_grammar,
    build_word_grammar,
)

NAMES = st.text(st.characters(exclude_categories=("Cs",)), max_size=6)
LEAVES = st.sampled_from(
    [
        {"type": "string"},
        {"type": "string", "minLength": 1, "maxLength": 9},
        {"type": ["integer", "null"]},
        {"type": "number"},
        {"type": "boolean"},
        {"const": 3},
    ]
) | st.lists(NAMES | st.integers() | st.booleans() | st.none(), min_size=1, max_size=4).map(
    lambda x: {"enum": x}
)
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"type": st.just("array"), "items": inner, "maxItems": st.integers(0, 4)}),
        st.lists(inner, min_size=1, max_size=3).map(lambda each: {"anyOf": each}),
        st.dictionaries(NAMES, inner, max_size=4).map(
            lambda each: {"type": "object", "properties": each, "required": sorted(each)[::2]}
        ),
    ),
    max_leaves=8,
)


def literals_closed(rule: str) -> bool:
    """Whether quotes and classes of one rule are closed, escapes taken into account."""
    inside, skip = "", False
    for char in rule:
        if skip:
            skip = False
        elif char == "\\" and inside:
            skip = True
        elif inside:
            inside = "" if char == inside else inside
        elif char in '"[':
            inside = {'"': '"', "[": "]"}[char]
    return not inside


@given(SCHEMAS)
def test_every_grammar_is_whole(schema: dict[str, Any]) -> None:
    """Each rule on its own line, every name that is used is a rule, and nothing of a schema stands unescaped."""
    lines = build_grammar(schema).splitlines()
    rules = dict(line.split(" ::= ", 1) for line in lines)
    assert len(rules) == len(lines)
    assert "root" in rules
    for text in rules.values():
        assert text.isascii()
        assert literals_closed(text)


def test_a_grammar_as_it_stands() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"enum": ['x"y', "ä"]}},
        "required": ["a"],
    }
    assert build_grammar(schema).splitlines() == [
        'root ::= ("{" first-5 "}")',
        'integer ::= "-"? ("0" | [1-9] [0-9]{0,14})',
        r'pair-1 ::= "\"a\": " (integer)',
        r'pair-2 ::= "\"b\": " ("\"x\\\"y\"" | "\"\xE4\"")',
        'first-3 ::= pair-2 | ""',
        'later-4 ::= (", " pair-2 | "")',
        "first-5 ::= pair-1 later-4",
        'later-6 ::= ", " pair-1 later-4',
    ]


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (True, "/: anything goes"),
        ({}, "/: no type"),
        ({"type": "text"}, "/: no type"),
        ({"type": "string", "pattern": "^a"}, "/: the keyword pattern"),
        ({"type": "string", "format": "date"}, "/: the keyword format"),
        ({"type": "integer", "minimum": 3}, "/: the keyword minimum"),
        ({"type": "array"}, "/: an array without items"),
        ({"type": "array", "items": {"type": "null"}, "uniqueItems": True}, "the keyword uniqueItems"),
        ({"type": "array", "items": {"$ref": "#/x"}}, "/items: no type"),
        ({"type": "object", "if": {}}, "the keyword if"),
        ({"type": "object", "additionalProperties": True}, "additionalProperties"),
        ({"type": "object", "required": ["a"]}, "required property"),
        ({"type": "object", "properties": {"a": {"allOf": []}}}, "/properties/a: no type"),
        ({"type": "string", "maxLength": MAX_STRING_LENGTH + 1}, "maxLength"),
        ({"type": "string", "minLength": 3, "maxLength": 2}, "minLength above maxLength"),
        ({"type": "string", "minLength": True}, "minLength"),
        ({"enum": []}, "enum"),
        ({"enum": [[1]]}, "lists or objects"),
        ({"enum": [float("nan")]}, "JSON cannot hold"),
        ({"enum": ["\ud800"]}, "JSON cannot hold"),
        ({"const": 1, "minimum": 2}, "beside other keywords"),
        ({"anyOf": [{"type": "null"}], "type": "null"}, "beside other keywords"),
        ({"anyOf": []}, "without schemas"),
    ],
)
def test_what_is_outside_is_refused_with_its_place(schema: Any, message: str) -> None:
    with pytest.raises(UnsupportedSchemaError) as caught:
        build_grammar(schema)
    assert message in str(caught.value)


def test_too_deep_and_too_large_schemas_are_refused() -> None:
    deep: dict[str, Any] = {"type": "null"}
    for _ in range(12):
        deep = {"type": "array", "items": deep}
    with pytest.raises(UnsupportedSchemaError, match="deeper"):
        build_grammar(deep)
    wide = {"type": "object", "properties": {f"p{n}": {"type": "null"} for n in range(300)}}
    with pytest.raises(UnsupportedSchemaError, match="rules"):
        build_grammar(wide)


def test_words_are_bounded() -> None:
    assert build_word_grammar(5).startswith('root ::= word (" " word){0,4}\n')
    assert "{0,0}" in build_word_grammar(0)
