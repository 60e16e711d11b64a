"""The bytes of a source as text."""

from __future__ import annotations

from typing import Final

from rulewright.measurements.reader import UnusableSource

MAX_BYTES: Final = 200 * 1024 * 1024
"""Of one file. The value tree of JSON takes about ten times the bytes of its text."""
_WIDE_MARKS: Final = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")


def decode_text(data: bytes) -> str:
    """The text of a file in UTF-8, without the byte order mark.

    Raises UnusableSource: `empty` for a file of no characters or of white space alone; `unreadable` for one that is
    too large, is in another encoding, or holds NUL bytes.
    """
    if len(data) > MAX_BYTES:
        size, most = len(data) / 1024 / 1024, MAX_BYTES // 1024 // 1024
        raise UnusableSource("unreadable", f"it has {size:.0f} MB, and at most {most} MB are read")
    if data.startswith(_WIDE_MARKS):
        raise UnusableSource("unreadable", "byte 0: it is UTF-16 or UTF-32, not UTF-8")
    nul = data.find(b"\0")
    if nul >= 0:
        raise UnusableSource("unreadable", f"byte {nul} is NUL: it is no UTF-8 text, or it is damaged")
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        reason = f"byte {error.start} (0x{data[error.start]:02x}) is not UTF-8"
        raise UnusableSource("unreadable", reason) from None
    if not text or text.isspace():
        raise UnusableSource("empty", "the file is empty")
    return text
