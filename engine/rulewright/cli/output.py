"""Where text leaves the process: stdout for output, stderr for diagnostics and progress, files written whole.

Untrusted text may hold lone surrogates, which no encoding takes: they leave as `\\udXXX`. In JSON this is the
right escape for them.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from typing import TYPE_CHECKING, Final

from rulewright.actions.outgoing import PLAIN
from rulewright.policy.characters import escape_commands
from rulewright.policy.diagnostics import SourceError
from rulewright.report.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import BinaryIO

    from rulewright.program.program import Program


def prepare() -> None:
    """Make the standard streams accept any text, and exist: a shell's `>&-` leaves none."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 — stays open as long as the process
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def print_error(message: str, *, hint: str | None = None) -> None:
    """One message to stderr, after what was written to stdout before. A stderr that is gone is no reason to fail.

    Secrets are masked: a message may name an argument, a file or a value that is one.
    """
    message, hint = _without_secrets(message), None if hint is None else _without_secrets(hint)
    lines = printable(message) if hint is None else f"{printable(message)}\nhint: {printable(hint)}"
    # A name or value with a line break may begin a line that a runner of Actions obeys.
    lines = "\n".join(
        escape_commands(line) if line.lstrip().startswith("::") or "##[" in line else line
        for line in lines.split("\n")
    )
    lines = lines.encode("utf-8", "backslashreplace").decode()
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()  # where both go to one log, the message stands at its place
    with contextlib.suppress(OSError, ValueError):
        print(lines, file=sys.stderr, flush=True)


LIBRARY_WARNINGS: Final = frozenset({"RW508", "RW509", "RW510"})
"""Warnings about names of a library; `validate`, which is given all policies, prints them."""


def print_load_warnings(program: Program) -> None:
    """Print on stderr what loading found, but for what a library declares and these policies do not use.

    Who evaluates some of the policies that share a library does not want to hear of the others' part of it.
    """
    for found in program.diagnostics:
        if found.code not in LIBRARY_WARNINGS:
            where = f"{found.span.file}:{found.span.line}:{found.span.column}"
            print_error(f"{where}: {found.severity}: {found.message}", hint=found.hint)


_PLACE: Final = re.compile(r":\d+")
_LIKE_SECRET: Final = re.compile(r"(?=[^\s`'\"]*[A-Za-z])(?=[^\s`'\"]*\d[^\s`'\"]*\d)[^\s`'\"]{6,}")
"""Letters and two digits in one word: most messages have none, and need not load the detectors, which takes 40 ms."""


def _without_secrets(text: str) -> str:
    return PLAIN.mask_text(text) if _LIKE_SECRET.search(_PLACE.sub("", text)) else text


def release() -> None:
    """Let go of a stdout that takes nothing any more, so that the interpreter's last flush is quiet."""
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


class Output:
    """Text to stdout, or to a file that appears whole or not at all.

    `closed` turns true once the reader has gone away; what is written later is dropped, so that the verdict
    of the run still reaches the exit code.
    """

    def __init__(self, path: str | None = None) -> None:
        self.path = path
        self.closed = False
        self.file: WholeFile | None = None

    def __enter__(self) -> Output:
        if self.path is not None and self.path != "-":
            self.file = WholeFile(self.path)
        return self

    def write(self, text: str) -> None:
        """Append text. Raises SourceError when the file or stdout takes no more."""
        if self.file is not None:
            self.file.write(text.encode("utf-8", "backslashreplace"))
        elif not self.closed:
            with self._stdout():
                sys.stdout.write(text)

    def flush(self) -> None:
        """Hand what was written to the reader. Raises SourceError when stdout takes no more."""
        if self.file is None and not self.closed:
            with self._stdout():
                sys.stdout.flush()

    @contextlib.contextmanager
    def _stdout(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            self.leave()
        except OSError as error:
            release()
            raise SourceError(f"cannot write the output: {error.strerror or error}") from error

    def leave(self) -> None:
        self.closed = True
        release()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.file is not None:
            self.file.close(keep=error is None)
        elif error is None:
            self.flush()


class WholeFile:
    """A file beside its final name, renamed into place once it is complete."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.part = f"{path}.{os.getpid()}.part"
        # A pipe or device (`/dev/stdout`, a shell's `>(…)`) cannot be replaced by a rename.
        self.direct = os.path.exists(path) and not os.path.isfile(path)
        try:
            self.stream: BinaryIO = open(path if self.direct else self.part, "wb")  # noqa: SIM115 — closed by close()
        except OSError as error:
            raise _cannot_write(path, error) from error

    def write(self, data: bytes) -> None:
        try:
            self.stream.write(data)
        except OSError as error:
            self.close(keep=False)
            raise _cannot_write(self.path, error) from error

    def close(self, *, keep: bool) -> None:
        """Put the file in its place, or leave nothing behind."""
        try:
            self.stream.close()
            if keep and not self.direct:
                os.replace(self.part, self.path)
        except OSError as error:
            keep = False
            raise _cannot_write(self.path, error) from error
        finally:
            if not keep and not self.direct and os.path.exists(self.part):
                os.unlink(self.part)


def _cannot_write(path: str, error: OSError) -> SourceError:
    return SourceError(f"cannot write {path}: {error.strerror or error}", hint="the file was not changed")


def write_whole(path: str, data: bytes) -> None:
    """Write a file whole or not at all. Raises SourceError with the reason."""
    whole = WholeFile(path)
    whole.write(data)
    whole.close(keep=True)


def append_summary(text: str) -> None:
    """Append to the job summary of a run in Actions, when there is one."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        with open(path, "ab") as stream:
            stream.write(text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        print_error(f"warning: cannot write the job summary {path}: {error.strerror or error}")
