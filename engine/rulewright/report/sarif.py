"""Diagnostics as SARIF 2.1.0, for code scanning.

Columns count code points (`columnKind`); a path below the working folder is relative to it, as GitHub requires.
"""

from __future__ import annotations

import json
import os
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from rulewright.policy.codes import load_codes
from rulewright.report.diagnostics import DiagnosticsReport
from rulewright.report.reporter import Page, Rendered, Report, Reporter
from rulewright.report.terminal import escape_commands_in_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.policy.diagnostics import Diagnostic

LEVELS: Final = {"error": "error", "warning": "warning", "info": "note"}
SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


class SarifReporter(Reporter):
    """For code scanning: the findings of `rulewright validate`."""

    for_programs = True

    def render(self, report: Report, page: Page) -> Rendered:
        assert isinstance(report, DiagnosticsReport)
        return Rendered(escape_commands_in_json(json.dumps(sarif_log(report.findings), indent=2)) + "\n")


def sarif_log(diagnostics: Sequence[Diagnostic]) -> dict[str, object]:
    """One run: a rule for each code that occurs, a result for each finding."""
    codes = sorted({found.code for found in diagnostics})
    driver = {
        "name": "Rulewright",
        "semanticVersion": version(),
        "rules": [rule(code) for code in codes],
    }
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [result(found, codes.index(found.code)) for found in diagnostics],
            }
        ],
    }


def version() -> str:
    try:
        return installed_version("rulewright")
    except PackageNotFoundError:
        return "0.0.0"


def rule(code: str) -> dict[str, object]:
    known = load_codes().get(code)
    if known is None:
        return {"id": code, "helpUri": page(code)}
    out: dict[str, object] = {"id": code, "name": known.name, "shortDescription": {"text": known.summary}}
    if known.why:
        out["fullDescription"] = {"text": known.why}
    if known.fix:
        out["help"] = {"text": known.fix}
    return {**out, "helpUri": page(code)}


def page(code: str) -> str:
    """The code's page, as a path from the repository's root."""
    return f"docs/errors/{code}.md"


def result(found: Diagnostic, index: int) -> dict[str, object]:
    text = found.message if found.hint is None else f"{found.message} (hint: {found.hint})"
    place = found.span
    region = {"startLine": max(place.line, 1), "startColumn": max(place.column, 1)}
    if place.end_line >= place.line and (place.end_line, place.end_column) > (place.line, place.column):
        region |= {"endLine": place.end_line, "endColumn": place.end_column}
    location = {"artifactLocation": {"uri": uri(place.file)}, "region": region}
    return {
        "ruleId": found.code,
        "ruleIndex": index,
        "level": LEVELS[found.severity],
        "message": {"text": text},
        "locations": [{"physicalLocation": location}],
    }


def uri(file: str) -> str:
    """A relative reference for a path below the working folder, else a `file:` URI."""
    relative = os.path.relpath(file)
    if relative == os.pardir or relative.startswith(os.pardir + os.sep):
        return "file://" + quote(os.path.abspath(file), errors="replace")
    return quote(relative.replace(os.sep, "/"), errors="replace")
