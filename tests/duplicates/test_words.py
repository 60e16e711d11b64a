from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulewright.duplicates.words import MOST_TERMS, read_words, terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The App crashes on startup", ["applic", "crash", "start"]),
        ("Application crashed when starting", ["applic", "crash", "start"]),
        ("DFSClient", ["dfsclient", "dfs", "client"]),
        ("max_retry_count", ["max_retry_count", "maximum", "retri", "count"]),
        ("utf8 Log4j v2", ["utf8", "log4j", "v2"]),
        ("version 0.20.1 of 2009-01-02 12:33:44,123", ["version", "0_20_1", "123"]),
        ("logged out, time out, timed out", ["logout", "timeout", "timeout"]),
        ("at 0xdeadbeef0001 id 9f86d081884c7d65", ["id"]),
        ("Server.java:123", ["server_java", "server", "java"]),
        ("ﬁle Ünïcode", ["file", "unicod"]),
        ("日本語", ["日本", "本語"]),
        ("<!-- describe the bug --> broken <!-- open", ["broken"]),
        ("", []),
    ],
)
def test_terms(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("java.io.IOException: broken", ["IOException"]),
        ("ORA-00942 and ENOENT", ["ENOENT", "ORA-00942"]),
        ("an Error, an Exception", []),
        ("HRESULT 0x80070005 at 0x00001234", ["0x80070005"]),
        ("error TS2304 in EVERY EDITOR", ["TS2304"]),
    ],
)
def test_codes_of_words(text: str, codes: list[str]) -> None:
    assert read_words(text).codes == codes


def test_a_long_log_is_cut() -> None:
    assert len(terms("word another " * 5_000)) <= MOST_TERMS


@given(st.text())
def test_terms_are_letters_digits_and_underscores(text: str) -> None:
    for term in terms(text):
        assert term
        assert '"' not in term
        assert not any(one.isspace() for one in term)
        assert term == term.lower() or not term.isascii()


@given(st.text(alphabet="aAbB1_.:/ -", max_size=60))
def test_reading_twice_gives_the_same(text: str) -> None:
    assert read_words(text) == read_words(text)


pieces = st.sampled_from([*"abIN1_ .-:/\\$\n\x1f", " log ", " in ", " ENOENT "])


@given(st.lists(pieces, max_size=20).map("".join))
def test_plain_text_is_cut_as_the_expression_cuts_it(text: str) -> None:
    """`str.translate` finds the chunks of ASCII; with a letter beyond it, the expression does."""
    assert terms(text) == terms(f"{text} ł")[:-1]
