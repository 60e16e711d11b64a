"""JSON text to one document, by the rules of RFC 8259, for `.json` files and what YAML refuses of JSON.

YAML 1.2 means to contain JSON, but its parsers refuse `"\\ud83d\\ude00"`, a valid pair in JSON.
"""

from __future__ import annotations

import re
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Final

from rulewright.policy.document_reader.builder import AbandonError, BuiltDocument, DocumentBuilder
from rulewright.policy.document_reader.scalars import resolve_scalar

if TYPE_CHECKING:
    from rulewright.policy.document_reader.source_text import Findings
    from rulewright.policy.json_types import Json

_BLANK: Final = re.compile(r"[ \t\r\n]*")
_LITERAL: Final = re.compile(
    r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?![\w.])|(?:true|false|null)\b"
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class _JsonError(Exception):
    """The text is no JSON. `at` is the index where."""

    def __init__(self, message: str, at: int, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.at, self.hint = message, at, hint


def read_json(findings: Findings) -> list[BuiltDocument]:
    """The document of `findings.source`, or none; what is wrong goes to `findings`."""
    text = findings.source.text
    if not text.strip():
        return []
    parser = _JsonParser(findings)
    try:
        parser.read_value()
    except AbandonError:
        return []
    except _JsonError as error:
        findings.add("RW127", error.message, error.at, error.at + 1, error.hint)
        return []
    return [BuiltDocument(parser.builder.data, parser.builder.tree, 0, len(text))]


class _JsonParser:
    """Reads a text from `at` on. `closers` are the closing brackets of the collections that are open."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.text = findings.source.text
        self.builder = DocumentBuilder(findings)
        self.at = 0
        self.closers: list[str] = []

    @property
    def char(self) -> str:
        return self.text[self.at : self.at + 1]

    def skip(self, characters: int = 0) -> None:
        """Go on behind so many characters, and the blanks after them."""
        found = _BLANK.match(self.text, self.at + characters)
        self.at = found.end() if found is not None else self.at + characters

    def read_value(self) -> None:
        """One value with everything in it, to the end of the text. Raises _JsonError."""
        self.skip()
        while True:
            if self.char in ("{", "["):
                if self.open():
                    continue
            else:
                self.read_scalar()
            self.skip()
            self.close()
            if not self.closers:
                break
            self.read_comma()
        if self.at < len(self.text):
            raise _JsonError(
                "unexpected text after the end of the JSON value",
                self.at,
                "a JSON file contains exactly one value",
            )

    def open(self) -> bool:
        """Open a collection; whether something is in it."""
        is_mapping = self.char == "{"
        (self.builder.open_mapping if is_mapping else self.builder.open_sequence)(self.at)
        self.closers.append("}" if is_mapping else "]")
        self.skip(1)
        if self.char == self.closers[-1]:
            return False
        if is_mapping:
            self.read_key()
        return True

    def close(self) -> None:
        """Close every collection that ends here."""
        while self.closers and self.char == self.closers[-1]:
            self.builder.close(self.at + 1, flow=True)
            self.closers.pop()
            self.skip(1)

    def read_comma(self) -> None:
        """The comma between two values, and the key behind it."""
        if self.char != ",":
            raise _JsonError(f"expected a comma or {self.closers[-1]}", self.at)
        self.skip(1)
        if self.char == self.closers[-1]:
            raise _JsonError(
                "JSON does not allow a comma before a closing bracket", self.at, "remove the comma"
            )
        if self.closers[-1] == "}":
            self.read_key()

    def read_key(self) -> None:
        start = self.at
        if self.char != '"':
            raise _JsonError("expected a key in double quotes", start)
        key = self.read_string()
        self.builder.key(key, start, self.at)
        self.skip()
        if self.char != ":":
            raise _JsonError("expected a colon", self.at)
        self.skip(1)

    def read_scalar(self) -> None:
        start = self.at
        value: Json
        if self.char == '"':
            value = self.read_string()
        else:
            found = _LITERAL.match(self.text, start)
            if found is None:
                raise _JsonError("expected a JSON value", start, "put text in double quotes")
            self.at = found.end()
            value = resolve_scalar(found.group())
            if isinstance(value, str):
                self.findings.add(
                    "RW129", "the number is out of range", start, self.at, "quote it if it is text"
                )
        self.builder.scalar(value, start, self.at)

    def read_string(self) -> str:
        start = self.at
        try:
            value, self.at = scanstring(self.text, start + 1, True)
        except JSONDecodeError as error:
            message = f"{error.msg[:1].lower()}{error.msg[1:]}"
            raise _JsonError(message, min(error.pos, len(self.text))) from None
        surrogate = _SURROGATE.search(value)
        if surrogate is not None:
            message = f"\\u{ord(surrogate.group()):04x} is half of a surrogate pair, not a character"
            hint = "write both halves, or the character itself"
            self.findings.add("RW120", message, start, self.at, hint)
            value = _SURROGATE.sub("\ufffd", value)
        return str(value)
