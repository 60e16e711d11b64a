"""The second view: which escapes are read, and which place of the text a character of it is."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.detection import detect
from rulewright.detection.decoded_lines import decode_lines
from rulewright.detection.page import TextPage

pytestmark = pytest.mark.slow


def decoded(text: str) -> str:
    view = decode_lines(TextPage(text))
    return "" if view is None else view.data.decode()


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a%3Db", "a=b"),
        ("a%253Db", "a=b"),
        ("a%E2%80%8Bb%C3%A9", "abe"),
        (r"a\nb\tc", "a\nb c"),
        (r"a\\nb", "a\nb"),
        (r"a\u003db\x3dc\u{3d}d\U0000003de", "a=b=c=d=e"),
        (r"\ud835\udc00", "A"),
        (r"a\u200bb", "ab"),
        (r"ghp\_a \- \*", "ghp_a - *"),
        ("a&#95;b&#x5f;c&lowbar;d&amp;e", "a_b_c_d&e"),
        ("a&amp;#95;b", "a_b"),
        ("x&nosuch;y%41", "x&nosuch;yA"),
        ('"ab" + "cd"', '"abcd"'),
        ("'ab' . 'cd'", "'abcd'"),
        ('"ab" "cd"', '"abcd"'),
        ('"ab"\n    "cd"', '"abcd"'),
        ('"ab" &\n "cd"', '"abcd"'),
        ('"ab" & _\r\n  "cd"', '"abcd"'),
        ("'https' . '://octo'", "'https://octo'"),
        ("'ab' || 'cd'", "'abcd'"),
        ("`ab` + `cd`", "`abcd`"),
        ('"ab" ++ b"cd"', '"abcd"'),
        ('"ab""cd"', '"abcd"'),
        (r"\"ab\" + \"cd\"", r'"abcd"'),
        ("a\x1b[31mb\x1b[0m", "ab"),
        (r"a\x1b[31mb\033[0mc\u001b[1;2md\e[0m", "abcd"),
        ("a^[[31mb", "ab"),
        ("a\x1b]8;;x\x07b\x00c", "abc"),
        ("a\\\nb", "ab"),
        ("ab<wbr>cd<!-- x -->e", "abcde"),
    ],
)
def test_an_escape_is_read(text, plain):
    assert decoded(text) == plain


@pytest.mark.parametrize(
    "text", ["", "plain", "50% of", "a & b", '"ab", "cd"', "`ab` `cd`", "x = 'ab'", "a < b"]
)
def test_a_text_without_escapes_has_no_second_view(text):
    assert decode_lines(TextPage(text)) is None


def test_only_lines_with_escapes_and_the_ones_behind_are_in_it():
    assert decoded("one\ntwo %41\nthree\nfour\nfive\nsix %42\nseven") == "two A\nthree\nsix B\nseven"


def test_places_cover_the_escapes_inside():
    text = r"x ab\u003dcd\_ y"
    view = decode_lines(TextPage(text))
    assert view is not None
    start = view.data.index(b"b=c")
    assert text[slice(*view.place(start, start + 3))] == r"b\u003dc"
    start = view.data.index(b"d_")
    assert text[slice(*view.place(start, start + 2))] == r"d\_"


@settings(max_examples=200)
@given(st.text(st.sampled_from("ab%41\\nu0\"'`+ .&#;\n\x1b[m\u200bé<!->"), max_size=80))
def test_every_place_is_one_of_the_text(text):
    view = decode_lines(TextPage(text))
    if view is None:
        return
    end = 0
    for at in range(len(view.data)):
        place = view.place(at, at + 1)
        assert 0 <= place[0] <= place[1] <= len(text)
        assert place[0] >= end - 1
        end = place[1]
        view.has_gap(at)


def test_both_views_give_one_finding(corpus):
    token = corpus.checked("ghp_", random.Random(6))
    text = f"{token} and %41"
    assert [(f.start, f.end) for f in detect(text)] == [(0, 40)]


def test_an_escape_ends_a_value():
    """The next line of a JSON text is no part of a password."""
    text = r'{"env": "DB_PASSWORD=Kestrel4711x\nDB_HOST=db"}'
    assert [text[f.start : f.end] for f in detect(text)] == ["Kestrel4711x"]


def test_personal_data_is_looked_for_in_the_text_only():
    assert detect("mona%40octo.dev") == ()
