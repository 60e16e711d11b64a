"""Unseen and look-alike characters: what a search sees of a text, and which place of the text that is."""

from __future__ import annotations

import random
import unicodedata
from itertools import pairwise

import pytest

from rulewright.detection import CERTAIN, detect
from rulewright.detection.page import TextPage
from rulewright.policy.characters import HIDDEN, JOINING, drop_hidden, is_mark, search_form

UNSEEN = [
    *(
        "\u00ad",
        "\u034f",
        "\u061c",
        "\u115f",
        "\u1160",
        "\u17b4",
        "\u17b5",
        "\u180b",
        "\u180e",
        "\u200b",
        "\u200c",
    ),
    *(
        "\u200d",
        "\u2060",
        "\u2066",
        "\u2069",
        "\u206a",
        "\u206f",
        "\u2800",
        "\u3164",
        "\ufe0f",
        "\ufeff",
        "\uffa0",
    ),
    *(
        "\ufff3",
        "\U0001bca0",
        "\U0001d173",
        "\U0001d17a",
        "\U000e0001",
        "\U000e0041",
        "\U000e0101",
        "\U000e01ef",
    ),
    *("\u0301", "\u0489", "\u20dd", "\u0e34", "\u093c"),
]


@pytest.mark.parametrize("sign", UNSEEN, ids=lambda sign: f"U+{ord(sign):04X}")
def test_an_unseen_character_hides_nothing(sign, corpus):
    token = corpus.checked("ghp_", random.Random(4))
    text = f"see {token[:7]}{sign}{token[7:20]}{sign * 3}{token[20:]} there"
    (found,) = detect(text)
    assert (found.type, found.start, found.end) == ("github_token", 4, 4 + len(token) + 4)


@pytest.mark.parametrize(
    ("look", "plain"),
    [
        *(
            ("ｇ", "g"),
            ("𝓰", "g"),
            ("𝟘", "0"),
            ("Ⓐ", "A"),
            ("🅰", "A"),
            ("①", "1"),
            ("❶", "1"),
            ("é", "e"),
            ("Å", "A"),
        ),
        *(
            ("ø", "o"),
            ("ł", "l"),
            ("đ", "d"),
            ("ı", "i"),
            ("—", "-"),
            ("−", "-"),
            ("‘", "'"),
            ("“", '"'),
            ("«", '"'),
        ),
        *(
            ("\u00a0", " "),
            ("\u3000", " "),
            ("٣", "3"),
            ("੩", "3"),
            ("꩓", "3"),
            ("а", "a"),
            ("Ѕ", "S"),
            ("ё", "e"),
        ),
        *(
            ("α", "a"),
            ("Ρ", "P"),
            ("：", ":"),
            ("∶", ":"),
            ("＿", "_"),
            ("\u2028", "\n"),
            ("ſ", "s"),
            ("ɢ", "g"),
        ),
    ],
)
def test_a_look_alike_counts_as_the_plain_one(look, plain):
    assert search_form(look) == plain
    assert TextPage(f"a{look}b").data == f"a{plain}b".encode()


@pytest.mark.parametrize("sign", ["あ", "½", "™", "→", "🎉", "\ud800", "я"])
def test_other_characters_stay_themselves(sign):
    assert search_form(sign) is None
    assert TextPage(f"a{sign}b").data == b"a?b"


def test_everything_that_unicode_says_to_ignore_is_dropped():
    ranges = [*HIDDEN, *JOINING]
    for code in (0xAD, 0x34F, *range(0x2060, 0x2070), *range(0xFE00, 0xFE10), *range(0xE0000, 0xE1000)):
        assert any(first <= code <= last for first, last in ranges), hex(code)
    for code in range(0x80, 0x20000):
        if unicodedata.category(chr(code)) in ("Mn", "Me"):
            assert search_form(chr(code)) == "", hex(code)


def test_tables_do_not_overlap():
    ranges = sorted([*HIDDEN, *JOINING])
    assert all(first <= last for first, last in ranges)
    assert all(before[1] < after[0] for before, after in pairwise(ranges))


def test_marks_on_the_last_character_belong_to_it():
    text = "mona@octo.dev\u0301\ufe0f, hubot@octo.dev\u200b!"
    found = [text[f.start : f.end] for f in detect(text)]
    assert found == ["mona@octo.dev\u0301\ufe0f", "hubot@octo.dev"]


def test_an_unseen_character_parts_two_words(corpus):
    """U+200B is a place where a line may break: a word behind it does not make a token longer."""
    token = corpus.checked("ghp_", random.Random(5))
    text = f"one\u200b{token}\u200btwo"
    assert [(f.start, f.end) for f in detect(text)] == [(4, 4 + len(token))]


def test_a_text_of_many_characters_is_read_like_one_of_few():
    signs = "".join(map(chr, range(0x1D400, 0x1D454)))
    assert TextPage(signs * 2).data == "".join(search_form(sign) or "?" for sign in signs * 2).encode()
    page = TextPage(f"{signs}\u0301{signs}x")
    assert page.at(len(page.data) - 1) == len(page.text) - 1


def test_places_lead_back():
    text = "\u200ba\u0301b\u2066\u2066c\u200b"
    page = TextPage(text)
    assert page.data == b"abc"
    assert [page.place(at, at + 1) for at in range(3)] == [(1, 3), (3, 4), (6, 7)]
    assert page.place(0, 3) == (1, 7)
    assert [page.has_gap(at) for at in range(3)] == [True, True, True]
    assert not TextPage("abc").has_gap(1)


def test_what_may_be_shown_keeps_what_scripts_need():
    needed = "می\u200cخواهم क्\u200dष \U0001f468\u200d\U0001f4bb \u2764\ufe0f e\u0301 葛\U000e0100"
    assert drop_hidden(needed) == needed
    assert drop_hidden("a\u3164b\u2800c\u115fd\u2066e\U000e0041f\tg\n") == "abcdef\tg\n"


def test_variation_selectors_carry_no_text():
    """A row of them is a way to hide bytes behind one character."""
    hidden = "".join(chr(0xE0100 + code) for code in b"text")
    assert drop_hidden(f"a{hidden}b \U0001f600\ufe0f\ufe00\ufe01") == "ab \U0001f600\ufe0f"


def test_marks():
    assert is_mark("\u0301")
    assert is_mark("\ufe0f")
    assert not any(map(is_mark, "aé\u200b"))
    assert all(f.confidence >= CERTAIN for f in detect("mona@octo.dev"))
