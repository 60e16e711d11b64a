"""What reaches a terminal: nothing hidden and nothing that it would obey, but every script as it is written."""

from __future__ import annotations

import pytest

from rulewright.policy.characters import clip_text
from rulewright.report.terminal import printable


@pytest.mark.parametrize(
    "sign",
    [
        *(
            "\x00",
            "\x08",
            "\r",
            "\x1b",
            "\x7f",
            "\x9b",
            "\u00ad",
            "\u061c",
            "\u115f",
            "\u200b",
            "\u2028",
            "\u202e",
        ),
        *("\u2066", "\u206a", "\u2800", "\u3164", "\ufeff", "\uffa0", "\U0001d173", "\U000e0041"),
    ],
    ids=lambda sign: f"U+{ord(sign):04X}",
)
def test_hidden_characters_are_dropped(sign):
    assert printable(f"a{sign}b") == "ab"


@pytest.mark.parametrize(
    "text", ["a\tb\nc", "می\u200cخواهم", "\U0001f468\u200d\U0001f4bb", "\u2764\ufe0f", "e\u0301", "plain"]
)
def test_the_rest_stays(text):
    assert printable(text) == text


def test_a_line_is_cut_after_it_is_cleaned():
    assert clip_text("\u3164" * 3 + "abc  def", 20) == "abc def"
