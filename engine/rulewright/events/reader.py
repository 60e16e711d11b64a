"""Bounded reading of event files and standard input: bytes to a JSON value, or one clear error."""

from __future__ import annotations

import json
import os
import sys
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, NoReturn

from rulewright.events.line_ends import has_carriage_returns, with_unix_lines
from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.policy.strict_json import MAX_DEPTH, is_deep

if TYPE_CHECKING:
    from typing import BinaryIO

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "event_path",
    "example_events",
    "list_event_files",
    "parse_event",
    "read_event",
    "read_event_bytes",
    "read_event_file",
    "read_event_stream",
]

MAX_BYTES: Final = 32 * 1024 * 1024
"""GitHub drops payloads over 25 MB; what is larger than this cannot be one."""


def list_event_files(folder: str) -> list[str]:
    """The paths of the *.json files in a folder, sorted.

    Raises SourceError when the folder cannot be read, UsageError when it has none.
    """
    try:
        names = sorted(entry for entry in os.listdir(folder) if entry.endswith(".json"))
    except OSError as error:
        raise SourceError(f"cannot read {folder}: {error.strerror or error}") from error
    if not names:
        raise UsageError(f"no events found in {folder}", hint="event files must have the extension .json")
    return [os.path.join(folder, name) for name in names]


def example_events() -> dict[str, str]:
    """Name → path of the example events that are shipped. Raises SourceError for a broken installation."""
    from rulewright.policy.files import data_folder

    folder = str(data_folder("examples") / "events")
    return {os.path.basename(path).removesuffix(".json"): path for path in list_event_files(folder)}


def event_path(written: str) -> str:
    """The path that is meant: that of a shipped example for its name (`issue-opened`), where no file has this name."""
    if os.sep in written or written == "-" or os.path.lexists(written):
        return written
    return example_events().get(written, written)


def read_event(written: str) -> Any:
    """The JSON value of an event file, of a shipped example, or of standard input where `written` is `-`.

    Raises as `read_event_file` does.
    """
    if written == "-":
        return read_event_stream(sys.stdin.buffer)
    path = event_path(written)
    try:
        return read_event_file(path)
    except SourceError as error:
        if os.path.lexists(path):
            raise
        raise SourceError(error.message, hint=_missing_hint(written)) from None


def read_event_file(path: str) -> Any:
    """The JSON value in the file `path`.

    Raises UsageError when it is a folder, too large or not JSON; SourceError when it is missing or cannot be read.
    """
    return parse_event(read_event_bytes(path), path)


def read_event_bytes(path: str) -> bytes:
    """The bytes of the event file, at most `MAX_BYTES`. Raises as `read_event_file` does."""
    try:
        with open(path, "rb") as stream:
            return _bounded(stream, path)
    except (FileNotFoundError, NotADirectoryError):
        raise SourceError(
            f"The event file {path} does not exist.",
            hint="Give the path of a JSON file, or - for standard input.",
        ) from None
    except IsADirectoryError:
        raise UsageError(f"{path} is not an event file.", hint="Give the path of a JSON file.") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise SourceError(f"The event file {path!r} cannot be read: {_cause(error)}.") from None


def read_event_stream(stream: BinaryIO, name: str = "standard input") -> Any:
    """The JSON value that a stream holds. Raises UsageError, and SourceError when reading fails."""
    try:
        data = _bounded(stream, name)
    except OSError as error:
        raise SourceError(f"{name} cannot be read: {_cause(error)}.") from None
    return parse_event(data, name)


def parse_event(data: bytes, where: str, *, as_stored: bool = False) -> Any:
    """`data` as a JSON value (RFC 8259: UTF-8, no NaN, finite numbers; of equal keys the last counts), the lines of its
    texts ended by `\\n` unless `as_stored`.

    Lone surrogates written as escapes are legal JSON and are kept. `where` names the source in messages.
    Raises UsageError with line and column, or byte offset.
    """
    if len(data) > MAX_BYTES:
        raise _too_large(where)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_text(data, error.start, where) from None
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _not_json(data, error, where) from None
    except RecursionError:
        raise _too_deep(where) from None
    except ValueError as error:  # a number: not finite, or with more digits than Python converts
        raise UsageError(f"{where} contains an invalid number: {_cause(error)}.") from None
    # Nesting needs brackets: most payloads have too few to go deep, and are not walked at all.
    if data.count(b"{") + data.count(b"[") > MAX_DEPTH and is_deep(value):
        raise _too_deep(where)
    return with_unix_lines(value) if not as_stored and has_carriage_returns(data) else value


def _missing_hint(path: str) -> str:
    from rulewright.policy.suggestions import nearest

    near = nearest(os.path.basename(path).removesuffix(".json"), example_events())
    meant = f" Did you mean the example {near}?" if near else ""
    return f"Give the path of a JSON file, the name of a shipped example, or - for standard input.{meant}"


def _bounded(stream: BinaryIO, name: str) -> bytes:
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise _too_large(name)
    return data


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def _float(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text[:20]} is out of range")
    return number


_DECODER: Final = json.JSONDecoder(parse_constant=_constant, parse_float=_float)


def _too_large(where: str) -> UsageError:
    return UsageError(
        f"{where} is larger than {MAX_BYTES // 1024 // 1024} MB, the limit for events.",
        hint="GitHub drops payloads over 25 MB. Pass several events, one per line, with --events FILE.jsonl.",
    )


def _too_deep(where: str) -> UsageError:
    return UsageError(f"{where} is nested more than {MAX_DEPTH} levels deep, the limit for events.")


def _not_text(data: bytes, offset: int, where: str) -> UsageError:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return UsageError(f"{where} is UTF-16, but an event must be UTF-8.", hint="Save it as UTF-8.")
    if data[:2] == b"\x1f\x8b":
        return UsageError(f"{where} is gzip data, not JSON.", hint="Decompress it first.")
    if b"\0" in data[:1024]:
        return UsageError(f"{where} is binary, not JSON (byte {offset} is 0x{data[offset]:02x}).")
    line = data.count(b"\n", 0, offset) + 1
    start = data.rfind(b"\n", 0, offset) + 1
    column = len(data[start:offset].decode("utf-8", "replace")) + 1
    return UsageError(
        f"{where}, line {line}, column {column}: byte {offset} (0x{data[offset]:02x}) is not UTF-8.",
        hint="Save the event as JSON in UTF-8.",
    )


def _not_json(data: bytes, error: json.JSONDecodeError, where: str) -> UsageError:
    if not data.strip():
        return UsageError(f"{where} is empty.", hint="An event is a JSON object.")
    if b"\0" in data[:1024]:
        return UsageError(f"{where} is binary, not JSON (byte {data.index(0)} is 0x00).")
    if error.msg == "Extra data":
        return UsageError(
            f"{where}, line {error.lineno}, column {error.colno}: unexpected data after the event.",
            hint="Pass several events, one per line, with --events FILE.jsonl.",
        )
    message = error.msg[:1].lower() + error.msg[1:]
    return UsageError(
        f"{where}, line {error.lineno}, column {error.colno}: not JSON: {message}.",
        hint="An event is a JSON object.",
    )


def _cause(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    text = str(error)
    return "a number has too many digits" if "digits" in text else text
