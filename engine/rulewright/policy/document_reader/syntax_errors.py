"""What a parser's error means to the person who wrote the file: a code, a place, a sentence, a hint.

The messages of libyaml and of the parser in Python differ in words; the patterns here fit both.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from rulewright.policy.document_reader.source_text import Source


class Explained(NamedTuple):
    """`start` is the index of the offending character."""

    code: str
    message: str
    start: int
    hint: str | None


_TEMPLATE: Final = re.compile(r"^[^'\"#]*[:\-\[,]\s+(\{\{)")
_COLON_BEFORE: Final = re.compile(r"^\s*(?:- +)*[^\s'\"#][^:#]*:\s+\S")
_NO_BLANK: Final = re.compile(r"^\s*(?:- +)*(?:[\w.-]+|'[^']*'|\"[^\"]*\")(:)[^\s:]")
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_CLOSED: Final = re.compile(r"['\"\]}]\s*$")


def explain(source: Source, problem: str, context: str, at: int, opened: int | None) -> Explained:
    """`problem` and `context` are the parser's; it points at index `at`, and `opened` begins the context."""
    text = source.text
    number, column = source.position(at)
    line = source.line(number)
    char = text[at : at + 1]
    begin = at - (column - 1)
    if "quoted scalar" in context:
        return _quoted(text, problem, at, at if opened is None else opened)
    if "\t" in line[:column] and (char == "\t" or "tab" in problem):
        tab = begin + line.index("\t")
        return Explained("RW110", "a tab stands where YAML wants blanks", tab, "indent with blanks only")
    template = _TEMPLATE.search(line)
    if template is not None and "cannot start" not in problem:
        return Explained(
            "RW125",
            "`{{` without quotes begins a YAML mapping, not a template",
            begin + template.start(1),
            "quote the whole value: '{{ … }}'",
        )
    if "flow" in context and opened is not None:
        return _bracket(source, text, at, opened)
    if "cannot start any token" in problem or ("alphabetic or numeric" in problem and opened is not None):
        start = at if "cannot start" in problem or opened is None else opened
        what = {"*": "an alias", "&": "an anchor", "%": "a directive"}.get(text[start : start + 1])
        meaning = f"begins {what}" if what else "is reserved"
        return Explained(
            "RW124",
            f"a value cannot begin with `{text[start : start + 1]}`, which {meaning} in YAML",
            start,
            "quote the value",
        )
    if "mapping values" in problem or "could not find expected ':'" in problem:
        return _colon(source, number, column, at, begin)
    if "directive" in context:
        return Explained(
            "RW124",
            "a line cannot begin with `%`, which begins a directive in YAML",
            begin,
            "quote the value",
        )
    if "mapping keys are not allowed" in problem:
        return Explained(
            "RW124", "a value cannot begin with `? `, which begins a key in YAML", at, "quote the value"
        )
    if "unexpected ':'" in problem:
        return _blank(at)
    if "sequence entries" in problem:
        return Explained(
            "RW122", "a list cannot begin here", at, "begin it on a line of its own, below its key"
        )
    if "tag handle" in problem or "tag" in context:
        return Explained(
            "RW114", "tags (`!…`) are not allowed", at, "remove the tag; quote the value if it is text"
        )
    if "<document start>" in problem or "document end marker" in problem:
        return _after_document(source, number, begin, at)
    if "block" in context or "block" in problem:
        return _block(source, text, number, line, column, at)
    return Explained("RW101", f"this is not YAML: {_join(problem, context)}", at, None)


def _join(problem: str, context: str) -> str:
    return f"{problem} {context}".strip() or "the parser gave up"


def _quoted(text: str, problem: str, at: int, opened: int) -> Explained:
    if "end of stream" in problem or "document" in problem:
        quote = text[opened : opened + 1]
        return Explained(
            "RW102", f"the quote {quote} that opens here is never closed", opened, f"close it with {quote}"
        )
    escape = max(text.rfind("\\", opened, at + 1), opened)
    if _SURROGATE.match(text, escape):
        return Explained(
            "RW120",
            f"{text[escape : escape + 6]} is half of a surrogate pair, not a character",
            escape,
            "write the character itself, or \\U with eight digits",
        )
    if "escape" in problem or "hexadecimal" in problem:
        return Explained(
            "RW130",
            f"`{text[escape : escape + 2]}` is not an escape that YAML knows",
            escape,
            "write \\\\ for a backslash, or put the text in single quotes",
        )
    return Explained("RW101", f"this is not YAML: {problem} in a quoted text", at, None)


