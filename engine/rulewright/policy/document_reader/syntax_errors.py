"""What a parser's error means to the person who wrote the file: a code, a place, a sentence, a hint.

The messages of libyaml and of the parser in Python differ in words; the patterns here fit both.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.policy.document_reader.source_text import Source


class SyntaxExplanation(NamedTuple):
    """`start` is the index of the offending character."""

    code: str
    message: str
    start: int
    hint: str | None


class _ParserError:
    """A parser's error: its words, the index `at` that it points at, and `opened`, where the context begins.

    `line` is the line with `at`, `begin` the index of its first character, `number` and `column` count from 1.
    """

    __slots__ = ("at", "begin", "char", "column", "context", "line", "number", "opened", "problem", "source")

    def __init__(self, source: Source, problem: str, context: str, at: int, opened: int | None) -> None:
        self.source, self.problem, self.context, self.at, self.opened = source, problem, context, at, opened
        self.number, self.column = source.position(at)
        self.line = source.line(self.number)
        self.begin = at - (self.column - 1)
        self.char = source.text[at : at + 1]

    @property
    def has_tab(self) -> bool:
        return "\t" in self.line[: self.column] and (self.char == "\t" or "tab" in self.problem)

    @property
    def cannot_start(self) -> bool:
        """Whether a character begins a value that none can begin with."""
        return "cannot start any token" in self.problem or (
            "alphabetic or numeric" in self.problem and self.opened is not None
        )


_TEMPLATE: Final = re.compile(r"^[^'\"#]*[:\-\[,]\s+(\{\{)")
_COLON_BEFORE: Final = re.compile(r"^\s*(?:- +)*[^\s'\"#][^:#]*:\s+\S")
_NO_SPACE: Final = re.compile(r"^\s*(?:- +)*(?:[\w.-]+|'[^']*'|\"[^\"]*\")(:)[^\s:]")
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_CLOSED: Final = re.compile(r"['\"\]}]\s*$")


def explain_syntax_error(
    source: Source, problem: str, context: str, at: int, opened: int | None
) -> SyntaxExplanation:
    """`problem` and `context` are the parser's; it points at index `at`, and `opened` begins the context."""
    error = _ParserError(source, problem, context, at, opened)
    return next(explain for applies, explain in _EXPLANATIONS if applies(error))(error)


def _explain_quoted(error: _ParserError) -> SyntaxExplanation:
    text, problem = error.source.text, error.problem
    opened = error.at if error.opened is None else error.opened
    if "end of stream" in problem or "document" in problem:
        quote = text[opened : opened + 1]
        message = f"the quote {quote} opened here is never closed"
        return SyntaxExplanation("RW102", message, opened, f"close it with {quote}")
    escape = max(text.rfind("\\", opened, error.at + 1), opened)
    if _SURROGATE.match(text, escape):
        message = f"{text[escape : escape + 6]} is half of a surrogate pair, not a character"
        hint = "write the character itself, or \\U with eight digits"
        return SyntaxExplanation("RW120", message, escape, hint)
    if "escape" in problem or "hexadecimal" in problem:
        message = f"`{text[escape : escape + 2]}` is not a valid YAML escape"
        hint = "write \\\\ for a backslash, or use single quotes"
        return SyntaxExplanation("RW130", message, escape, hint)
    return SyntaxExplanation("RW101", f"invalid YAML: {problem} in quoted text", error.at, None)


def _explain_tab(error: _ParserError) -> SyntaxExplanation:
    tab = error.begin + error.line.index("\t")
    return SyntaxExplanation("RW110", "tabs cannot indent YAML", tab, "indent with spaces")


def _explain_template(error: _ParserError) -> SyntaxExplanation:
    template = _TEMPLATE.search(error.line)
    return SyntaxExplanation(
        "RW125",
        "unquoted `{{` begins a YAML mapping, not a template",
        error.begin + (template.start(1) if template is not None else 0),
        "quote the whole value: '{{ … }}'",
    )


def _explain_bracket(error: _ParserError) -> SyntaxExplanation:
    text, at = error.source.text, error.at
    opened = at if error.opened is None else error.opened
    if opened == at and error.char not in ("]", "}", ","):
        # The parser names the place where it wanted a node; the bracket stands before it.
        opened = max(text.rfind("[", 0, at), text.rfind("{", 0, at), 0)
    bracket = text[opened : opened + 1]
    closing = "}" if bracket == "{" else "]"
    if at >= len(text.rstrip()) or error.number != error.source.position(opened)[0]:
        message = f"the bracket {bracket} opened here is never closed"
        return SyntaxExplanation("RW121", message, opened, f"close it with {closing}")
    if error.char in ("]", "}"):
        message = f"`{error.char}` cannot close the bracket {bracket}"
        return SyntaxExplanation("RW121", message, at, f"close it with {closing}")
    hint = "quote text that contains , [ ] { or }"
    return SyntaxExplanation("RW121", f"expected a comma or {closing}", at, hint)


def _explain_reserved(error: _ParserError) -> SyntaxExplanation:
    points_at_start = "cannot start" in error.problem or error.opened is None
    start = error.at if points_at_start or error.opened is None else error.opened
    char = error.source.text[start : start + 1]
    what = {"*": "an alias", "&": "an anchor", "%": "a directive"}.get(char)
    meaning = f"begins {what}" if what else "is reserved"
    message = f"a value cannot begin with `{char}`, which {meaning} in YAML"
    return SyntaxExplanation("RW124", message, start, "quote the value")


