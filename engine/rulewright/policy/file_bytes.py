"""Files as bytes, without the library of paths, which a warm run does without."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO

_KINDS: Final = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)
_HANDED_OVER: Final = ("/dev/fd/", "/dev/stdin", "/proc/self/fd/")


def read_bytes(path: Path) -> bytes:
    """The bytes of a file. Raises SourceError with the reason when it cannot be read."""
    try:
        with open_file(path) as stream:
            return stream.read()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceError(f"cannot read {path}: {reason}") from None


def open_file(path: str | Path) -> BinaryIO:
    """A file to read from. A pipe that has a name could wait for ever, and a device never end: only what a shell hands
    over (`/dev/fd/63`) is read of such.

    Raises OSError, ValueError for a path that is none, SourceError for a pipe, a device or a socket.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        mode = os.fstat(descriptor).st_mode
        kind = next((name for holds, name in _KINDS if holds(mode)), None)
        if kind is not None and not (kind == "a pipe" and str(path).startswith(_HANDED_OVER)):
            raise SourceError(
                f"cannot read {path}: it is {kind}", hint="give a file, or - for standard input"
            )
        os.set_blocking(descriptor, True)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def open_bytes(path: str) -> BinaryIO:
    """A file as it is, also a pipe that has a name: lines may come as they are made. Raises OSError."""
    return open(path, "rb")


def open_input(path: str, opener: Callable[[str], BinaryIO] = open_bytes) -> BinaryIO:
    """A file of lines that a command was given. Raises SourceError where it cannot be read."""
    try:
        return opener(path)
    except FileNotFoundError:
        hint = "give the path of a JSONL file, or - for stdin"
        raise SourceError(f"there is no file {path}", hint=hint) from None
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror or error}") from error
