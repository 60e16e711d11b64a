"""What a model writes that nobody sees: out of its texts, and no part of a key."""

from __future__ import annotations

from typing import Any

import pytest

from rulewright.models.answer_checks import check_answer
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


@pytest.mark.parametrize(
    "probabilities",
    [
        {"high": "1"},
        {"high": None},
        {"high": True},
        {"high": -0.1},
        {"high": 10**400},
        {"x": 0.5},
        [1],
        "high",
        3,
    ],
)
def test_probabilities_of_another_shape_are_none(probabilities: Any) -> None:
    asked = task("classify", labels=(("high", ""), ("low", "")))
    found = check_answer(asked, TaskAnswer("high", "api", "m", probabilities))
    assert isinstance(found, Abstention)
    assert (found.code, found.reason) == ("invalid", "the probabilities are invalid")


@pytest.mark.parametrize("kind", ["classify", "extract", "summarize", "embed", "similar"])
@pytest.mark.parametrize(
    "value", [None, True, 3, 10**400, "", "other", [], ["high"], [[]], [10**400], [True], {}, {"a": [{}]}]
)
def test_an_answer_of_another_shape_is_an_abstention(kind: Any, value: Any) -> None:
    labels = (("high", ""), ("low", "")) if kind == "classify" else ()
    asked = task(kind, labels=labels, schema={"type": "object", "required": ["version"]}, max_words=1)
    found = check_answer(asked, TaskAnswer(value, "api", "m"))
    fits = (kind, value) in (("summarize", "other"), ("similar", []))
    assert isinstance(found, TaskAnswer) is fits
    assert fits or found.code == "invalid"  # type: ignore[union-attr]


def test_reasoning_of_any_provider_does_not_become_public() -> None:
    asked = task("summarize", max_words=5)
    found = check_answer(asked, TaskAnswer("<thi\u200bnk>@octocat again</think> It crashes.", "local", "m"))
    assert isinstance(found, TaskAnswer)
    assert found.value == "It crashes."
    unended = check_answer(asked, TaskAnswer("<think> It crashes.", "local", "m"))
    assert isinstance(unended, Abstention)
    assert unended.code == "invalid"


@pytest.mark.parametrize("label", ["🧑\u200d💻 dev", "❤️", "😀", "错误", "Größe"])
def test_labels_keep_their_characters(label: str) -> None:
    asked = task("classify", labels=((label, ""), ("low", "")))
    found = check_answer(asked, TaskAnswer(label, "api", "m", {label: 0.9, "low": 0.1}))
    assert isinstance(found, TaskAnswer)
    assert found.value == label
