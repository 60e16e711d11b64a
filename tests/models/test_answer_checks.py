"""What a model writes that nobody sees: out of its texts, and no part of a key."""

from __future__ import annotations

from typing import Any

import pytest

from rulewright.models.answer_checks import check_answer, parse_answer
from rulewright.models.task import Abstention, Task, TaskAnswer

SCHEMA = {"type": "object", "properties": {"version": {"type": "string", "maxLength": 5}}}


def task(kind: Any, **parts: Any) -> Task:
    return Task(kind, "found", "Read the report.", "0" * 64, (("body", "text"),), **parts)


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("1.0", "1.0"),
        ("1\x00.0", "1.0"),
        ("1\x1b[2m", "1[2m"),
        ("\u202e1.0\u2066", "1.0"),
        ("1\ud800.0", "1.0"),
        ("\ufeff1.0\u200b", "1.0"),
        ("1\r\n2\t3", "1\n2\t3"),
        ("\u06a9\u200c\u0627", "\u06a9\u200c\u0627"),
    ],
)
def test_texts_hold_what_people_see(written: str, seen: str) -> None:
    found = check_answer(
        task("extract", schema=SCHEMA), TaskAnswer({"version": written, "more": [written]}, "api", "m")
    )
    assert isinstance(found, TaskAnswer)
    assert found.value == {"version": seen, "more": [seen]}
    short = check_answer(task("summarize", max_words=5), TaskAnswer(written, "local", "m"))
    assert isinstance(short, TaskAnswer)
    assert short.value == seen


def test_the_length_that_counts_is_the_seen_one() -> None:
    found = check_answer(
        task("extract", schema=SCHEMA), TaskAnswer({"version": "1.0" + "\u200b" * 9}, "api", "m")
    )
    assert isinstance(found, TaskAnswer)


@pytest.mark.parametrize("key", ["version\x00", "\u202eversion", "\ud800", "a\nb\x1b"])
def test_a_key_with_a_hidden_character_makes_the_answer_none(key: str) -> None:
    found = check_answer(task("extract", schema=SCHEMA), TaskAnswer({"a": [{key: "1"}]}, "api", "m"))
    assert isinstance(found, Abstention)
    assert (found.code, found.reason) == ("invalid", "a key of the answer has a hidden character")


def test_a_label_with_a_hidden_character_is_in_no_closed_list_but_as_people_see_it() -> None:
    labels = (("high", ""), ("low", ""))
    found = check_answer(task("classify", labels=labels), TaskAnswer("hi\u200bgh", "api", "m"))
    assert isinstance(found, TaskAnswer)
    assert found.value == "high"


def test_a_summary_of_nothing_seen_is_none() -> None:
    found = check_answer(task("summarize", max_words=5), TaskAnswer("\u200b\x00", "api", "m"))
    assert isinstance(found, Abstention)


def test_an_answer_that_is_nested_too_deeply_is_none() -> None:
    value: Any = "x"
    for _ in range(5000):
        value = [value]
    found = check_answer(task("extract", schema={}), TaskAnswer(value, "api", "m"))
    assert isinstance(found, Abstention)


@pytest.mark.parametrize("text", ['{"a": 1, "a": 1}', '[{"b": {"a": 1, "a": 2}}]'])
def test_a_key_that_stands_twice_is_refused_wherever_it_is(text: str) -> None:
    with pytest.raises(ValueError, match="a key appears twice"):
        parse_answer(text)
