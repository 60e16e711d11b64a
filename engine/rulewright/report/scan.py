"""The report of a scan: where something was found and of what type, never the text itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from rulewright.actions.outgoing import PLAIN
from rulewright.report.evaluation import counted
from rulewright.report.github import Annotation, annotation_lines
from rulewright.report.terminal import clipped, unspoken_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.detection import Finding

REMARKS = 1000
"""Annotations kept; ten are shown, and the last says how many more there are."""


class Scanned(NamedTuple):
    """What was found in one text: each finding with its line and column, from 1, where the text is a file."""

    id: Any
    findings: tuple[tuple[Finding, tuple[int, int] | None], ...]
    is_file: bool


class Report:
    """Takes results one by one and writes them in a format: `text`, `json` (JSONL), `markdown` or `github`."""

    def __init__(self, form: str, write: Callable[[str], None]) -> None:
        self.form = form
        self.write = write
        self.texts = self.findings = 0
        self.remarks: list[Annotation] = []

    def take(self, result: Scanned) -> None:
        """Write one result. In JSON a text without findings has its line too, a file without findings none."""
        self.texts += 1
        if self.form == "markdown" and result.findings and not self.findings:
            self.write("| where | type | confidence |\n|---|---|---|\n")
        self.findings += len(result.findings)
        if self.form == "json":
            if result.findings or not result.is_file:
                self.write(as_json(result))
            return
        for found, place in result.findings:
            if self.form == "github":
                self.keep(result, found, place)
            elif self.form == "markdown":
                where = shown(result, found, place).replace("|", "\\|").replace("`", "'")
                self.write(f"| `{where}` | {found.type} | {found.confidence:.2f} |\n")
            else:
                self.write(f"{shown(result, found, place)}: {found.type} ({found.confidence:.2f})\n")

    def keep(self, result: Scanned, found: Finding, place: tuple[int, int] | None) -> None:
        if len(self.remarks) >= REMARKS:
            return
        message = f"{found.type}, confidence {found.confidence:.2f}"
        if place is None:
            message = f"{shown(result, found, place)}: {message}"
            self.remarks.append(Annotation("warning", message, "rulewright scan"))
        else:
            file = PLAIN.whole(str(result.id))
            self.remarks.append(Annotation("error", message, "rulewright scan", file, place[0], place[1]))

    def end(self, summary: Callable[[str], None]) -> None:
        """Write what stands at the end."""
        told = f"{counted(self.findings, 'finding')} in {counted(self.texts, 'text')}"
        if self.form == "github":
            self.write(annotation_lines(self.remarks))
            self.write(f"{told}\n")
            summary(f"**rulewright scan**: {told}\n")
        elif self.form == "markdown":
            self.write(f"\n{told}\n" if self.findings else f"{told}\n")
        elif self.form == "text":
            self.write(f"{told}\n")


def shown(result: Scanned, found: Finding, place: tuple[int, int] | None) -> str:
    """`file:line:column`, or the text's id with offsets. A name may hold a secret as well as a text."""
    name = clipped(PLAIN.whole(result.id if isinstance(result.id, str) else json.dumps(result.id)), 200)
    return f"{name}:{found.start}-{found.end}" if place is None else f"{name}:{place[0]}:{place[1]}"


def as_json(result: Scanned) -> str:
    findings = []
    for found, place in result.findings:
        entry: dict[str, Any] = found._asdict()
        if place is not None:
            entry["line"], entry["column"] = place
        findings.append(entry)
    name = PLAIN.whole(result.id) if isinstance(result.id, str) else result.id
    return unspoken_json(json.dumps({"id": name, "findings": findings}, ensure_ascii=False)) + "\n"
