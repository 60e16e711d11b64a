"""The report of a scan: the position and type of each finding, never the text itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from rulewright.actions.outgoing import PLAIN
from rulewright.policy.characters import clip_text
from rulewright.report.annotation import Annotation
from rulewright.report.evaluation import format_count
from rulewright.report.reporter import Page, Rendered, Report
from rulewright.report.terminal import escape_commands_in_json

if TYPE_CHECKING:
    from rulewright.detection import Finding


class Scanned(NamedTuple):
    """The findings of one text, each with line and column, from 1, if the text is a file."""

    id: object
    findings: tuple[tuple[Finding, tuple[int, int] | None], ...]
    is_file: bool


class ScanReport(Report):
    """The report of one text. `first`: whether it is the first one with findings, which begins the table."""

    def __init__(self, scanned: Scanned, *, first: bool) -> None:
        self._scanned, self._first = scanned, first

    def text(self, page: Page) -> str:
        return "".join(
            f"{_place(self._scanned, found, place)}: {found.type} ({found.confidence:.2f})\n"
            for found, place in self._scanned.findings
        )

    def json(self) -> str:
        """One line, also for a text without findings; none for a file without findings."""
        return _scanned_json(self._scanned) if self._scanned.findings or not self._scanned.is_file else ""

    def markdown(self) -> str:
        """Rows of the table."""
        rows = (
            ["| where | type | confidence |\n|---|---|---|\n"]
            if self._first and self._scanned.findings
            else []
        )
        for found, place in self._scanned.findings:
            where = _place(self._scanned, found, place).replace("|", "\\|").replace("`", "'")
            rows.append(f"| `{where}` | {found.type} | {found.confidence:.2f} |\n")
        return "".join(rows)

    def github(self, page: Page) -> Rendered:
        return Rendered(annotations=tuple(self._annotation(*pair) for pair in self._scanned.findings))

    def _annotation(self, found: Finding, place: tuple[int, int] | None) -> Annotation:
        message = f"{found.type}, confidence {found.confidence:.2f}"
        if place is None:
            message = f"{_place(self._scanned, found, place)}: {message}"
            return Annotation("warning", message, "rulewright scan")
        file = PLAIN.mask_text(str(self._scanned.id))
        return Annotation("error", message, "rulewright scan", file, place[0], place[1])


class ScanTotal(Report):
    """The end of a scan: the numbers of texts and findings."""

    def __init__(self, findings: int, texts: int) -> None:
        self._findings = findings
        self._total = f"{format_count(findings, 'finding')} in {format_count(texts, 'text')}"

    def text(self, page: Page) -> str:
        return f"{self._total}\n"

    def json(self) -> str:
        return ""

    def markdown(self) -> str:
        return f"\n{self._total}\n" if self._findings else f"{self._total}\n"

    def github(self, page: Page) -> Rendered:
        return Rendered(f"{self._total}\n", f"**rulewright scan**: {self._total}\n")


def _place(result: Scanned, found: Finding, place: tuple[int, int] | None) -> str:
    """`file:line:column`, or the text's id with offsets. A name can contain a secret, too."""
    name = clip_text(PLAIN.mask_text(result.id if isinstance(result.id, str) else json.dumps(result.id)), 200)
    return f"{name}:{found.start}-{found.end}" if place is None else f"{name}:{place[0]}:{place[1]}"


def _scanned_json(result: Scanned) -> str:
    findings = []
    for found, place in result.findings:
        entry: dict[str, object] = found._asdict()
        if place is not None:
            entry["line"], entry["column"] = place
        findings.append(entry)
    name = PLAIN.mask_text(result.id) if isinstance(result.id, str) else result.id
    return escape_commands_in_json(json.dumps({"id": name, "findings": findings}, ensure_ascii=False)) + "\n"
