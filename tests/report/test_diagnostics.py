from __future__ import annotations

import json as json_module
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulewright.policy.diagnostics import Diagnostic, Span
from rulewright.policy.document import read_documents
from rulewright.report.diagnostics import (
    DiagnosticsReport,
    caret_lines,
    counts,
    diagnostics_github,
    diagnostics_json,
    diagnostics_markdown,
    diagnostics_text,
)
from rulewright.report.reporter import Page, reporter_named


def one(source: str, column: int, end: int = 0, **changes: Any) -> Diagnostic:
    span = Span("rules/a.yaml", 3, column, 3, end or column + 1)
    return Diagnostic(**{"code": "RW101", "message": "wrong", "span": span, "source": source, **changes})


def test_text() -> None:
    _, found = read_documents("rules/a.yaml", b"a: b: c\n---\nb: yes\n")
    assert diagnostics_text(found) == (
        "rules/a.yaml:1:5: error[RW126]: the unquoted value contains `: `, which begins a new key\n"
        "  | a: b: c\n"
        "  |     ^\n"
        "    hint: quote the whole value\n"
        "rules/a.yaml:3:4: warning[RW118]: `yes` is text in YAML 1.2, not a boolean\n"
        "  | b: yes\n"
        "  |    ^^^\n"
        "    hint: write true for the boolean, or quote it: 'yes'\n"
        "1 error, 1 warning\n"
    )
    assert diagnostics_text(()) == ""
    assert counts(()) == "no problems found"


def shown_width(line: str) -> int:
    return sum(
        0 if unicodedata.category(c) in ("Mn", "Me") else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in line
    )


@pytest.mark.parametrize(
    ("source", "column", "end", "expected"),
    [
        ("\ta: b", 2, 3, ("    a: b", "    ^")),
        ("漢字: x", 5, 6, ("漢字: x", "      ^")),
        ("e\u0301: x", 5, 6, ("e\u0301: x", "   ^")),
        ("a: \x1b[31m", 4, 5, ("a: �[31m", "   ^")),
        ("a: 漢字", 4, 6, ("a: 漢字", "   ^^^^")),
        ("a: b", 99, 100, ("a: b", "    ^")),
    ],
)
def test_carets(source: str, column: int, end: int, expected: tuple[str, str]) -> None:
    assert caret_lines(one(source, column, end), 80) == expected


def test_a_span_over_lines_is_marked_to_the_end_of_its_first() -> None:
    found = Diagnostic("RW101", "wrong", Span("f", 1, 4, 3, 2), source="a: [1,  ")
    assert caret_lines(found, 80) == ("a: [1,", "   ^^^")


def test_long_lines_are_cut_around_the_place() -> None:
    source = "x" * 500 + "@" + "y" * 500
    line, caret = caret_lines(one(source, 501), 60)
    assert len(line) <= 60
    assert line[caret.index("^")] == "@"
    assert (line[0], line[-1]) == ("…", "…")


@given(st.text(max_size=200), st.integers(1, 210), st.integers(1, 210), st.integers(20, 90))
def test_the_caret_stands_under_its_character(source: str, column: int, end: int, width: int) -> None:
    source = source.replace("\n", " ").replace("\r", " ")
    line, caret = caret_lines(one(source, column, end), width)
    assert shown_width(line) <= width + 4
    assert all(c.isprintable() or unicodedata.category(c) in ("Mn", "Me", "Zs") for c in line)
    index = min(column - 1, len(source))
    char = source[index : index + 1]
    if char and char.isprintable() and char != " " and unicodedata.category(char) not in ("Mn", "Me"):
        offset = len(caret) - len(caret.lstrip())
        position = columns = 0
        while columns < offset or shown_width(line[position]) == 0:
            columns += shown_width(line[position])
            position += 1
        assert line[position] == char


HOSTILE = "a\x1b[2J\u202e%0A\r\n::error::x ##[group] @octo-org/all | <img> `"


def test_nothing_hostile_gets_through() -> None:
    found = (one(HOSTILE, 1, message=HOSTILE, hint=HOSTILE),)
    for name in ("text", "json", "markdown", "github"):
        out = reporter_named(name).render(DiagnosticsReport(found, 1), Page()).text
        assert "\x1b" not in out, name
        assert "\u202e" not in out, name
        assert not [line for line in out.splitlines()[1:] if line.lstrip().startswith("::")], name
    assert "##[" not in diagnostics_text(found)
    assert "<img>" not in diagnostics_markdown(found)
    assert "@octo-org" not in diagnostics_markdown(found)


def test_json() -> None:
    out = json_module.loads(diagnostics_json((one("a", 1, hint="do"), one("a", 2))))
    place = {"code": "RW101", "severity": "error", "message": "wrong", "file": "rules/a.yaml", "line": 3}
    assert out == {"diagnostics": [{**place, "hint": "do", "column": 1}, {**place, "column": 2}]}


def test_github_escapes_and_aggregates() -> None:
    odd = Diagnostic("RW101", "50% of\nit", Span("a,b:c.yaml", 1, 2), severity="info")
    assert (
        diagnostics_github((odd,)) == "::notice file=a%2Cb%3Ac.yaml,line=1,col=2,title=RW101::50%25 of%0Ait\n"
    )
    many = [one("a", n) for n in range(1, 26)]
    lines = diagnostics_github((*many[:10], odd)).splitlines()
    assert len(lines) == 11
    lines = diagnostics_github(many).splitlines()
    assert len(lines) == 10
    assert "16 more" in lines[-1]


def test_markdown() -> None:
    out = diagnostics_markdown((one("a", 1, hint="do `it`"),))
    assert "| error | rules/a.yaml" in out
    assert "<br>hint: do \\`it\\`" in out
    assert diagnostics_markdown(()) == "No findings.\n"