def _explain_colon(error: _ParserError) -> SyntaxExplanation:
    source, line = error.source, error.line
    if _COLON_BEFORE.match(line[: error.column - 1]):
        message = "the unquoted value contains `: `, which begins a new key"
        return SyntaxExplanation("RW126", message, error.at, "quote the whole value")
    here = _NO_SPACE.match(line)
    if here is not None and here.start(1) < error.column - 1:
        return _missing_space(error.begin + here.start(1))
    above = _line_above(source, error.number)
    above_line = source.line(above) if above else ""
    joined = _NO_SPACE.match(above_line)
    if joined is not None:
        return _missing_space(source.starts[above - 1] + joined.start(1))
    if above and ":" not in above_line and not above_line.lstrip().startswith("- "):
        start = source.starts[above - 1] + len(above_line) - len(above_line.lstrip())
        return SyntaxExplanation("RW101", "missing colon on this line", start, "write `key: value`")
    return _explain_indentation(error)


def _line_above(source: Source, number: int) -> int:
    """The nearest line above that holds more than a comment; 0 when there is none."""
    number -= 1
    while number and (not source.line(number).strip() or source.line(number).lstrip().startswith("#")):
        number -= 1
    return number


def _missing_space(at: int) -> SyntaxExplanation:
    hint = "write `key: value`, with a space"
    return SyntaxExplanation("RW123", "missing space after `:`", at, hint)


def _explain_indentation(error: _ParserError) -> SyntaxExplanation:
    line = error.line
    start = error.begin + len(line) - len(line.lstrip()) if line.strip() else error.at
    message = "the indentation of this line matches no line above"
    return SyntaxExplanation("RW122", message, start, "align it with the keys it belongs to")


def _explain_end(error: _ParserError) -> SyntaxExplanation:
    source = error.source
    for number in (error.number, _line_above(source, error.number)):
        joined = _NO_SPACE.match(source.line(number)) if number else None
        if joined is not None:
            return _missing_space(source.starts[number - 1] + joined.start(1))
    message = "unexpected text after the end of the document"
    return SyntaxExplanation("RW101", message, error.at, "start a new document with `---`")


def _explain_block(error: _ParserError) -> SyntaxExplanation:
    before = error.line[: error.column - 1]
    if _CLOSED.search(before):
        message = "unexpected text after the closing quote or bracket"
        hint = "quote the whole value; in single quotes, write '' for a quote"
        return SyntaxExplanation("RW101", message, error.at, hint)
    if error.char in ("]", "}", ",") or before.strip():
        return SyntaxExplanation("RW101", f"`{error.char}` is not allowed here", error.at, "quote the value")
    return _explain_indentation(error)


def _explain_nothing(error: _ParserError) -> SyntaxExplanation:
    words = f"{error.problem} {error.context}".strip() or "the parser failed"
    return SyntaxExplanation("RW101", f"invalid YAML: {words}", error.at, None)


def _explanation(code: str, message: str, hint: str) -> Callable[[_ParserError], SyntaxExplanation]:
    """One that is the same for every error."""
    return lambda error: SyntaxExplanation(code, message, error.at, hint)


_EXPLANATIONS: Final[
    tuple[tuple[Callable[[_ParserError], bool], Callable[[_ParserError], SyntaxExplanation]], ...]
] = (
    (lambda e: "quoted scalar" in e.context, _explain_quoted),
    (lambda e: e.has_tab, _explain_tab),
    (lambda e: bool(_TEMPLATE.search(e.line)) and "cannot start" not in e.problem, _explain_template),
    (lambda e: "flow" in e.context and e.opened is not None, _explain_bracket),
    (lambda e: e.cannot_start, _explain_reserved),
    (
        lambda e: "mapping values" in e.problem or "could not find expected ':'" in e.problem,
        _explain_colon,
    ),
    (
        lambda e: "directive" in e.context,
        lambda e: SyntaxExplanation(
            "RW124",
            "a line cannot begin with `%`, which begins a directive in YAML",
            e.begin,
            "quote the value",
        ),
    ),
    (
        lambda e: "mapping keys are not allowed" in e.problem,
        _explanation(
            "RW124", "a value cannot begin with `? `, which begins a key in YAML", "quote the value"
        ),
    ),
    (lambda e: "unexpected ':'" in e.problem, lambda e: _missing_space(e.at)),
    (
        lambda e: "sequence entries" in e.problem,
        _explanation("RW122", "a list cannot begin here", "start it on a separate line, below its key"),
    ),
    (
        lambda e: "tag handle" in e.problem or "tag" in e.context,
        _explanation("RW114", "tags (`!…`) are not allowed", "remove the tag; quote the value if it is text"),
    ),
    (
        lambda e: "<document start>" in e.problem or "document end marker" in e.problem,
        _explain_end,
    ),
    (lambda e: "block" in e.context or "block" in e.problem, _explain_block),
    (lambda e: True, _explain_nothing),
)
"""(whether an explanation applies, the explanation); the first that applies counts."""
