"""What is wrong with an input, where, and what to do about it.

Every finding is a `Diagnostic` with a stable code. The codes are documented in `policy/codes/`;
each has a page under `docs/errors/`.

    RulewrightError          exit code 2   the base of every error this package raises on purpose
    ├── PolicyError          exit code 2   policies that do not load; carries the diagnostics
    ├── UsageError           exit code 2   a wrong option, an event of no known shape
    └── SourceError          exit code 4   a file, source or provider that cannot be read
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from rulewright.policy.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "Diagnostic",
    "PolicyError",
    "RulewrightError",
    "Severity",
    "SourceError",
    "Span",
    "UsageError",
    "ordered",
]

Severity = Literal["error", "warning", "info"]


class Span(NamedTuple):
    """A place in a file. Lines and columns count from 1; the end is exclusive; columns are code points."""

    file: str
    line: int
    column: int
    end_line: int = 0
    end_column: int = 0


class Diagnostic(NamedTuple):
    """One finding. `source` is the offending source line, for the caret under it."""

    code: str
    message: str
    span: Span
    severity: Severity = "error"
    hint: str | None = None
    source: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The stable JSON form: code, severity, message, hint?, file, line, column."""
        out: dict[str, Any] = {"code": self.code, "severity": self.severity, "message": self.message}
        if self.hint is not None:
            out["hint"] = self.hint
        return {**out, "file": self.span.file, "line": self.span.line, "column": self.span.column}


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether one of them is an error, and not a warning or a note."""
    return any(found.severity == "error" for found in diagnostics)


def ordered(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sorted by file, line, column, code, without repetitions."""
    unique = {(d.span, d.code, d.message): d for d in diagnostics}
    return tuple(unique[key] for key in sorted(unique))


def shorten(text: str, limit: int) -> str:
    """A text as a message shows it: of more than `limit` characters, the end is an ellipsis."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


class RulewrightError(Exception):
    """An error with one clear message, an optional hint, and the exit code of design §5."""

    exit_code = 2

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(RulewrightError):
    """A wrong option or argument, or an event of no known shape."""


class SourceError(RulewrightError):
    """A file, source or provider that could not be read."""

    exit_code = 4


@contextmanager
def translate_os_errors(failure: str) -> Iterator[None]:
    """Raises an OSError as SourceError: what failed (`cannot read x.json`), and the system's reason."""
    try:
        yield
    except OSError as error:
        raise SourceError(f"{failure}: {error.strerror or error}") from error


class PolicyError(RulewrightError):
    """Policies that do not load. `diagnostics` holds all findings, sorted."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = ordered(diagnostics)
        errors = sum(d.severity == "error" for d in self.diagnostics)
        super().__init__(f"{errors} error{'' if errors == 1 else 's'} in policies")
