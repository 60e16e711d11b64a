"""Diagnostics as text with the offending line and a caret, as JSON, as annotations of Actions, as Markdown.

Source lines and messages contain untrusted text: control characters are shown as `�`, and workflow commands of Actions
are broken.
"""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING, Final

from rulewright.actions.escape import escape_markdown
from rulewright.policy.characters import escape_commands
from rulewright.report.annotation import Annotation
from rulewright.report.github import command
from rulewright.report.reporter import Page, Rendered, Report
from rulewright.report.terminal import escape_commands_in_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.report.terminal import Paint

_WIDTH: Final = 100
_TAB: Final = 4
_INDENT: Final = "    "
_GUTTER: Final = "  | "
"""Prefix of source lines, so that none begins with `::`, which starts a workflow command of Actions."""
_COLOURS: Final = {"error": "red", "warning": "yellow", "info": "cyan"}
_LEVELS: Final = {"error": "error", "warning": "warning", "info": "notice"}
_PER_LEVEL: Final = 10
"""Annotations of one level that a step of Actions shows. GitHub drops further ones without a message."""


def diagnostics_text(
    diagnostics: Sequence[Diagnostic], *, paint: Paint | None = None, width: int = _WIDTH
) -> str:
    """The text form: `file:line:column: error[RW101]: message`, source line, caret, hint; then the counts.

    `width` is in columns and cuts source lines only. Empty for no diagnostics.
    """
    colour = paint if paint is not None else _plain
    lines: list[str] = []
    for found in diagnostics:
        span = found.span
        label = colour(f"{found.severity}[{found.code}]", _COLOURS[found.severity], "bold")
        lines.append(f"{_visible(span.file)}:{span.line}:{span.column}: {label}: {_visible(found.message)}")
        if found.source is not None and found.source.strip():
            source, caret = caret_lines(found, width - len(_INDENT))
            lines += [f"{_GUTTER}{source}", f"{_GUTTER}{colour(caret, _COLOURS[found.severity])}"]
        if found.hint is not None:
            lines.append(f"{_INDENT}hint: {_visible(found.hint)}")
    if len(diagnostics) > 1:
        lines.append(counts(diagnostics))
    return "".join(f"{line}\n" for line in lines)


def counts(diagnostics: Sequence[Diagnostic]) -> str:
    """`2 errors, 1 warning`; `no problems found` for none."""
    words = []
    for severity, many in (("error", "errors"), ("warning", "warnings"), ("info", "notes")):
        number = sum(found.severity == severity for found in diagnostics)
        if number:
            words.append(f"{number} {many if number != 1 else many[:-1]}")
    return ", ".join(words) or "no problems found"


def caret_lines(found: Diagnostic, width: int) -> tuple[str, str]:
    """The source line, cut to `width` columns around the position, and the line of carets below it."""
    source = found.source or ""
    start = min(max(found.span.column - 1, 0), len(source))
    end = found.span.end_column - 1 if found.span.end_line == found.span.line else len(source.rstrip())
    end = max(start + 1, min(end, len(source)))
    first = _window(source, start, width)
    cells: list[str] = ["…"] if first else []
    offset = columns = len(cells)
    marked = 0
    for index in range(first, len(source)):
        cell, wide = _cell(source[index])
        if columns + wide > width - 1 and index < len(source) - 1:
            cells.append("…")
            break
        if index < start:
            offset += wide
        elif index < end:
            marked += wide
        columns += wide
        cells.append(cell)
    return "".join(cells).rstrip().replace("##[", "##("), " " * offset + "^" * max(marked, 1)


def _window(source: str, start: int, width: int) -> int:
    """The index at which to cut the beginning of a line, so that `start` and some text before it are shown."""
    before = start
    room = width * 2 // 3
    used = 0
    while before and used <= room:
        before -= 1
        used += _cell(source[before])[1]
    return before if before else 0


def _cell(char: str) -> tuple[str, int]:
    """The text that represents a character, and its width in columns."""
    if " " <= char <= "~":
        return char, 1
    if char == "\t":
        return " " * _TAB, _TAB
    if unicodedata.category(char) in ("Mn", "Me"):
        return char, 0
    if char != "\xa0" and not char.isprintable():
        return "�", 1
    return char, 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def _visible(line: str) -> str:
    """The text as one line, with control characters and workflow commands made visible."""
    if not line.isprintable():
        line = "".join(c if c.isprintable() else " " if c in "\r\n\t\xa0" else "�" for c in line)
    return escape_commands(line)


def _plain(line: str, *_: str) -> str:
    return line


def diagnostics_json(diagnostics: Sequence[Diagnostic]) -> str:
    """`{"diagnostics": [{"code", "severity", "message", "hint"?, "file", "line", "column"}]}` on one line."""
    written = json.dumps({"diagnostics": [found.as_json() for found in diagnostics]}, separators=(",", ":"))
    return escape_commands_in_json(written) + "\n"


def diagnostics_github(diagnostics: Sequence[Diagnostic]) -> str:
    """Workflow commands: at most 10 of each level; the last one counts the omitted ones."""
    lines: list[str] = []
    for severity, level in _LEVELS.items():
        chosen = [found for found in diagnostics if found.severity == severity]
        left = len(chosen) - _PER_LEVEL + 1 if len(chosen) > _PER_LEVEL else 0
        for found in chosen[: len(chosen) - left]:
            hint = f"\nhint: {found.hint}" if found.hint is not None else ""
            place = found.span
            lines.append(
                command(
                    Annotation(
                        level,  # type: ignore[arg-type]
                        found.message + hint,
                        found.code,
                        place.file,
                        place.line,
                        place.column,
                    )
                )
            )
        if left:
            note = f"{left:,} more of this kind; `rulewright validate` lists them all"
            lines.append(command(Annotation(level, note, "Rulewright")))  # type: ignore[arg-type]
    return "".join(f"{line}\n" for line in lines)


def diagnostics_markdown(diagnostics: Sequence[Diagnostic]) -> str:
    """A table for a job summary or a comment, without active mentions, links or markup."""
    if not diagnostics:
        return "No findings.\n"
    lines = [f"{counts(diagnostics)}\n", "| | place | code | message |", "|---|---|---|---|"]
    for found in diagnostics:
        place = escape_markdown(f"{found.span.file}:{found.span.line}:{found.span.column}")
        hint = f"<br>hint: {escape_markdown(found.hint)}" if found.hint is not None else ""
        lines.append(
            f"| {found.severity} | {place} | {found.code} | {escape_markdown(found.message)}{hint} |"
        )
    return "".join(f"{line}\n" for line in lines)


class DiagnosticsReport(Report):
    """The findings of `rulewright validate`, and the number of checked files."""

    def __init__(self, findings: Sequence[Diagnostic], files: int) -> None:
        self.findings, self.files = findings, files

    def text(self, page: Page) -> str:
        """As `diagnostics_text`, with a line also if nothing was found."""
        if self.findings:
            return diagnostics_text(self.findings, paint=page.paint, width=page.columns)
        return f"{self.files} {'file' if self.files == 1 else 'files'} checked: {counts(self.findings)}\n"

    def json(self) -> str:
        return diagnostics_json(self.findings)

    def markdown(self) -> str:
        return diagnostics_markdown(self.findings)

    def github(self, page: Page) -> Rendered:
        return Rendered(diagnostics_github(self.findings), self.markdown())
