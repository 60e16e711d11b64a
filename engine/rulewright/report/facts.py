"""What fact sources return, in each format."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rulewright.report.markdown_text import code
from rulewright.report.reporter import Page, Report

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rulewright.policy.fact_sources.results import ResultRow

LONGEST_EXAMPLE = 200


class FactsReport(Report):
    """The rows of sources: path, type and example."""

    def __init__(self, rows: Mapping[str, Sequence[ResultRow]]) -> None:
        self._rows = rows

    def text(self, page: Page) -> str:
        """A table for each source, cut at the width of the page."""
        rows = [row for rows in self._rows.values() for row in rows]
        widths = (max(len(row.path) for row in rows), max(len(row.type) for row in rows))
        parts = []
        for source, found in self._rows.items():
            lines = [page.paint(source, "bold")]
            for row in found:
                line = f"  {row.path:<{widths[0]}}  {row.type:<{widths[1]}}  {format_example(row)}".rstrip()
                lines.append(line if len(line) <= page.columns else f"{line[: page.columns - 1]}…")
            parts.append("\n".join(lines))
        return "\n\n".join(parts) + "\n"

    def json(self) -> str:
        """Source → rows."""
        found = {source: [row._asdict() for row in rows] for source, rows in self._rows.items()}
        return json.dumps(found) + "\n"

    def markdown(self) -> str:
        """A section with a table for each source."""
        return "\n".join(line for source, rows in self._rows.items() for line in _section(source, rows))


def format_example(row: ResultRow) -> str:
    """The example of a row as JSON; nothing where it has none."""
    return "" if row.example is None else json.dumps(row.example, ensure_ascii=False)


def _section(source: str, rows: Sequence[ResultRow]) -> Iterator[str]:
    yield from (f"## {source}", "", "| path | type | example |", "|---|---|---|")
    for row in rows:
        example = "" if row.example is None else code(format_example(row), LONGEST_EXAMPLE)
        yield f"| {code(row.path)} | {row.type} | {example} |"
    yield ""
