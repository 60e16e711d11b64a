"""The lines of a Markdown text with what they are: headings, code, text; HTML comments are left out.

Blocks are those of CommonMark 0.31, as GitHub shows them, with one difference: a comment that is never closed hides its
own line and nothing more.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_NEEDS_PARSER: Final = re.compile(
    r"`{3}|~{3}|<!--|^ {0,3}</?[A-Za-z!?]|^(?: {4}| {0,3}\t)|\n {0,3}(?:=+|-+)[ \t]*$", re.MULTILINE
)
"""What makes a block that one line alone does not tell: code, HTML, an underlined heading."""
_HEADING: Final = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*")
_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
_TICKS: Final = re.compile("`+")
_TICKS_OR_COMMENT: Final = re.compile("`+|<!--")
_OPEN_COMMENT: Final = re.compile(r"^( {0,3})<!--", re.MULTILINE)


class MarkdownLine(NamedTuple):
    """`level` is that of a heading, from 1, whose words are its `title`; 0 for every other line. The lines that begin
    and end a fence are left out, and so is what underlines a heading."""

    text: str
    is_code: bool = False
    level: int = 0
    title: str = ""


def read_lines(text: str) -> Iterator[MarkdownLine]:
    """The lines of a text whose lines end with `\\n`."""
    if _NEEDS_PARSER.search(text) is None:
        yield from map(_line, text.split("\n"))
        return
    # A comment can only be open at the end where no `-->` follows.
    closed = text.rfind("-->") + 1
    shown = text[:closed] + _OPEN_COMMENT.sub(r"\1\\<!--", text[closed:])
    first = text.count("\n", 0, closed)
    lines = text.split("\n")
    lines[first + 1 :] = ["" if _OPEN_COMMENT.match(line) else line for line in lines[first + 1 :]]
    if not closed and _OPEN_COMMENT.match(lines[0]):
        lines[0] = ""
    at = 0
    for start, end, found in _blocks(_parser().parse(shown), lines):
        if start < at:
            continue  # within a block that was read as a whole
        yield from map(MarkdownLine, lines[at:start])
        yield from found
        at = end
    yield from map(MarkdownLine, lines[at:])


def _line(text: str) -> MarkdownLine:
    found = _HEADING.fullmatch(text)
    return (
        MarkdownLine(text) if found is None else MarkdownLine(text, level=len(found[1]), title=found[2] or "")
    )


def _blocks(tokens: Sequence[Token], lines: list[str]) -> Iterator[tuple[int, int, list[MarkdownLine]]]:
    """(first line, the line behind the last, what they are) of the blocks that are not their lines as they stand."""
    for number, token in enumerate(tokens):
        start, end = token.map or (0, 0)
        if token.type in ("fence", "code_block"):
            code = token.content.replace("\\<!--", "<!--").removesuffix("\n")
            yield start, end, [MarkdownLine(line, is_code=True) for line in code.split("\n")]
        elif token.type == "html_block":
            if "<!--" in token.content:
                yield start, end, _without_comments(token.content)
        elif token.type == "heading_open" and token.level == 0:
            title = _COMMENT.sub("", tokens[number + 1].content).replace("\n", " ")
            text = lines[start] if token.markup.startswith("#") else tokens[number + 1].content
            yield start, end, [MarkdownLine(text, level=int(token.tag[1]), title=title)]
        elif token.type == "inline" and token.map is not None and _has_comment(token):
            yield start, end, _without_inline_comments(token)


def _without_comments(text: str) -> list[MarkdownLine]:
    left = _COMMENT.sub("", text)
    return [MarkdownLine(line) for line in left.removesuffix("\n").split("\n")] if left.strip() else []


def _has_comment(inline: Token) -> bool:
    return any(_is_comment(child) for child in inline.children or ())


def _is_comment(token: Token) -> bool:
    return bool(token.type == "html_inline" and token.content.startswith("<!--"))


def _without_inline_comments(inline: Token) -> list[MarkdownLine]:
    """A paragraph's lines without its comments; a comment within a code span is code."""
    text = inline.content
    runs: dict[int, list[int]] = {}
    for found in _TICKS.finditer(text):
        runs.setdefault(len(found[0]), []).append(found.start())
    out, at, closed = [], 0, text.rfind("-->")
    for found in _TICKS_OR_COMMENT.finditer(text):
        start = found.start()
        if start < at:
            continue  # within what was read as a whole
        if found[0] == "<!--":
            if start < closed:
                out.append(text[at:start])
                at = text.index("-->", start) + 3
            continue
        same = runs[len(found[0])]
        closing = bisect_right(same, start)
        if closing < len(same):
            end = same[closing] + len(found[0])
            out.append(text[at:end])
            at = end
    out.append(text[at:])
    return [MarkdownLine(line) for line in "".join(out).split("\n")]


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": True})
