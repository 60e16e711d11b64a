"""Output of the process: stdout for reports, stderr for diagnostics and progress, files that are written atomically.

Untrusted text can contain lone surrogates, which cannot be encoded. They are written as `\\udXXX`, which is their
escape in JSON.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Final

from rulewright.actions.outgoing import PLAIN
from rulewright.cli.progress import current_progress
from rulewright.cli.verbosity import is_quiet, is_verbose
from rulewright.policy.characters import escape_commands
from rulewright.policy.diagnostics import SourceError
from rulewright.policy.lazy import defer_pattern
from rulewright.report.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from rulewright.events.model import Facts
    from rulewright.policy.whole_file import WholeFile
    from rulewright.program.program import Program


def prepare() -> None:
    """Make the standard streams accept any text, and replace missing ones: a shell's `>&-` closes them."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 — stays open as long as the process
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def print_error(message: str, *, hint: str | None = None) -> None:
    """Flush stdout, then print one message to stderr; a closed stderr is ignored.

    Secrets are masked, because a message can contain an argument, a file name or a value with a secret.
    """
    message, hint = _without_secrets(message), None if hint is None else _without_secrets(hint)
    lines = printable(message) if hint is None else f"{printable(message)}\nhint: {printable(hint)}"
    # A name or value with a line break can begin a line that the runner of Actions executes as a command.
    lines = "\n".join(
        escape_commands(line) if line.lstrip().startswith("::") or "##[" in line else line
        for line in lines.split("\n")
    )
    lines = lines.encode("utf-8", "backslashreplace").decode()
    with current_progress().hidden():
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()  # keeps the order of messages if both streams go to one log
        with contextlib.suppress(OSError, ValueError):
            print(lines, file=sys.stderr, flush=True)


def print_note(message: str, *, hint: str | None = None) -> None:
    """Print a note or a warning to stderr, as `print_error` does, but not with --quiet."""
    if not is_quiet():
        print_error(message, hint=hint)


def print_detail(message: str) -> None:
    """Print what a command read or did to stderr, only with --verbose."""
    if is_verbose():
        print_error(message)


LIBRARY_WARNINGS: Final = frozenset({"RW508", "RW509", "RW510"})
"""Codes of warnings about unused names of a library. Only `validate`, which reads all policies, prints them."""


def print_load_warnings(program: Program) -> None:
    """Print the warnings of loading to stderr, without those about unused names of a library; with --verbose, what was
    loaded, too.

    If only some of the policies that share a library are loaded, some of its names are unused.
    """
    for policy in program.policies:
        print_detail(f"policy {policy.name} ({policy.kind}, {len(policy.entries)} entries): {policy.file}")
    for found in program.diagnostics:
        if found.code not in LIBRARY_WARNINGS:
            where = f"{found.span.file}:{found.span.line}:{found.span.column}"
            print_note(f"{where}: {found.severity}: {found.message}", hint=found.hint)


def print_facts(facts: Facts) -> None:
    """Print which facts were gathered for an event, and why others were not; only with --verbose."""
    if not is_verbose():
        return
    event = facts.event
    name = event.name if event.action is None else f"{event.name}.{event.action}"
    print_detail(f"event {name}: evaluated as of {facts.now}")
    for fact in facts.values:
        by = facts.provenance.get(fact, {}).get("provider")
        print_detail(f"fact {fact}: gathered{f' from {by}' if by else ''}")
    for fact, absent in facts.absent.items():
        print_detail(f"fact {fact}: {absent.reason}")


_PLACE: Final = defer_pattern(r":\d+")
_LIKE_SECRET: Final = defer_pattern(r"(?=[^\s`'\"]*[A-Za-z])(?=[^\s`'\"]*\d[^\s`'\"]*\d)[^\s`'\"]{6,}")
"""A word with letters and two digits. Messages without one do not need the detectors, which take 40 ms to load."""


def _without_secrets(text: str) -> str:
    return PLAIN.mask_text(text) if _LIKE_SECRET.search(_PLACE.sub("", text)) else text


def release() -> None:
    """Replace a broken stdout, so that the interpreter's final flush does not fail."""
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


class Output:
    """Text output to stdout, or to a file that is written atomically.

    `closed` is true after the reader closed the pipe. Later text is dropped, so that the run still returns its
    exit code.
    """

    def __init__(self, path: str | None = None) -> None:
        self.path = path
        self.closed = False
        self.file: WholeFile | None = None

    def __enter__(self) -> Output:
        if self.path is not None and self.path != "-":
            from rulewright.policy.whole_file import WholeFile

            self.file = WholeFile(self.path)
        return self

    def write(self, text: str) -> None:
        """Append text. Raises SourceError if the file or stdout cannot be written."""
        if self.file is not None:
            self.file.write(text.encode("utf-8", "backslashreplace"))
        elif not self.closed:
            with current_progress().hidden(), self._stdout():
                sys.stdout.write(text)

    def flush(self) -> None:
        """Flush the output. Raises SourceError if stdout cannot be written."""
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


def append_summary(text: str) -> None:
    """Append to the job summary, in Actions only."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        with open(path, "ab") as stream:
            stream.write(text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        print_note(f"warning: cannot write the job summary {path}: {error.strerror or error}")
