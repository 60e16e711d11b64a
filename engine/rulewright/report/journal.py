"""Journal records as a table, and as files for other tools."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.evaluate.masking import mask_line
from rulewright.policy.characters import clip_text, escape_commands
from rulewright.policy.json_types import as_array, as_objects
from rulewright.report.annotation import Annotation
from rulewright.report.document import json_line, json_text
from rulewright.report.markdown_text import code
from rulewright.report.reporter import Page, PlainReport, Rendered, Report
from rulewright.report.terminal import escape_commands_in_json, printable
from rulewright.run.hash_chain import ChainError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from rulewright.run.verification import JournalCheck

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "subject": (
        "seq", "at", "repository", "number", "event", "owner", "severity", "priority", "size", "pii", "fields_masked",
        "dry_run", "branch", "gate", "title_before", "fields_changed", "notes", "references", "overrides", "errors",
        "created_at", "triaged_at", "owned_at", "plan",
    ),
    "effect": ("seq", "at", "target", "action", "rule", "status", "reason", "arguments", "key", "plan"),
    "intent": ("seq", "at", "target", "effects", "plan"),
    "run": ("seq", "at", "repository", "dry_run", "halt", "missed", "resume"),
}  # fmt: skip
"""The columns of a CSV file, by kind of record."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings that spreadsheets interpret as a formula; issue text must not become one."""


class RecordsReport(Report):
    """Journal records. In GitHub Actions, they are only in the job summary."""

    def __init__(self, contents: Collection[Mapping[str, object]]) -> None:
        self._contents = contents

    def text(self, page: Page) -> str:
        """One line per record: the time, the subject and a summary."""
        lines = [
            f"{row[0]:>6}  {row[1]:<20}  {row[2]:<8} {row[3]}  {row[4]}".rstrip()
            for row in map(_row, self._contents)
        ]
        return "\n".join(lines) + "\n" if lines else "no records\n"

    def json(self) -> str:
        """One record per line."""
        return "".join(map(json_line, self._contents))

    def markdown(self) -> str:
        """A table of the records."""
        lines = ["| # | at | kind | subject | what |", "|--:|---|---|---|---|"]
        for seq, at, kind, target, what in map(_row, self._contents):
            lines.append(f"| {seq} | {at} | {kind} | {code(target, 80)} | {code(what)} |")
        return "\n".join(lines) + "\n"


class JournalCheckReport(PlainReport):
    """The result of verifying journals. Problems are on stderr and in annotations."""

    def __init__(self, check: JournalCheck) -> None:
        self._check = check

    def text(self, page: Page) -> str:
        check = self._check
        if check.wrong is not None:
            return ""
        anchored = f"; record {check.anchor.seq} is the anchor" if check.anchor is not None else ""
        return f"{check.records:,} records, chain verified{anchored}; tip {check.tip or 'none'}\n"

    def json(self) -> str:
        check = self._check
        document: dict[str, object] = {
            "records": check.records,
            "head": check.head.hash if check.records else "",
            "tip": check.tip,
            "intact": not isinstance(check.wrong, ChainError),
        }
        if check.anchored is not None:
            document["anchored"] = check.anchored
        if check.torn:
            document["torn"] = list(check.torn)
        if isinstance(check.wrong, ChainError):
            document["place"] = check.wrong.place
        return json_text(document if check.wrong is None else {**document, "why": check.wrong.message})

    def github(self, page: Page) -> Rendered:
        if self._check.wrong is None:
            return Rendered(self.text(page))
        return Rendered(annotations=(Annotation("error", self._check.wrong.message, "Rulewright"),))


def _row(content: Mapping[str, object]) -> tuple[str, str, str, str, str]:
    kind = clip_text(str(content.get("kind", "")), 20)
    target = mask_line(str(content.get("target") or content.get("repository") or ""), 60)
    what = mask_line(_SUMMARIES[kind](content), 200) if kind in _SUMMARIES else ""
    return (
        clip_text(str(content.get("seq", "")), 20),
        clip_text(str(content.get("at", "")), 24),
        kind,
        target,
        what,
    )


def _effect(content: Mapping[str, object]) -> str:
    why = f": {content['reason']}" if content.get("reason") else ""
    return f"{content.get('status')}  {content.get('action')}  {content.get('rule')}{why}"


def _subject(content: Mapping[str, object]) -> str:
    parts = [
        f"{name} {content[name]}" for name in ("severity", "priority", "size", "owner") if content.get(name)
    ]
    pii = content.get("pii")
    if isinstance(pii, dict) and pii.get("count"):
        parts.append(f"{pii['count']} PII findings")
    gate = content.get("gate")
    if isinstance(gate, dict) and gate.get("result"):
        parts.append(f"gate {gate['result']}")
    changed = as_array(content.get("fields_changed")) or []
    parts.append(
        "dry run" if content.get("dry_run") else f"changed {', '.join(map(str, changed)) or 'nothing'}"
    )
    return "; ".join(parts)


def _intent(content: Mapping[str, object]) -> str:
    effects = as_objects(content.get("effects"))
    return f"{len(effects)} effects planned: {', '.join(str(one.get('action')) for one in effects[:8])}"


def _run(content: Mapping[str, object]) -> str:
    if content.get("halt"):
        return f"stopped, {content.get('missed')} subjects not evaluated: {content['halt']}"
    return "dry run finished" if content.get("dry_run") else "run finished"


_SUMMARIES: Final[Mapping[str, Callable[[Mapping[str, object]], str]]] = {
    "effect": _effect,
    "subject": _subject,
    "intent": _intent,
    "run": _run,
}


def _jsonl(contents: Iterable[Mapping[str, object]], kind: str | None) -> Iterator[str]:
    for content in contents:
        yield escape_commands_in_json(json.dumps(content, sort_keys=True, separators=(",", ":"))) + "\n"


def _json(contents: Iterable[Mapping[str, object]], kind: str | None) -> Iterator[str]:
    lead = "[\n"
    for content in contents:
        yield lead + escape_commands_in_json(json.dumps(content, sort_keys=True))
        lead = ",\n"
    yield "[]\n" if lead == "[\n" else "\n]\n"


def _csv(contents: Iterable[Mapping[str, object]], kind: str | None) -> Iterator[str]:
    columns = COLUMNS[str(kind)]
    yield _csv_line(columns)
    for content in contents:
        yield _csv_line([_cell(content.get(column)) for column in columns])


def _csv_line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


def _cell(value: object) -> str:
    """Lists with `; `, mappings as JSON, empty for null; text that looks like a formula is prefixed with a quote."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = "; ".join(value)
    if isinstance(value, dict | list):
        value = json.dumps(value, sort_keys=True)
    text = str(value)
    text = escape_commands(printable(text))  # each line of a cell can be read as a cell
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


class Export(NamedTuple):
    """An export format. `write` takes records and their kind; `kind` is the default kind of a format for one kind."""

    write: Callable[[Iterable[Mapping[str, object]], str | None], Iterator[str]]
    kind: str | None = None


EXPORTS: Final[Mapping[str, Export]] = {
    "jsonl": Export(_jsonl),
    "json": Export(_json),
    "csv": Export(_csv, "subject"),
}
