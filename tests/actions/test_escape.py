"""Hostile text in Markdown and titles: what nobody sees is dropped, what scripts and emoji need stays."""

from __future__ import annotations

import pytest

from rulewright.actions.escape import escape_markdown, escape_plain, normalise_text

HIDDEN = [
    *(
        "\x00",
        "\x1b",
        "\x7f",
        "\x9b",
        "\u00ad",
        "\u034f",
        "\u061c",
        "\u115f",
        "\u1160",
        "\u17b4",
        "\u180e",
        "\u200b",
    ),
    *(
        "\u200e",
        "\u202e",
        "\u2060",
        "\u2066",
        "\u206f",
        "\u2800",
        "\u3164",
        "\ufeff",
        "\uffa0",
        "\ufff9",
        "\ud800",
    ),
    *("\U0001d159", "\U0001d173", "\U000e0001", "\U000e0041", "\U000e0200"),
]
NEEDED = [
    "می\u200cخواهم",
    "क्\u200dष",
    "\U0001f468\u200d\U0001f4bb",
    "\u2764\ufe0f",
    "e\u0301",
    "葛\U000e0100",
    "ก\u0e34",
]


@pytest.mark.parametrize("sign", HIDDEN, ids=lambda sign: f"U+{ord(sign):04X}")
def test_hidden_characters_are_dropped(sign):
    assert normalise_text(f"a{sign}b") == "ab"
    assert escape_plain(f"a{sign}b") == "ab"
    assert escape_markdown(f"a{sign}b") == "ab"


@pytest.mark.parametrize("text", NEEDED)
def test_what_scripts_and_emoji_need_stays(text):
    assert normalise_text(text) == escape_plain(text) == escape_markdown(text) == text


def test_line_breaks_of_all_kinds_are_one():
    assert normalise_text("a\r\nb\u2028c\u2029d\te") == "a\nb\nc\nd\te"


def test_a_limit_counts_what_is_shown():
    assert normalise_text("\u3164\u2800abc", 3) == "abc"
    assert normalise_text("abcd", 3) == "ab…"