def _bracket(source: Source, text: str, at: int, opened: int) -> Explained:
    bracket = text[opened : opened + 1]
    closing = {"[": "]", "{": "}"}.get(bracket, "]")
    char = text[at : at + 1]
    if opened == at and char not in ("]", "}", ","):
        # The parser names the place where it wanted a node; the bracket stands before it.
        opened = max(text.rfind("[", 0, at), text.rfind("{", 0, at), 0)
        bracket = text[opened : opened + 1]
        closing = {"[": "]", "{": "}"}.get(bracket, "]")
    if at >= len(text.rstrip()) or source.position(at)[0] != source.position(opened)[0]:
        return Explained(
            "RW121",
            f"the bracket {bracket} that opens here is never closed",
            opened,
            f"close it with {closing}",
        )
    if char in ("]", "}"):
        return Explained(
            "RW121", f"`{char}` cannot close the bracket {bracket}", at, f"close it with {closing}"
        )
    return Explained(
        "RW121", f"a comma or {closing} is expected here", at, "quote a text that holds , [ ] { or }"
    )


def _colon(source: Source, number: int, column: int, at: int, begin: int) -> Explained:
    line = source.line(number)
    if _COLON_BEFORE.match(line[: column - 1]):
        return Explained("RW126", "the value holds `: `, which begins a new key", at, "quote the whole value")
    here = _NO_BLANK.match(line)
    if here is not None and here.start(1) < column - 1:
        return _blank(begin + here.start(1))
    above = _above(source, number)
    joined = _NO_BLANK.match(source.line(above)) if above else None
    if joined is not None:
        return _blank(source.starts[above - 1] + joined.start(1))
    if above and ":" not in source.line(above) and not source.line(above).lstrip().startswith("- "):
        return Explained(
            "RW101",
            "a colon is missing on this line",
            source.starts[above - 1] + len(source.line(above)) - len(source.line(above).lstrip()),
            "write `key: value`",
        )
    return _indent(line, begin, at)


def _above(source: Source, number: int) -> int:
    """The nearest line above that holds more than a comment; 0 when there is none."""
    number -= 1
    while number and (not source.line(number).strip() or source.line(number).lstrip().startswith("#")):
        number -= 1
    return number


def _blank(at: int) -> Explained:
    return Explained("RW123", "a blank is missing after the colon", at, "write `key: value`, with a blank")


def _indent(line: str, begin: int, at: int) -> Explained:
    start = begin + len(line) - len(line.lstrip()) if line.strip() else at
    return Explained(
        "RW122",
        "the indentation of this line fits no line above",
        start,
        "align it with the keys it belongs to",
    )


def _after_document(source: Source, number: int, begin: int, at: int) -> Explained:
    found = _NO_BLANK.match(source.line(number))
    if found is not None:
        return _blank(begin + found.start(1))
    above = _above(source, number)
    found = _NO_BLANK.match(source.line(above)) if above else None
    if found is not None:
        return _blank(source.starts[above - 1] + found.start(1))
    return Explained(
        "RW101", "text stands after the end of the document", at, "begin a new document with `---`"
    )


def _block(source: Source, text: str, number: int, line: str, column: int, at: int) -> Explained:
    before = line[: column - 1]
    if _CLOSED.search(before):
        return Explained(
            "RW101",
            "text stands behind the closing quote or bracket",
            at,
            "quote the whole value; inside single quotes write '' for one quote",
        )
    if text[at : at + 1] in ("]", "}", ",") or before.strip():
        return Explained("RW101", f"`{text[at : at + 1]}` cannot stand here", at, "quote the value")
    return _indent(line, at - (column - 1), at)
