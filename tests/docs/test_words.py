"""The pages use the words of docs/glossary.md and none of its words to avoid."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
GLOSSARY = ROOT / "docs" / "glossary.md"

_CODE = re.compile(r"^(`{3,4}).*?^\1$|<!--.*?-->|`[^`\n]*`|\]\([^)\s]*\)", re.DOTALL | re.MULTILINE)
"""Fenced blocks, HTML comments, inline code and the targets of links."""


def checked_pages() -> list[Path]:
    """The guides at the root and the pages of docs/, generated ones too."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def words_to_avoid() -> dict[str, str]:
    """Phrase → replacement, from the table of the glossary's section "Words to avoid"."""
    section = GLOSSARY.read_text("utf-8").partition("\n## Words to avoid\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.*) \| (.*) \|$", section, re.MULTILINE)
    return {phrase: instead for cell, instead in rows for phrase in re.findall(r"`([^`]+)`", cell)}


def problems(text: str, phrases: dict[str, str]) -> list[tuple[int, str]]:
    """Line and message of each phrase in the prose of a Markdown text. A phrase can continue on the next line."""
    prose = _CODE.sub(lambda code: re.sub(r"[^\n]", "\0", code[0]), text)
    found = []
    for phrase, instead in phrases.items():
        pattern = r"\s+".join(map(re.escape, phrase.split()))
        for match in re.finditer(rf"\b{pattern}\b", prose, re.IGNORECASE):
            found.append((prose.count("\n", 0, match.start()) + 1, f"`{phrase}`: write {instead}"))
    return sorted(found)


@pytest.mark.parametrize("page", checked_pages(), ids=name)
def test_a_page_has_none_of_the_words_to_avoid(page: Path) -> None:
    found = problems(page.read_text("utf-8"), words_to_avoid())
    assert "\n".join(f"{name(page)}:{line}: {problem}" for line, problem in found) == ""


def test_the_glossary_lists_words_to_avoid() -> None:
    phrases = words_to_avoid()
    assert phrases["held against"] == "validated against, compared with"
    assert phrases["stands there"] == "is, appears in"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("It is held against the schema.\n", [1]),
        ("First.\nHeld\nagainst it.\n", [2]),
        ("withheld against\n", []),
        ("`held against`\n", []),
        ("```text\nheld against\n```\n\nheld against\n", [5]),
        ("<!-- held against -->\n", []),
    ],
)
def test_phrases_are_found_in_prose_only(text: str, lines: list[int]) -> None:
    assert [line for line, _ in problems(text, words_to_avoid())] == lines
