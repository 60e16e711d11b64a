"""Bytes to text: UTF-8 only, no binary files, no control characters."""

from __future__ import annotations

import codecs
import re
from typing import Final

from rulewright.policy.diagnostics import Diagnostic, Span

MAX_BYTES: Final = 5_000_000

# What YAML 1.2 does not call printable. Tab, line feed, carriage return and next line (U+0085) are.
CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def decode(file: str, data: bytes) -> str | Diagnostic:
    """The text without byte-order mark, or the one diagnostic that says why there is none."""
    if len(data) > MAX_BYTES:
        return _at_top(
            file,
            "RW106",
            f"the file has {len(data):,} bytes; the limit is {MAX_BYTES:,}",
            "split it into several files and join them with `include:`",
        )
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _at_top(file, "RW103", f"the file is {name}, not UTF-8", "save it as UTF-8")
    if b"\0" in data:
        return _binary(file, data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _broken(file, data, error)
    return text.removeprefix("\ufeff")


def _at_top(file: str, code: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(code, message, Span(file, 1, 1, 1, 1), "error", hint)


def _binary(file: str, data: bytes) -> Diagnostic:
    sample = data[:400]
    # Latin text in UTF-16 has a NUL in every other byte.
    if any(sample[parity::2].count(0) > 0.4 * len(sample) for parity in (0, 1)):
        return _at_top(file, "RW103", "the file looks like UTF-16, not UTF-8", "save it as UTF-8")
    at = data.index(b"\0")
    return Diagnostic(
        "RW104",
        f"the file is binary: byte {at} is NUL",
        _place(file, data, at),
        "error",
        "pass only YAML or JSON files",
    )


def _broken(file: str, data: bytes, error: UnicodeDecodeError) -> Diagnostic:
    at = error.start
    span = _place(file, data, at)
    start = max(data.rfind(b"\n", 0, at), data.rfind(b"\r", 0, at)) + 1
    line = re.split(rb"[\r\n]", data[start : at + 400], maxsplit=1)[0].decode("utf-8", "replace")
    return Diagnostic(
        "RW103",
        f"byte {at} (0x{data[at]:02x}) is not UTF-8: {error.reason}",
        span,
        "error",
        "save the file as UTF-8; it may be encoded as Latin-1 or Windows-1252",
        line,
    )


def _place(file: str, data: bytes, at: int) -> Span:
    """Line and column of a byte; what stands before it on the line is decoded to count code points."""
    before = data[:at].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    line = before.count(b"\n") + 1
    column = (
        len(before[before.rfind(b"\n") + 1 :].removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")) + 1
    )
    return Span(file, line, column, line, column + 1)
