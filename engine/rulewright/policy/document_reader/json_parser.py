"""JSON text to one document, by the rules of RFC 8259, for `.json` files and what YAML refuses of JSON.

YAML 1.2 means to contain JSON, but its parsers refuse `"\\ud83d\\ude00"`, a valid pair in JSON.
"""

from __future__ import annotations

import re
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, Final

from rulewright.policy.document_reader.builder import Abandon, Builder
from rulewright.policy.document_reader.scalars import resolve

if TYPE_CHECKING:
    from rulewright.policy.document_reader.source_text import Findings
    from rulewright.policy.document_reader.yaml_parser import Built

_BLANK: Final = re.compile(r"[ \t\r\n]*")
_LITERAL: Final = re.compile(
    r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?![\w.])|(?:true|false|null)\b"
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class _Wrong(Exception):
    def __init__(self, message: str, at: int, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.at, self.hint = message, at, hint


def read_json(findings: Findings) -> list[Built]:
    """The document of `findings.source`, or none; what is wrong goes to `findings`."""
    from rulewright.policy.document_reader.yaml_parser import Built

    text = findings.source.text
    if not text.strip():
        return []
    builder = Builder(findings)
    try:
        _read(findings, text, builder)
    except Abandon:
        return []
    except _Wrong as wrong:
        findings.add("RW127", wrong.message, wrong.at, wrong.at + 1, wrong.hint)
        return []
    return [Built(builder.data, builder.tree, 0, len(text))]


def _blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found is not None else at


def _read(findings: Findings, text: str, builder: Builder) -> None:
    """One value with everything in it; `closers` are the brackets still open."""
    closers: list[str] = []
    at = _blank(text, 0)
    while True:
        char = text[at : at + 1]
        if char in ("{", "["):
            (builder.open_mapping if char == "{" else builder.open_sequence)(at)
            closers.append("}" if char == "{" else "]")
            at = _blank(text, at + 1)
            if text[at : at + 1] != closers[-1]:
                at = _key(findings, text, at, builder) if char == "{" else at
                continue
        else:
            at = _scalar(findings, text, at, builder)
        at = _blank(text, at)
        while closers and text[at : at + 1] == closers[-1]:
            builder.close(at + 1, flow=True)
            closers.pop()
            at = _blank(text, at + 1)
        if not closers:
            if at < len(text):
                raise _Wrong("text stands after the end of the JSON value", at, "a JSON file holds one value")
            return
        if text[at : at + 1] != ",":
            raise _Wrong(f"a comma or {closers[-1]} is expected here", at)
        at = _blank(text, at + 1)
        if text[at : at + 1] == closers[-1]:
            raise _Wrong("JSON allows no comma before a closing bracket", at, "remove the comma")
        if closers[-1] == "}":
            at = _key(findings, text, at, builder)


def _key(findings: Findings, text: str, at: int, builder: Builder) -> int:
    if text[at : at + 1] != '"':
        raise _Wrong("a key in double quotes is expected here", at)
    key, end = _string(findings, text, at)
    builder.key(key, at, end)
    end = _blank(text, end)
    if text[end : end + 1] != ":":
        raise _Wrong("a colon is expected here", end)
    return _blank(text, end + 1)


def _scalar(findings: Findings, text: str, at: int, builder: Builder) -> int:
    if text[at : at + 1] == '"':
        value: Any
        value, end = _string(findings, text, at)
    else:
        found = _LITERAL.match(text, at)
        if found is None:
            raise _Wrong("a JSON value is expected here", at, "text stands in double quotes in JSON")
        end = found.end()
        value = resolve(found.group())
        if isinstance(value, str):
            findings.add("RW129", "the number is out of range", at, end, "quote it if it is text")
    builder.scalar(value, at, end)
    return end


def _string(findings: Findings, text: str, at: int) -> tuple[str, int]:
    try:
        value, end = scanstring(text, at + 1, True)
    except JSONDecodeError as error:
        raise _Wrong(f"{error.msg[:1].lower()}{error.msg[1:]}", min(error.pos, len(text))) from None
    surrogate = _SURROGATE.search(value)
    if surrogate is not None:
        message = f"\\u{ord(surrogate.group()):04x} is half of a surrogate pair, not a character"
        findings.add("RW120", message, at, end, "write both halves, or the character itself")
        value = _SURROGATE.sub("\ufffd", value)
    return value, end
