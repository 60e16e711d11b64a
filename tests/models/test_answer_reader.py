"""What a model wrote, read where it can mean one thing only."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulewright.models.answer_reader import (
    UnreadableAnswerError,
    find_label,
    parse_answer,
    read_label,
    remove_reasoning,
)

LABELS = ("bug", "idea", "needs info", "3", "null")
MARKS = (
    *("<think>", "</think>", "<THINKING>", "</thinking >", "[THINK]", "[/THINK]", "◁think▷", "◁/think▷"),
    *("a", " ", "<", "\n"),
)


@pytest.mark.parametrize(
    "text", ['{"a": 1, "a": 1}', '[{"b": {"a": 1, "a": 2}}]', '```\n{"a": 1, "a": 2}\n```']
)
def test_a_key_that_stands_twice_is_refused_wherever_it_is(text: str) -> None:
    with pytest.raises(UnreadableAnswerError, match="a key appears twice"):
        parse_answer(text)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("It crashes.", "It crashes."),
        ("<think></think>It crashes.", "It crashes."),
        ("<think>a<think>b</think>c</think>It crashes.", "It crashes."),
        ("It <reasoning>a</reasoning>crashes.", "It crashes."),
        ("a</think>b</think>It crashes.", "It crashes."),
        ("<seed:think>a</seed:think> It crashes.", "It crashes."),
        ("◁think▷a◁/think▷It crashes.", "It crashes."),
        ("<|channel|>final<|message|>It crashes.<|return|>", "It crashes."),
        ("The tag <thinker> is shown.", "The tag <thinker> is shown."),
    ],
)
def test_reasoning_is_removed(text: str, plain: str) -> None:
    assert remove_reasoning(text) == plain


@pytest.mark.parametrize(
    "text", ["<think>It crashes.", "It <think>crashes.", "a</think>b<think>c", "[THINK]a</think>[THINK]b"]
)
def test_reasoning_that_does_not_end_hides_what_is_the_answer(text: str) -> None:
    with pytest.raises(UnreadableAnswerError, match="within the model's reasoning"):
        remove_reasoning(text)


@given(st.lists(st.sampled_from(MARKS), max_size=12).map("".join))
def test_no_mark_of_reasoning_is_left(text: str) -> None:
    try:
        plain = remove_reasoning(text)
    except UnreadableAnswerError:
        return
    assert remove_reasoning(plain) == plain


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ('{"label": "bug"}', "bug"),
        ('\ufeff{"label": "bug"}'.removeprefix("\ufeff"), "bug"),
        ('{"label": "Needs Info"}', "needs info"),
        ("`bug`", "bug"),
        ("“idea”.", "idea"),
        ("needs info", "needs info"),
        ("3", "3"),
        ("null", "null"),
        ('"3"', "3"),
        ("```\nbug\n```", "bug"),
    ],
)
def test_a_label_is_read_however_it_is_written(text: str, label: str) -> None:
    assert read_label(text, LABELS) == label


@pytest.mark.parametrize(
    "text",
    [
        *("", "bugs", "not bug", "bug, idea", "{}", "[]", "4", "true", '["bug"]', '{"Label": "bug"}'),
        *(
            '{"label": 3}',
            '{"label": null}',
            '{"label": {"label": "bug"}}',
            '{"label": "bug"} {"label": "idea"}',
        ),
        '```{"label": "bug"}``` ```{"label": "bug"}```',
    ],
)
def test_what_names_no_label_or_two_is_none(text: str) -> None:
    with pytest.raises(UnreadableAnswerError):
        read_label(text, LABELS)


def test_labels_that_differ_in_case_only_are_told_apart_by_it() -> None:
    assert find_label("Bug", ["bug", "Bug"]) == "Bug"
    assert find_label("BUG", ["bug", "Bug"]) is None
    assert find_label("Gro\u0308\u00dfe", ["gr\u00f6sse", "x"]) == "gr\u00f6sse"


def test_a_reason_holds_nothing_of_the_answer() -> None:
    with pytest.raises(UnreadableAnswerError) as caught:
        read_label("swordfish", LABELS)
    assert "swordfish" not in str(caught.value)
